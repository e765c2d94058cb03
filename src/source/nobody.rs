//! A proxy in front of a server that does not answer: how its own answer is distinguished from one of the server's, and the
//! words for it. Pure.
//!
//! What proxies send, by their sources and documentation: Trunk and Vite 500 without a body; Caddy, Go's ReverseProxy
//! and Grafana's data source proxy 502 with little or nothing; nginx, HAProxy, Apache and load balancers HTML with
//! 502, 503 or 504; Traefik, Envoy, webpack's proxy a line of text. A Tempo and a Prometheus send words with every
//! error and never HTML: plain text or, Prometheus, JSON with `"status":"error"`.

use super::failure::{Answered, Asked, Failure, is_html};

/// Lines that proxies send as text, in lower case.
const LINES: [&str; 12] = [
    "bad gateway",
    "gateway time",
    "trying to proxy",
    "proxy error",
    "could not proxy",
    "econnrefused",
    "no healthy upstream",
    "upstream connect error",
    "upstream request timeout",
    "no server is available",
    "no available server",
    "no endpoints available",
];
/// What a Tempo or a Prometheus reports of its own parts, even if it contains a line from above.
const OWN: [&str; 3] = ["rpc error", "context deadline exceeded", "\"status\":\"error\""];
/// More than any of those lines take.
const HEAD: usize = 4_096;

/// Whether a proxy sent this answer because nothing behind it answered.
pub fn answers_for_nobody(answered: &Answered) -> bool {
    // 521 to 523 are Cloudflare's for the same.
    if !matches!(answered.status, 500 | 502..=504 | 521..=523) {
        return false;
    }
    let head = &answered.body[..answered.body.len().min(HEAD)];
    let said = String::from_utf8_lossy(head).trim().to_ascii_lowercase();
    if said.is_empty() || is_html(answered.body, answered.content_type) {
        return true;
    }
    if OWN.iter().any(|own| said.contains(own)) {
        return false;
    }
    // Neither a Tempo nor a Prometheus has another reason for these.
    matches!(answered.status, 502 | 504 | 521..=523) || LINES.iter().any(|line| said.contains(line))
}

/// Where nothing answers, as the end of a sentence.
fn place(asked: &Asked) -> String {
    match &asked.behind {
        Some(address) => format!("at {} behind this page", address.trim_end_matches('/')),
        None => format!("behind {}", asked.address().trim_end_matches('/')),
    }
}

/// What that answer means.
pub fn nobody(asked: &Asked, status: u16) -> Failure {
    let place = place(asked);
    let why = match status {
        504 => "it waited for the source for as long as it waits for anything",
        _ => "it could not reach the source",
    };
    let mut advice = vec![match &asked.behind {
        Some(address) => {
            format!(
                "Start the {} that belongs at `{address}`, or correct the proxy that leads there.",
                asked.kind.name()
            )
        }
        None => format!(
            "Check that the server behind `{}` is running, and that the proxy has its address right.",
            asked.base
        ),
    }];
    if status == 504 {
        advice.push("If it runs and is slow, raise the proxy's time limit (nginx: `proxy_read_timeout`).".to_owned());
    }
    Failure {
        title: format!("Nothing answers {place}"),
        what: format!("A proxy answered in its place: {why}."),
        advice,
        retry: true,
        unreached: Some(format!("nothing answers {place}")),
        ..Failure::default()
    }
}

/// The same for a connection that failed: where nothing answers, as a clause.
pub fn no_connection(asked: &Asked, same_origin: bool) -> String {
    match (&asked.behind, same_origin) {
        (Some(_), true) => format!("nothing answers {}", place(asked)),
        _ => format!("nothing answers at {}", asked.address().trim_end_matches('/')),
    }
}

#[cfg(test)]
#[path = "nobody_tests.rs"]
mod tests;
