//! Held against answers of proxies in front of nothing, and against what Tempo and Prometheus themselves answer.

use super::*;
use crate::source::backend::Kind;
use crate::source::failure::of_status;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tempo/");

const HTML: &str = "text/html";
const TEXT: &str = "text/plain; charset=utf-8";
const NGINX: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.27.3</center>\r\n</body>\r\n</html>\r\n";

/// Who, its status, type and body.
const PROXIES: [(&str, u16, &str, &str); 15] = [
    ("Trunk and Vite", 500, "", ""),
    ("webpack", 504, TEXT, "Error occurred while trying to proxy: localhost:8080/tempo/api/echo"),
    ("webpack of old", 500, TEXT, "Error occurred while trying to proxy to: localhost:8080/tempo/api/echo"),
    (
        "create-react-app",
        500,
        TEXT,
        "Proxy error: Could not proxy request /api/echo from localhost:3000 to http://localhost:3200/ (ECONNREFUSED).",
    ),
    ("Caddy", 502, "", ""),
    ("nginx", 502, HTML, NGINX),
    (
        "nginx, too slow",
        504,
        HTML,
        "<html>\r\n<head><title>504 Gateway Time-out</title></head>\r\n<body></body></html>",
    ),
    (
        "nginx, no upstream",
        503,
        HTML,
        "<html>\r\n<head><title>503 Service Temporarily Unavailable</title></head></html>",
    ),
    (
        "Apache",
        503,
        "text/html; charset=iso-8859-1",
        "<!DOCTYPE HTML PUBLIC \"-//IETF//DTD HTML 2.0//EN\">\n<html><head>\n<title>503 Service Unavailable</title>\n</head></html>",
    ),
    (
        "HAProxy",
        503,
        HTML,
        "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n",
    ),
    ("Traefik", 502, TEXT, "Bad Gateway"),
    ("Traefik, no server", 503, TEXT, "no available server\n"),
    (
        "Envoy",
        503,
        "text/plain",
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure",
    ),
    ("Envoy, too slow", 504, "text/plain", "upstream request timeout"),
    ("Cloudflare", 521, HTML, "<!DOCTYPE html><title>traces.example | 521: Web server is down</title>"),
];

fn asked(kind: Kind, behind: Option<&str>) -> Asked {
    Asked {
        kind,
        source: "local".into(),
        base: "tempo".into(),
        resolved: "http://127.0.0.1:8080/tempo/".into(),
        behind: behind.map(str::to_owned),
        url: "tempo/api/echo".into(),
        ..Asked::default()
    }
}

fn answered<'a>(status: u16, content_type: &'a str, body: &'a [u8]) -> Answered<'a> {
    Answered { status, content_type, body, final_url: "" }
}

#[test]
fn proxies_in_front_of_nothing_are_known_by_their_answers() {
    for (who, status, content_type, body) in PROXIES {
        let answered = answered(status, content_type, body.as_bytes());
        let failure = of_status(&asked(Kind::Tempo, Some("http://127.0.0.1:3200/")), answered);
        assert_eq!(failure.title, "Nothing answers at http://127.0.0.1:3200 behind this page", "{who}");
        assert_eq!(
            failure.unreached.as_deref(),
            Some("nothing answers at http://127.0.0.1:3200 behind this page"),
            "{who}"
        );
        let start = format!("local answered {status}. A proxy answered in its place");
        assert!(failure.what.starts_with(&start) && failure.retry, "{who}: {}", failure.what);
        let prometheus = of_status(&asked(Kind::Prometheus, None), answered);
        assert_eq!(prometheus.title, "Nothing answers behind http://127.0.0.1:8080/tempo", "{who}");
    }
}

#[test]
fn the_words_of_a_proxy_are_kept() {
    let nginx = of_status(&asked(Kind::Tempo, None), answered(502, HTML, NGINX.as_bytes()));
    assert_eq!(nginx.server_text.as_deref(), Some("502 Bad Gateway"));
    assert_eq!(of_status(&asked(Kind::Tempo, None), answered(500, "", b"")).server_text, None);
}

#[test]
fn what_a_tempo_says_itself_is_its_own() {
    let recorded = |file: &str| std::fs::read(format!("{FOLDER}{file}")).unwrap();
    let timeout = recorded("limits/503-timeout.txt");
    let own: [(u16, &str, &[u8]); 7] = [
        (503, TEXT, &timeout),
        (500, TEXT, b"rpc error: code = Unavailable desc = connection error: desc = \"transport: Error while dialing: dial tcp 10.0.0.7:9095: connect: connection refused\""),
        (500, TEXT, b"error finding trace by id: pq: ECONNREFUSED rpc error"),
        (500, TEXT, b"out of memory"),
        (504, TEXT, b"context deadline exceeded"),
        (503, TEXT, b"Service Unavailable"),
        (503, "application/json", br#"{"status":"error","errorType":"timeout","error":"query timed out: bad gateway"}"#),
    ];
    for (status, content_type, body) in own {
        let failure = of_status(&asked(Kind::Tempo, None), answered(status, content_type, body));
        assert_eq!((failure.title, failure.unreached), (format!("local answered {status}"), None));
    }
}

#[test]
fn refusals_of_every_recorded_kind_are_never_called_nobody() {
    for folder in ["errors", "limits"] {
        for entry in std::fs::read_dir(format!("{FOLDER}{folder}")).unwrap() {
            let body = std::fs::read(entry.unwrap().path()).unwrap();
            for status in [400, 401, 404, 422, 429] {
                assert!(!answers_for_nobody(&answered(status, TEXT, &body)));
            }
        }
    }
}

#[test]
fn a_connection_that_failed_names_what_is_known() {
    let far = Asked { resolved: "http://127.0.0.1:3200/".into(), ..asked(Kind::Tempo, None) };
    assert_eq!(no_connection(&far, false), "nothing answers at http://127.0.0.1:3200");
    let near = asked(Kind::Tempo, Some("http://127.0.0.1:3200"));
    assert_eq!(no_connection(&near, true), "nothing answers at http://127.0.0.1:3200 behind this page");
    assert_eq!(no_connection(&near, false), "nothing answers at http://127.0.0.1:8080/tempo");
}
