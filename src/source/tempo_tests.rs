//! The order of requests and the meaning of answers, with bodies as a Tempo sent them.

use super::*;

const ID: TraceId = TraceId(0x5fba3d7a1c0e);
const PADDED: &str = "000000000000000000005fba3d7a1c0e";

fn lookup(bounds: Option<Bounds>) -> Lookup {
    Lookup::new(Tempo::from_url("/tempo"), ID, bounds)
}

fn answer(status: u16, body: &[u8]) -> Answer<'_> {
    Answer { status, content_type: "", body_len: body.len() as u64, head: body, final_url: "" }
}

#[track_caller]
fn asked(step: Step) -> String {
    match step {
        Step::Ask(request) => request.url,
        other => panic!("{other:?}"),
    }
}

#[test]
fn v2_protobuf_is_asked_first() {
    let request = lookup(None).request();
    assert_eq!(request.url, format!("/tempo/api/v2/traces/{PADDED}"));
    assert_eq!(request.headers, [("Accept".to_owned(), "application/protobuf".to_owned())]);
    assert_eq!(request.credentials, Credentials::SameOrigin);
}

#[test]
fn a_trace_is_decoded_whatever_form_it_came_in() {
    let big = [b'x'; HEAD_LEN];
    let long = Answer { status: 200, body_len: 1 << 40, head: &big, ..Answer::default() };
    assert_eq!(lookup(None).next(&long), Step::Decode { outside_bounds: false });
    for body in [
        &br#"{"trace":{"resourceSpans":[{"resource":{},"scopeSpans":[{"spans":[{"name":"a"}]}]}]}}"#[..],
        br#"{"batches":[{"scopeSpans":[{"spans":[{"name":"a"}]}]}]}"#,
        &[0x0a, 2, 0x0a, 0],
        &[0x0a, 2, 0x0a, 0, 0x12, 0],
        br#"{"trace":{},"metrics":{},"status":"PARTIAL","message":"Trace exceeds maximum size"}"#,
        &[0x0a, 0, 0x12, 0, 0x18, 1, 0x22, 1, b'x'],
    ] {
        assert_eq!(lookup(None).next(&answer(200, body)), Step::Decode { outside_bounds: false });
    }
}

#[test]
fn every_empty_form_is_not_found() {
    for body in [
        &br#"{"trace":{},"metrics":{}}"#[..],
        br#" {"trace":{"resourceSpans":[]},"metrics":{"inspectedBytes":"412227"},"status":"COMPLETE"}"#,
        br#"{"batches":[]}"#,
        b"",
        &[0x0a, 0, 0x12, 2, 8, 7],
        &[0x0a, 0],
        &[0x12, 2, 8, 7],
        &[0x12, 0],
    ] {
        assert!(matches!(lookup(None).next(&answer(200, body)), Step::NotFound(_)), "{body:?}");
    }
}

