//! Redaction of small traces, held against what is written of them.

use super::*;
use crate::analysis::export::otlp_proto_through;
use crate::analysis::sample::{Draft, trace};
use crate::model::{AnyValue, Kind, Trace};

/// What is written under some rules, as text, and what was taken out.
fn written(trace: &Trace, rules: &Rules) -> (String, Redaction) {
    let mut redactor = Redactor::learn(rules, |pass| drop(otlp_proto_through(trace, pass)));
    let bytes = otlp_proto_through(trace, &mut redactor);
    (String::from_utf8_lossy(&bytes).into_owned(), redactor.finish())
}

fn counts(redaction: &Redaction) -> Vec<(Rule, u32, u64)> {
    redaction.taken.iter().map(|taken| (taken.rule, taken.values, taken.places)).collect()
}

const TOKEN: &str = "q8Zr-91xV_secretpart";
const MAIL: &str = "anna.meier@example.com";

/// One secret of each rule, and copies of each in other kinds of places.
fn telling() -> Trace {
    let headers = AnyValue::Array(vec![AnyValue::str("session=8f2e99aa; theme=dark")]);
    let nested = AnyValue::Kvlist(vec![
        ("password".into(), AnyValue::str("hunter2!")),
        ("to".into(), AnyValue::Array(vec![AnyValue::str(MAIL)])),
    ]);
    trace(&[
        Draft::new(1, 0, 0, 100)
            .name("POST /charge")
            .kind(Kind::Server)
            .attr("http.request.header.authorization", "Bearer q8Zr-91xV_secretpart")
            .value("http.request.header.cookie", headers)
            .attr("client.address", "10.20.30.40")
            .attr("payer", "DE89 3704 0044 0532 0130 00")
            .attr("url.full", "https://shop/u?mail=anna.meier%40example.com&sid=8f2e99aa")
            .value("payload", nested)
            .value("card.number", AnyValue::Int(4_111_111_111_111_111)),
        Draft::new(2, 1, 10, 50)
            .name("query for anna.meier@example.com")
            .kind(Kind::Client)
            .error("10.20.30.40 refused q8Zr-91xV_secretpart")
            .attr("db.system", "postgresql")
            .attr(
                "db.query.text",
                "SELECT * FROM customer WHERE mail = 'anna.meier@example.com' AND id = 4711042 AND state = 'pending'",
            )
            .value("customer.id", AnyValue::Int(4_711_042))
            .attr("state", "pending")
            .event("exception", &[("exception.message", "hunter2! is wrong for 4711042; card 4111111111111111")])
            .resource("host.ip", "10.20.30.40")
            .trace_state("vendor=8f2e99aa"),
        Draft::new(3, 1, 50, 60).value("raw", AnyValue::Bytes(b"token q8Zr-91xV_secretpart".as_slice().into())),
    ])
}

#[test]
fn what_is_taken_out_in_one_place_is_gone_in_every_other() {
    let (text, redaction) = written(&telling(), &Rules::default());
    for secret in
        [TOKEN, MAIL, "anna.meier", "8f2e99aa", "10.20.30.40", "hunter2!", "4711042", "4111111111111111", "pending'"]
    {
        assert!(!text.contains(secret), "{secret} is left in {text}");
    }
    for kept in [
        "POST /charge",
        "SELECT * FROM customer WHERE mail = ? AND id = ? AND state = ?",
        "card.number",
        "https://shop/u?mail=[email 1]",
    ] {
        assert!(text.contains(kept), "{kept} is missing in {text}");
    }
    // A word is no secret because some statement compares with it.
    assert!(text.contains("pending"));
    let rules: Vec<Rule> = redaction.taken.iter().map(|taken| taken.rule).collect();
    assert_eq!(rules, Rule::OFFERED.into_iter().filter(|rule| *rule != Rule::Phone).collect::<Vec<_>>());
}

