//! The promises of the query string: what was written comes back, what is wrong is told, what is foreign is kept.

use proptest::prelude::*;

use super::*;

const WHOLE: &str = "source=prod&tempo=https://t.example/x&trace=b52217d5b162a8772aa74c5d800d5837&span=f42523d431053168\
&file=a/b.json&view=flame&find=GET%20/orders&q=%7B%20status%20%3D%20error%20%7D&from=now-1h&to=2026-11-22T12:00:00%2B02:00\
&t0=5&t1=4546317000&only=a,b&only=&focus=0000000000000007&by=service&theme=dark&embed=1&tz=Europe/Berlin&service=orders\
&operation=GET%20/&minDuration=250ms&status=error&open=first-error&utm=1&x=";

#[test]
fn every_parameter_comes_back_in_a_fixed_order() {
    let (state, notes) = UrlState::parse(&format!("?{WHOLE}"));
    assert_eq!(notes, [""; 0]);
    assert_eq!(state.to_query(), WHOLE);
    assert_eq!(state.only, ["a,b", ""]);
    assert_eq!(state.find.as_deref(), Some("GET /orders"));
    assert_eq!(state.unknown, [("utm".to_owned(), "1".to_owned()), ("x".to_owned(), String::new())]);
    let mut shuffled: Vec<&str> = WHOLE.split('&').collect();
    // What may repeat or is foreign keeps its order; the rest may come in any.
    shuffled[..12].reverse();
    assert_eq!(UrlState::parse(&shuffled.join("&")).0, state);
}

#[test]
fn nothing_comes_to_nothing() {
    assert_eq!(UrlState::parse(""), (UrlState::default(), Vec::new()));
    assert_eq!(UrlState::parse("?"), (UrlState::default(), Vec::new()));
    assert_eq!(UrlState::default().to_query(), "");
    let (state, notes) = UrlState::parse("trace=&find=&from=&view=");
    assert_eq!((state, notes.len()), (UrlState::default(), 0));
}

#[test]
fn plus_is_a_space_and_short_ids_are_padded() {
    let (state, _) = UrlState::parse("q=%7B+name+%3D+%22a%2Bb%22+%7D&trace=5FBA&span=7");
    assert_eq!(state.q.as_deref(), Some("{ name = \"a+b\" }"));
    assert!(state.to_query().starts_with("trace=0000000000000000000000000000 5fba".replace(' ', "").as_str()));
    assert_eq!(state.span, Some(SpanId(7)));
}

#[test]
fn bad_values_are_noted_and_left_out() {
    for (query, words) in [
        ("trace=xyz", "`trace` is not a trace id: “xyz”"),
        ("trace=00000000000000000000000000000000", "`trace` is not a trace id"),
        ("trace=$traceId", "$traceId"),
        ("span=0", "`span` is not a span id"),
        ("view=waterfall", "one of timeline, flame, graph, map, findings, stats"),
        ("from=yesterday", "`from`"),
        ("t0=5", "come together"),
        ("t0=5&t1=5", "come together"),
        ("theme=black", "one of system, light, dark"),
        ("tz=<script>", "`tz` is not a zone"),
        ("minDuration=5", "a duration"),
        ("minDuration=s", "a duration"),
        ("open=worst", "slowest, latest, first-error"),
        ("span=7&span=8", "comes twice"),
    ] {
        let (state, notes) = UrlState::parse(query);
        assert_eq!(notes.len(), 1, "{query}: {notes:?}");
        assert!(notes[0].contains(words), "{notes:?}");
        assert_eq!(state, UrlState { span: state.span, ..UrlState::default() }, "{query}");
    }
}

#[test]
fn embed_needs_no_value() {
    for (query, embed) in
        [("embed", true), ("embed=1", true), ("embed=true", true), ("embed=0", false), ("embed=false", false)]
    {
        assert_eq!(UrlState::parse(query).0.embed, embed, "{query}");
    }
}

#[test]
fn opening_pushes_and_looking_replaces() {
    let at = |query: &str| UrlState::parse(query).0;
    let base = at("trace=1&t0=1&t1=2");
    assert_eq!(at("t1=2&t0=1&trace=01").entry_after(&base), Entry::Unchanged);
    for query in ["trace=1&t0=1&t1=3", "trace=1", "trace=1&find=x&only=a&span=7", "trace=1&view=timeline&theme=dark"] {
        assert_eq!(at(query).entry_after(&base), Entry::Replace, "{query}");
    }
    for query in ["trace=2", "file=x", "", "trace=1&view=map", "q=x", "source=b&trace=1"] {
        assert_eq!(at(query).entry_after(&base), Entry::Push, "{query}");
    }
    assert_eq!(at("trace=2&embed").entry_after(&base), Entry::Replace);
}

