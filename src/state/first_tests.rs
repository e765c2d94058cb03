//! Which page comes first, and what it shows about a source that does not answer.

use super::*;
use crate::source::backend::Kind;

fn url(query: &str) -> UrlState {
    UrlState::parse(query).0
}

fn dead() -> Answers {
    Answers::No(Box::default())
}

#[test]
fn without_a_source_home_comes_first_whatever_the_address_says() {
    for query in ["", "?q=%7B%7D", "?setup=1", "?view=map"] {
        assert_eq!(first_page(false, &url(query), &Answers::Unasked), FirstPage::Home, "{query}");
    }
}

#[test]
fn an_address_that_names_nothing_waits_for_the_source() {
    for query in [
        "",
        "?source=prod",
        "?theme=dark",
        "?tz=utc",
        "?from=now-3h&to=now",
        "?utm=x",
        "?refresh=30s",
        "?figures=span-metrics",
    ] {
        for answers in [Answers::Unasked, Answers::Asking] {
            assert_eq!(first_page(true, &url(query), &answers), FirstPage::Ask, "{query} {answers:?}");
        }
        assert_eq!(first_page(true, &url(query), &dead()), FirstPage::Home, "{query}");
        assert_eq!(first_page(true, &url(query), &Answers::Yes), FirstPage::Explore, "{query}");
    }
}

#[test]
fn what_the_address_asks_for_is_shown_whether_the_source_answers_or_not() {
    for query in ["?q=%7B%7D", "?view=map", "?setup=1", "?across=sampling", "?operations=orders", "?embed=1"] {
        for answers in [Answers::Unasked, Answers::Asking, Answers::Yes, dead()] {
            assert_eq!(first_page(true, &url(query), &answers), FirstPage::Explore, "{query} {answers:?}");
        }
    }
}

fn judged(status: u16, content_type: &str, body: &str) -> Judged {
    let asked = Asked { kind: Kind::Tempo, source: "prod".into(), base: "tempo".into(), ..Asked::default() };
    judge(&asked, Answered { status, content_type, body: body.as_bytes(), final_url: "" })
}

#[test]
fn a_server_that_answers_or_only_refuses_this_question_is_there() {
    assert_eq!(judged(200, "text/plain", "echo\n"), Judged::Answers);
    assert_eq!(judged(400, "text/plain", "tenant ID 'a/../b' contains unsupported character '/'"), Judged::Answers);
    assert_eq!(judged(429, "text/plain", "job queue full"), Judged::Answers);
    assert_eq!(judged(404, "text/plain", "404 page not found"), Judged::Unsure);
}

#[test]
fn nobody_a_login_and_a_web_page_are_no_source() {
    let words = |status, content_type, body| match judged(status, content_type, body) {
        Judged::Fails(failure) => line("prod", &failure),
        other => panic!("{status}: {other:?}"),
    };
    assert_eq!(
        words(500, "", ""),
        "Source prod does not answer: nothing answers behind tempo. Files and samples work without it."
    );
    assert_eq!(
        words(503, "text/plain", "unable to process request in the configured timeout"),
        "Source prod does not answer: prod answered 503: “unable to process request in the configured timeout”. Files and samples work without it."
    );
    assert!(words(401, "text/plain", "Unauthorized").contains("prod answered 401: “Unauthorized”"));
    assert!(words(200, "text/html", "<!doctype html><title>Sign in</title>").contains("A web page came"));
}