#[test]
fn equal_values_have_equal_names_and_others_have_others() {
    let trace = trace(&[
        Draft::new(1, 0, 0, 100).attr("server.address", "10.0.0.1"),
        Draft::new(2, 1, 0, 90).attr("server.address", "10.0.0.2"),
        Draft::new(3, 1, 0, 80).attr("server.address", "10.0.0.1").attr("peer", "at 10.0.0.2:80"),
    ]);
    let (text, redaction) = written(&trace, &Rules::default());
    assert_eq!((text.matches("[ip 1]").count(), text.matches("[ip 2]").count()), (2, 2), "{text}");
    assert!(text.contains("at [ip 2]:80"));
    assert_eq!(counts(&redaction), [(Rule::Ip, 2, 4)]);
    assert_eq!(redaction.taken[0].keys, [("server.address".to_owned(), 3), ("peer".to_owned(), 1)]);
    assert_eq!(redaction.taken[0].examples[0], ("10.0.0.1".to_owned(), "[ip 1]".to_owned()));
}

#[test]
fn nothing_is_changed_where_no_rule_is_on() {
    let trace = telling();
    let none = Rules::none();
    let mut redactor = Redactor::learn(&none, |_| {});
    let mut learnt = Redactor::learn(&none, |pass| drop(otlp_proto_through(&trace, pass)));
    assert_eq!(otlp_proto_through(&trace, &mut learnt), crate::analysis::export::otlp_proto(&trace));
    assert_eq!(learnt.finish(), Redaction::default());
    assert_eq!(redactor.loose(MAIL, "notes"), MAIL);
}

#[test]
fn each_rule_takes_out_what_it_says_and_leaves_the_rest() {
    for (rule, gone, left) in [
        (Rule::Authorization, vec![TOKEN], vec![MAIL, "10.20.30.40", "session=8f2e99aa"]),
        (Rule::Cookie, vec!["8f2e99aa", "theme=dark"], vec![MAIL, "10.20.30.40", TOKEN]),
        (Rule::Token, vec!["hunter2!"], vec![MAIL, "10.20.30.40", "session=8f2e99aa"]),
        (Rule::Email, vec![MAIL, "anna.meier%40"], vec!["10.20.30.40", TOKEN]),
        (Rule::Card, vec!["4111111111111111"], vec![MAIL, "10.20.30.40"]),
        (Rule::Iban, vec!["DE89 3704"], vec![MAIL, "4111111111111111"]),
        (Rule::Literal, vec![MAIL, "4711042"], vec!["10.20.30.40", TOKEN]),
        (Rule::Ip, vec!["10.20.30.40"], vec![MAIL, TOKEN]),
    ] {
        let (text, redaction) = written(&telling(), &Rules::only(&[rule]));
        gone.iter().for_each(|secret| assert!(!text.contains(secret), "{rule:?}: {secret} is left"));
        left.iter().for_each(|other| assert!(text.contains(other), "{rule:?}: {other} is gone"));
        assert_eq!(redaction.taken.iter().map(|taken| taken.rule).collect::<Vec<_>>(), [rule]);
    }
}

#[test]
fn own_keys_and_texts_are_taken_out_whatever_they_hold() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .name("order ORD-7781 of ACME")
        .attr("customer.name", "Anna")
        .value("customer.vip", AnyValue::Bool(true))
        .value("customer.rank", AnyValue::Double(2.5))
        .attr("note", "Anna, Annabel; ord-12; acme%20gmbh ACME GmbH")]);
    let rules = Rules {
        keys: vec!["customer.*".to_owned()],
        texts: vec!["ORD-*".to_owned(), "ACME GmbH".to_owned(), "acme".to_owned()],
        ..Rules::none()
    };
    let (text, redaction) = written(&trace, &rules);
    for gone in ["ORD-7781", "ord-12", "ACME", "acme", "Anna,"] {
        assert!(!text.contains(gone), "{gone} is left in {text}");
    }
    assert!(text.contains("Annabel"), "{text}");
    assert_eq!(redaction.taken.len(), 1);
    // The name twice, the flag, the rank, two orders, the company four times.
    assert_eq!(redaction.taken[0].places, 9, "{text}");
}

#[test]
fn what_is_hidden_already_is_left_as_it_is() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("http.request.header.authorization", "Bearer ***")
        .attr("password", "[REDACTED]")
        .attr("api_key", "")
        .attr("client.address", "[ip 1]")]);
    let (text, redaction) = written(&trace, &Rules::default());
    assert!(text.contains("[REDACTED]") && text.contains("[ip 1]"));
    assert_eq!(redaction.places(), 0, "{redaction:?}");
}