#[test]
fn what_is_not_found_within_bounds_is_asked_again_without() {
    let mut lookup = lookup(Some(Bounds { start_s: 10, end_s: 20 }));
    assert_eq!(lookup.request().url, format!("/tempo/api/v2/traces/{PADDED}?start=10&end=20"));
    let empty = answer(200, br#"{"trace":{},"metrics":{}}"#);
    assert_eq!(asked(lookup.next(&empty)), format!("/tempo/api/v2/traces/{PADDED}"));
    let mut found = lookup.clone();
    assert_eq!(found.next(&answer(200, &[0x0a, 2, 0x0a, 0])), Step::Decode { outside_bounds: true });
    assert!(matches!(lookup.next(&empty), Step::NotFound(failure) if failure.what.contains("nor outside it")));
}

#[test]
fn bounds_that_are_no_range_are_left_out() {
    for (start_s, end_s) in [(20, 10), (10, 10)] {
        assert!(!lookup(Some(Bounds { start_s, end_s })).request().url.contains('?'));
    }
}

#[test]
fn a_server_without_v2_is_asked_by_v1_with_the_same_bounds() {
    for (status, body) in [(404, "404 page not found\n"), (404, ""), (405, ""), (501, ""), (400, "unknown path")] {
        let mut lookup = lookup(Some(Bounds { start_s: 10, end_s: 20 }));
        let next = asked(lookup.next(&answer(status, body.as_bytes())));
        assert_eq!(next, format!("/tempo/api/traces/{PADDED}?start=10&end=20"), "{status} {body}");
        assert_eq!(asked(lookup.next(&answer(404, b""))), format!("/tempo/api/traces/{PADDED}"));
        assert!(matches!(lookup.next(&answer(404, b"")), Step::NotFound(_)));
    }
}

#[test]
fn a_404_of_v1_that_speaks_of_the_path_is_a_wrong_address() {
    for body in ["404 page not found\n", "<html><title>404 trace not found</title></html>", r#"{"message":"nope"}"#] {
        let mut lookup = lookup(None);
        asked(lookup.next(&answer(404, b"404 page not found")));
        match lookup.next(&answer(404, body.as_bytes())) {
            Step::Fail(failure) => assert_eq!(failure.title, "No Tempo at this address"),
            other => panic!("{other:?}"),
        }
    }
    let mut lookup = lookup(None);
    asked(lookup.next(&answer(404, b"404 page not found")));
    assert!(matches!(lookup.next(&answer(404, br#"{"message":"trace not found"}"#)), Step::NotFound(_)));
}

#[test]
fn failures_end_the_lookup_with_the_servers_words() {
    for (status, body) in [
        (400, "tenant ID 'a/../b' contains unsupported character '/'"),
        (401, "no org id\n"),
        (422, "trace exceeds max size (max bytes: 20000)\n"),
        (429, "job queue full"),
        (500, "boom"),
        (503, "unable to process request in the configured timeout"),
    ] {
        match lookup(None).next(&answer(status, body.as_bytes())) {
            Step::Fail(failure) => assert_eq!(failure.server_text.as_deref(), Some(body.trim())),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_login_page_with_status_200_is_no_trace() {
    let page = answer(200, b"<!doctype html><title>Sign in</title>");
    assert!(matches!(lookup(None).next(&page), Step::Fail(failure) if failure.title.contains("web page")));
}

#[test]
fn a_server_that_has_no_protobuf_is_asked_for_json_once() {
    let mut lookup = lookup(None);
    match lookup.next(&answer(406, b"")) {
        Step::Ask(request) => assert_eq!(request.headers[0].1, "application/json"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(lookup.next(&answer(406, b"")), Step::Fail(_)));
}

#[test]
fn no_server_keeps_a_lookup_asking() {
    let bodies: [&[u8]; 3] = [b"", b"404 page not found", br#"{"trace":{}}"#];
    for seed in 0..3u32.pow(7) {
        let mut lookup = lookup(Some(Bounds { start_s: 1, end_s: 2 }));
        let mut seed = seed;
        let mut asks = 1;
        while let Step::Ask(_) =
            lookup.next(&answer([200, 404, 406][(seed % 3) as usize], bodies[(seed / 3 % 3) as usize]))
        {
            asks += 1;
            seed /= 3;
            assert!(asks <= 6);
        }
    }
}

#[test]
fn bases_join_however_they_are_written() {
    for (base, joined) in [
        ("tempo", "tempo/api/echo"),
        ("./tempo/", "./tempo/api/echo"),
        ("/tempo//", "/tempo/api/echo"),
        ("", "api/echo"),
        ("/", "/api/echo"),
        ("/api", "/api/echo"),
        ("api", "api/echo"),
        ("myapi", "myapi/api/echo"),
        ("http://t:3200", "http://t:3200/api/echo"),
        ("http://t:3200/api/", "http://t:3200/api/echo"),
        ("http://t:3200/api/v2/traces/?x=1", "http://t:3200/api/echo"),
        ("https://t/x/api/api", "https://t/x/api/api/echo"),
        ("https://g.example/api/datasources/proxy/uid/ab", "https://g.example/api/datasources/proxy/uid/ab/api/echo"),
    ] {
        assert_eq!(Tempo::from_url(base).backend.probe_url(), joined, "{base:?}");
    }
}

#[test]
fn headers_tenant_and_credentials_of_a_source_go_along() {
    let source = Source {
        name: "prod".into(),
        url: "https://t.example".into(),
        headers: vec![
            ("Authorization".into(), "Bearer x".into()),
            ("x-scope-orgid".into(), "old".into()),
            ("accept".into(), "y".into()),
        ],
        tenant: Some("one|two".into()),
        credentials: Credentials::Include,
        prometheus: None,
        behind: None,
        prometheus_behind: None,
    };
    let request = Lookup::new(Tempo::from_source(&source), ID, None).request();
    let headers: Vec<_> = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [("Accept", "application/protobuf"), ("Authorization", "Bearer x"), ("X-Scope-OrgID", "one|two")]
    );
    assert_eq!(request.credentials, Credentials::Include);
}