#[test]
fn links_of_jaeger_are_understood() {
    let link = "end=1795349980000000&limit=20&lookback=1h&operation=POST%20%2Forders&service=order&start=1795349830000000&maxDuration=2s&minDuration=250ms&tags=%7B%22error%22%3A%22true%22%7D";
    let (state, notes) = UrlState::parse(link);
    assert_eq!(notes, Vec::<String>::new());
    let landing = state.landing();
    assert_eq!(
        (landing.service.as_str(), landing.min_duration.as_str(), landing.max_duration.as_str()),
        ("order", "250ms", "2s")
    );
    assert_eq!(landing.tags, [("error".to_owned(), "true".to_owned())]);
    assert_eq!(state.from.unwrap().unix_ms(0, crate::source::when::End::From), 1_795_349_830_000);
    assert_eq!(state.unknown, [("limit".to_owned(), "20".to_owned())]);
    assert_eq!(UrlState::parse("trace=1&uiFind=erp").0.find.as_deref(), Some("erp"));
    assert_eq!(UrlState::parse("uiFind=a&find=b").0.find.as_deref(), Some("b"));
    assert_eq!(UrlState::parse("service=a&lookback=2h").0.from.unwrap().text(), "now-2h");
    assert_eq!(UrlState::parse("service=a&lookback=custom").0.from, None);
}

fn text() -> impl Strategy<Value = Option<String>> {
    prop_oneof![Just(None), any::<String>().prop_map(|text| Some(text).filter(|text| !text.is_empty()))]
}

prop_compose! {
    fn state()(
        texts in (text(), text(), text(), text(), text(), text(), text(), text()),
        trace in any::<Option<u128>>(), span in any::<Option<u64>>(), focus in any::<Option<u64>>(),
        view in proptest::option::of(proptest::sample::select(View::NAMES.iter().map(|(_, view)| *view).collect::<Vec<_>>())),
        theme in proptest::option::of(proptest::sample::select(Theme::NAMES.map(|(_, theme)| theme).to_vec())),
        from in proptest::option::of("now-[1-9][0-9]{0,3}[smhdwMy]"), to in proptest::option::of("[0-9]{13}"),
        window in proptest::option::of((any::<u32>(), 1..u64::from(u32::MAX))),
        only in proptest::collection::btree_set(any::<String>(), 0..4),
        views in (text(), text(), any::<Option<u64>>(), any::<bool>()),
        map in (text(), text(), any::<bool>(), text()),
        embed in any::<bool>(),
        unknown in proptest::collection::vec(("[A-Z é&=%+]{1,5}", any::<String>()), 0..3),
    ) -> UrlState {
        let (source, tempo, file, find, q, by, service, operation) = texts;
        let (sort, node, zoom, counts) = views;
        let (near, without, totals, operations) = map;
        let when = |text: Option<String>| text.map(|text| When::parse(&text).unwrap());
        UrlState {
            source, tempo, file, find, q, by, service, operation, view, theme, embed, unknown, sort, node, near, without,
            operations,
            direction: totals.then_some(Direction::Flame),
            edges: totals.then_some(EdgeFigure::Total),
            zoom: zoom.map(SpanId).filter(|id| !id.is_zero()),
            width: counts.then_some(Width::Count),
            trace: trace.map(TraceId).filter(|id| !id.is_zero()),
            beside: zoom.map(|id| TraceId(u128::from(id))).filter(|id| !id.is_zero()),
            clocks: counts.then_some(ClocksAre::Right),
            span: span.map(SpanId).filter(|id| !id.is_zero()),
            focus: focus.map(SpanId).filter(|id| !id.is_zero()),
            from: when(from),
            to: when(to),
            window: window.map(|(t0, len)| (u64::from(t0), u64::from(t0) + len)),
            only: only.into_iter().collect(),
            tz: None,
            min_duration: Some("1h2.5m3µs".to_owned()),
            max_duration: Some("2s".to_owned()),
            tags: Some(r#"{"http.method":"GET"}"#.to_owned()),
            status: Some(StatusIs::Unset),
            open: Some(Open::Latest),
            exploring: Exploring {
                refresh_s: u32::from(embed) * 30,
                all_spans: totals,
                sample: u32::from(counts) * 200,
                span_metrics: counts,
                heatmap: totals,
                across: embed.then_some(crate::state::url_explore::Part::Propagation),
                setup: embed,
            },
            rows: Rows {
                fold: counts.then_some(totals),
                critical: totals.then_some(counts),
                closed: span.map(SpanId).filter(|id| !id.is_zero()).into_iter().collect(),
                opened: zoom.map(SpanId).filter(|id| !id.is_zero()).into_iter().collect(),
            },
        }
    }
}

#[test]
fn another_query_leaves_path_and_fragment() {
    for (href, query, wanted) in [
        ("https://h/sub/", "view=map", "https://h/sub/?view=map"),
        ("https://h/sub/?view=map", "", "https://h/sub/"),
        ("https://h//sub/index.html?a=1#x?y#z", "b=2", "https://h//sub/index.html?b=2#x?y#z"),
        ("file:///C:/My%20files/spanloom.html?a=1#x", "", "file:///C:/My%20files/spanloom.html#x"),
        ("file:///tmp/spanloom.html", "a=1", "file:///tmp/spanloom.html?a=1"),
    ] {
        assert_eq!(with_query(href, query), wanted);
    }
}

proptest! {
    #[test]
    fn every_state_comes_back(state in state()) {
        let (back, notes) = UrlState::parse(&state.to_query());
        prop_assert_eq!(notes, Vec::<String>::new());
        prop_assert_eq!(back, state);
    }

    #[test]
    fn no_query_panics_and_what_is_written_is_stable(query in "\\PC{0,80}", shaped in "([a-z0-9]{1,6}=[-%0-9a-z+/&]{0,12}&){0,6}") {
        for query in [query, shaped] {
            let written = UrlState::parse(&query).0.to_query();
            prop_assert_eq!(UrlState::parse(&written).0.to_query(), written);
        }
    }
}