#[test]
fn what_was_redacted_stays_as_it_is_when_it_is_redacted_again() {
    let rules = Rules::default();
    let trace = telling();
    let mut first = Redactor::learn(&rules, |pass| drop(otlp_proto_through(&trace, pass)));
    let texts = ["Bearer q8Zr-91xV_secretpart", MAIL, "at 10.20.30.40", "WHERE id = 4711042"];
    for text in texts {
        let once = first.loose(text, "notes");
        assert_ne!(once, text);
        let mut second = Redactor::learn(&rules, |_| {});
        assert_eq!(second.loose(&once, "notes"), once);
    }
}

#[test]
fn texts_beside_the_trace_lose_what_the_trace_lost() {
    let rules = Rules::default();
    let trace = telling();
    let mut redactor = Redactor::learn(&rules, |pass| drop(otlp_proto_through(&trace, pass)));
    assert_eq!(redactor.loose("see hunter2! and new@mail.org", "notes"), "see [token 1] and [email 2]");
    assert_eq!(redactor.loose("host:10.20.30.40", "view"), "host:[ip 1]");
    assert_eq!(redactor.loose("it said “q8Zr-91xV_sec…”", "findings"), "it said “[authorization 1]…”");
}

#[test]
fn secrets_are_found_in_whatever_writing_they_come() {
    for (key, value, secret) in [
        ("http.request.header.x-api-key", "[\"k-9f8e7d6c5b\"]", "k-9f8e7d6c5b"),
        ("aws.credentials", "{\"user\":\"a\",\"secret\":\"s3cr3tpw\"}", "s3cr3tpw"),
        ("db.password", "<hunter2>", "hunter2"),
        ("url.full", "https://shop/login?user=a&password=hunter2secret", "hunter2secret"),
        ("url.query", "X-Amz-Signature=f00dbabe&x=1", "f00dbabe"),
        ("http.request.body", "{\\\"password\\\": \\\"hunter2\\\"}", "hunter2"),
        ("log.message", "Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("db.statement", "SELECT 1 WHERE a LIKE 'x' ESCAPE '\\' AND owner = 'Anna Meier'", "Anna"),
        ("db.statement", "AUTH $1mplePassw0rd", "mplePassw0rd"),
        ("db.query.text", "SELECT /*user='Anna'*/ 1", "Anna"),
        ("db.query.parameter.1", "pending", "pending"),
        ("note", "?next=http%3A%2F%2F10.0.0.17%2Fx", "10.0.0.17"),
        ("note", "anna@müller.de", "anna"),
    ] {
        let (text, _) = written(&trace(&[Draft::new(1, 0, 0, 100).attr(key, value)]), &Rules::default());
        assert!(!text.contains(secret), "{key} = {value}: {text}");
    }
    let numbers = trace(&[Draft::new(1, 0, 0, 100)
        .value("user.otp", AnyValue::Int(482_913))
        .attr("db.statement", "SELECT a FROM t WHERE id = 4711042")
        .value("customer.id", AnyValue::Double(4_711_042.0))
        .value(
            "payload",
            AnyValue::Kvlist(vec![(
                "password".into(),
                AnyValue::Kvlist(vec![("value".into(), AnyValue::str("hunter2"))]),
            )]),
        )]);
    let (text, _) = written(&numbers, &Rules::default());
    for secret in ["482913", "4711042", "hunter2"] {
        assert!(!text.contains(secret), "{secret} is left in {text}");
    }
    assert!(!text.as_bytes().windows(8).any(|bytes| bytes == 4_711_042f64.to_le_bytes()));
}

#[test]
fn a_secret_that_is_a_common_word_takes_no_other_word_with_it() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .service("service")
        .attr("db.system", "postgresql")
        .attr("db.password", "postgres")
        .attr("auth.token", "service")
        .attr("http.request.header.set-cookie", "sid=abc123def; Domain=shop2.example.com; Max-Age=86400")
        .attr("server.address", "shop2.example.com")
        .attr("db.statement", "SELECT rpad(x, 9, '     ') WHERE n = 10000000 AND s = 'http'")
        .attr("trace.note", "     86400 110000000 service http password")]);
    let (text, _) = written(&trace, &Rules::default());
    for kept in
        ["postgresql", "service.name", "db.password", "shop2.example.com", "     86400 110000000 service http password"]
    {
        assert!(text.contains(kept), "{kept} is gone from {text}");
    }
    assert!(!text.contains("abc123def"));
}

