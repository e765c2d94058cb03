//! What belongs at a caret, `¦` in these queries.

use super::*;

fn at(marked: &str) -> Place {
    let caret = marked.find('¦').unwrap_or(marked.len());
    place(&marked.replace('¦', ""), caret)
}

fn wants(marked: &str) -> Wants {
    at(marked).wants
}

fn labels(marked: &str, known: Known) -> Vec<String> {
    offers(&at(marked), known).into_iter().map(|offer| offer.label).collect()
}

fn field(name: &str) -> String {
    name.to_owned()
}

#[test]
fn the_caret_says_what_is_wanted() {
    let cases = [
        ("¦", Wants::Spanset),
        ("{ ¦ }", Wants::Field),
        ("{ sta¦", Wants::Field),
        ("{ status ¦", Wants::Comparison { field: field("status") }),
        ("{ span:status = ¦ }", Wants::Value { field: field("span:status") }),
        ("{ status = err¦", Wants::Value { field: field("status") }),
        (r#"{ resource.service.name = "car¦ }"#, Wants::Value { field: field("resource.service.name") }),
        ("{ parent.span.a = ¦", Wants::Value { field: field("parent.span.a") }),
        ("{ status = error ¦", Wants::Join),
        ("{ status = error && ¦", Wants::Field),
        ("{ (status = error || ¦", Wants::Field),
        ("{ span.¦", Wants::Attribute { scope: field("span") }),
        ("{ span.ht¦ }", Wants::Attribute { scope: field("span") }),
        ("{ .¦", Wants::Attribute { scope: String::new() }),
        ("{ } ¦", Wants::Link),
        ("{ } >> ¦", Wants::Spanset),
        ("{ } | ¦", Wants::Stage),
        ("{ } | ra¦", Wants::Stage),
        ("{ } | by(¦", Wants::Field),
        ("{ } | select(span.a, ¦)", Wants::Field),
        ("{ } | quantile_over_time(¦", Wants::Field),
        ("{ } | rate() by (¦", Wants::Field),
        ("{ } with (¦", Wants::Hint),
        ("{ } | count() > ¦", Wants::Nothing),
        ("// a note ¦", Wants::Nothing),
    ];
    for (marked, want) in cases {
        assert_eq!(wants(marked), want, "{marked}");
    }
}

#[test]
fn what_is_typed_is_what_is_replaced() {
    let cases = [
        ("{ sta¦ = error }", 2..5, "sta"),
        (r#"{ name = "PO¦ST" }"#, 9..15, "PO"),
        (r#"{ name = "PO¦ && kind = client && .a = "b" }"#, 9..12, "PO"),
        (r#"{ name = "PO¦ }"#, 9..12, "PO"),
        ("{ span.htt¦p = 1 }", 7..11, "htt"),
        ("{ span.¦ }", 7..7, ""),
        ("{ ¦ }", 2..2, ""),
    ];
    for (marked, replaces, typed) in cases {
        let place = at(marked);
        assert_eq!((place.replaces, place.typed.as_str()), (replaces, typed), "{marked}");
    }
}

#[test]
fn values_of_what_every_span_has_another_of_are_never_asked_for() {
    for field in [
        "duration",
        "span:duration",
        "traceDuration",
        "span:id",
        "trace:id",
        "span:parentID",
        "nestedSetParent",
        "status",
        "kind",
    ] {
        assert_eq!(values_of(field), None, "{field}");
    }
    for field in ["name", "span:name", "resource.service.name", ".a", "rootServiceName", "statusMessage", "event:name"]
    {
        assert_eq!(values_of(field), Some(field));
    }
}

#[test]
fn offers_hold_what_was_typed_and_begin_with_it_first() {
    let attributes: Vec<(String, String)> =
        [("span", "http.route"), ("span", "x.http"), ("resource", "service.name"), ("span", "key with space")]
            .map(|(scope, name)| (scope.to_owned(), name.to_owned()))
            .into();
    let known = Known { attributes: &attributes, values: &[] };
    assert_eq!(labels("{ span.htt¦", known), ["http.route", "x.http"]);
    assert_eq!(labels("{ .serv¦", known), ["service.name"]);
    let spaced = offers(&at("{ span.key¦"), known);
    assert_eq!(spaced.iter().map(|offer| offer.insert.as_str()).collect::<Vec<_>>(), ["\"key with space\" "]);
    assert_eq!(labels("{ ¦", known)[..2], ["resource.service.name", "span:name"]);
    assert_eq!(labels("{ status = ¦", known), ["error", "ok", "unset"]);
    assert_eq!(labels("{ kind = cl¦", known), ["client"]);
    assert!(labels("{ duration ¦", known).iter().all(|sign| !sign.contains('~')));
}

#[test]
fn values_are_put_in_as_their_type_wants() {
    let value = |kind: &str, value: &str| Value { kind: kind.to_owned(), value: value.to_owned() };
    let values = [value("string", "say \"hi\""), value("int", "500"), value("bool", "true"), value("string", "")];
    let put: Vec<String> = offers(&at("{ .a = ¦"), Known { attributes: &[], values: &values })
        .into_iter()
        .map(|offer| offer.insert)
        .collect();
    assert_eq!(put, [r#""say \"hi\"" "#, "500 ", "true ", r#""" "#]);
}

#[test]
fn every_caret_in_every_query_has_its_place() {
    for query in
        [r#"{ span:status = error && .ä = "ü" } >> { }| rate() by (x, "#, "\"", "{{{((", "}", "span.\"", "🙂", "a 🙂 b"]
    {
        for caret in 0..=query.len() + 2 {
            let place = place(query, caret);
            assert!(query.is_char_boundary(place.replaces.start) && query.is_char_boundary(place.replaces.end));
            let _ = offers(&place, Known::default());
        }
    }
}