#[test]
fn names_that_were_given_before_are_not_given_again_wherever_they_are() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("client.address", "10.0.0.1")
        .attr("server.address", "10.0.0.2")
        .attr("note", "at [ip 1], [ip 3] and [ip 4294967295]")]);
    let (text, _) = written(&trace, &Rules::default());
    assert!(text.contains("at [ip 1], [ip 3] and [ip 4294967295]"), "{text}");
    assert_eq!((text.matches("[ip 2]").count(), text.matches("[ip 4]").count()), (1, 1), "{text}");
}

#[test]
fn one_value_in_several_writings_has_one_name() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("a", "to=anna.meier%40example.com")
        .attr("b", "{\\\"to\\\":\\\"anna.meier\\u0040example.com\\\"}")
        .attr("c", "anna.meier@example.com")
        .attr("d", "amqp://svc:hunter2!@queue and hunter2! alone")]);
    let (text, redaction) = written(&trace, &Rules::default());
    assert_eq!(text.matches("[email 1]").count(), 3, "{text}");
    assert_eq!(text.matches("[token 1]").count(), 2, "{text}");
    assert_eq!(counts(&redaction), [(Rule::Token, 1, 2), (Rule::Email, 1, 3)]);
    assert!(text.contains("to=[email 1]"), "{text}");
}

#[test]
fn numbers_are_taken_out_whole_or_not_at_all() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .value("share", AnyValue::Double(0.411_111_111_111_111_1))
        .value("card", AnyValue::Int(4_111_111_111_111_111))]);
    let (_, redaction) = written(&trace, &Rules::default());
    assert_eq!(counts(&redaction), [(Rule::Card, 1, 1)]);
}

#[test]
fn what_is_within_a_value_that_goes_whole_is_gone_elsewhere_too() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("http.request.header.x-api-key", "[\"k-9f8e7d6c5b\"]")
        .attr("aws.credentials", "{\"user\":\"a\",\"secret\":\"s3cr3tpw99\"}")
        .attr("note", "k-9f8e7d6c5b was refused, and s3cr3tpw99")]);
    let (text, _) = written(&trace, &Rules::default());
    assert!(!text.contains("k-9f8e7d6c5b") && !text.contains("s3cr3tpw99"), "{text}");
}

#[test]
fn a_copy_that_was_cut_without_a_mark_is_gone() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("http.request.header.authorization", "Bearer q8Zr-91xV_secretpart")
        .attr("exception.message", "refused q8Zr-91xV_secretpa")]);
    let (text, _) = written(&trace, &Rules::default());
    assert!(!text.contains("q8Zr-91xV"), "{text}");
}

#[test]
fn a_value_is_sought_as_far_as_any_rule_wants_it() {
    let draft = |first: &'static str, second: &'static str| {
        trace(&[Draft::new(1, 0, 0, 100).attr(first, "Anna").attr(second, "Anna").attr("note", "Anna called")])
    };
    let rules = Rules { keys: vec!["customer.*".to_owned()], ..Rules::default() };
    for trace in [draft("db.query.parameter.0", "customer.name"), draft("customer.name", "db.query.parameter.0")] {
        let (text, _) = written(&trace, &rules);
        assert!(!text.contains("Anna"), "{text}");
    }
}

#[test]
fn a_working_directory_is_no_password() {
    let trace = trace(&[Draft::new(1, 0, 0, 100)
        .attr("process.pwd", "/srv/shop-7")
        .attr("db.pwd", "hunter2")
        .attr("code.file.path", "/srv/shop-7/orders.rs")]);
    let (text, _) = written(&trace, &Rules::default());
    assert!(text.contains("/srv/shop-7/orders.rs") && !text.contains("hunter2"), "{text}");
}
