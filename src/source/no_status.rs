//! A fetch that failed without a status. The browser does not say why; a probe and the two addresses tell which causes
//! are left, and no more than that is said.
//!
//! The probe is `GET {base}/api/echo` in `no-cors` mode: its answer cannot be read, only that there is one.

use super::address::{self, Address};
use super::backend::Kind;
use super::failure::{Asked, Failure, Remedy, Snippet};
use super::nobody::no_connection;
use super::proxies::{of_nginx, own_config};

/// What is known about a fetch without a status.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NoStatus {
    /// `location.origin`; "null" for a page opened from a file.
    pub page_origin: String,
    pub probe: Probe,
    /// Safari refuses http from an https page even to this machine.
    pub is_safari: bool,
}

/// How the probe went.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Probe {
    /// Something answered; what, cannot be read.
    Answered,
    Failed,
    /// A `securitypolicyviolation` event named this address.
    BlockedByCsp,
    /// The browser refused http from an https page.
    MixedContent,
}

/// Which causes are left, with the fix of the likeliest.
pub fn no_status(asked: &Asked, known: &NoStatus) -> Failure {
    let page = address::origin(&known.page_origin);
    let target = address::origin(&asked.url).or_else(|| page.clone());
    let same_origin = page.is_some() && page == target;
    let target_name = target.clone().unwrap_or_else(|| asked.base.clone());
    let (failure, why) = if known.probe == Probe::BlockedByCsp {
        (blocked_by_policy(&target_name), format!("this page's own policy forbids requests to {target_name}"))
    } else if known.probe == Probe::MixedContent
        || is_mixed(page.as_deref(), target.as_deref(), known.is_safari && known.probe != Probe::Answered)
    {
        (mixed_content(asked, page.as_deref()), "this page came over https, and its address is plain http".to_owned())
    } else if known.probe == Probe::Answered && same_origin {
        (broke_on_the_way(), "its answer did not arrive".to_owned())
    } else if known.probe == Probe::Answered {
        (no_cors(asked, page.as_deref(), &target_name), format!("the browser kept the answer of {target_name} back"))
    } else {
        (unreachable(&target_name, page.as_deref(), same_origin), no_connection(asked, same_origin))
    };
    Failure { unreached: Some(why), ..failure }
}

/// https page, http target: browsers refuse it unless the target is this machine (W3C Mixed Content, 4.4), and Safari even then (WebKit bug 171934).
fn is_mixed(page: Option<&str>, target: Option<&str>, is_safari: bool) -> bool {
    let (Some(page), Some(target)) = (page, target) else { return false };
    page.starts_with("https:") && target.starts_with("http:") && (is_safari || !is_this_machine(target))
}

fn is_this_machine(address: &str) -> bool {
    address::is_loopback(Address::of(address).host())
}

fn blocked_by_policy(target: &str) -> Failure {
    Failure {
        title: "Blocked by this page's own policy".into(),
        what: format!(
            "The Content-Security-Policy under which Spanloom is served does not allow requests to `{target}`. None \
            was sent."
        ),
        causes: vec!["`connect-src` of the policy does not name this origin.".into()],
        advice: vec!["Add the origin to `connect-src` where the header is set, then reload the page.".into()],
        snippets: vec![Snippet {
            file: "Content-Security-Policy".into(),
            text: format!("connect-src 'self' {target};"),
        }],
        ..Failure::default()
    }
}

fn mixed_content(asked: &Asked, page: Option<&str>) -> Failure {
    // Only Safari comes here with an address of this machine.
    let is_of_safari = is_this_machine(&asked.base);
    let who = if is_of_safari { "Safari does" } else { "browsers do" };
    let other = is_of_safari.then(|| "Or use Chrome, Edge or Firefox, which allow it to this machine.".to_owned());
    Failure {
        title: "Mixed content: https page, http source".into(),
        what: format!("This page came over https, and {who} not let it ask `{}` over plain http.", asked.base),
        causes: vec!["The address of the source begins with `http:`.".into()],
        advice: ["Best: serve the source under this page's own origin.", "Or use its https address, if it has one."]
            .into_iter()
            .map(str::to_owned)
            .chain(other)
            .collect(),
        snippets: of_nginx(asked, page).into_iter().chain(own_config(asked)).collect(),
        remedy: Remedy::OwnOrigin,
        ..Failure::default()
    }
}

fn broke_on_the_way() -> Failure {
    Failure {
        title: "The answer did not arrive".into(),
        what: "The request failed without a status, though something answers at this origin.".into(),
        causes: vec![
            "The connection broke off.".into(),
            "The request was redirected to another origin, as an expired login does.".into(),
            "An extension of the browser blocked it.".into(),
        ],
        advice: vec!["Try again; reload the page to log in anew.".into()],
        retry: true,
        ..Failure::default()
    }
}

fn no_cors(asked: &Asked, page: Option<&str>, target: &str) -> Failure {
    let page_name = page.map_or("a file without an origin".to_owned(), |page| format!("`{page}`"));
    Failure {
        title: "The browser kept the answer back".into(),
        what: format!(
            "Something answers at `{target}`, but this page is {page_name} and may not read from another origin \
            without its leave."
        ),
        causes: vec![
            match asked.kind {
                Kind::Tempo => "`Access-Control-Allow-Origin` is missing: Tempo sends none, and runs the browser's `OPTIONS` as a query. This is the usual cause.",
                Kind::Prometheus => "The preflight was refused: Prometheus allows any origin, but only the headers Accept, Authorization, Content-Type and Origin.",
            }
            .into(),
            "The request was redirected to a login, which sends none either.".into(),
            "The connection broke off.".into(),
        ],
        advice: vec![
            "Best: serve the source under this page's own origin. Then no CORS is needed.".into(),
            "Or have a proxy before it add the header and answer `OPTIONS` itself.".into(),
        ],
        snippets: of_nginx(asked, page).into_iter().chain(own_config(asked)).collect(),
        remedy: Remedy::OwnOriginOrCors,
        retry: true,
        ..Failure::default()
    }
}

fn unreachable(target: &str, page: Option<&str>, same_origin: bool) -> Failure {
    let host = Address::of(target).host();
    let mut causes = vec!["Nothing listens there, or it is down.".to_owned()];
    if !same_origin {
        causes.insert(0, format!("The name `{host}` is wrong or not known in your network; a VPN may be missing."));
    }
    if target.starts_with("https:") {
        causes.push("Its certificate is not accepted: open the address in a tab to see.".to_owned());
    }
    if address::is_private(host) && page.is_some_and(|page| !address::is_private(Address::of(page).host())) {
        causes.push(
            "It is in a private network and this page may not be: browsers ask before they allow that.".to_owned(),
        );
    }
    causes.push("The network is off, or a firewall or an extension of the browser blocks the request.".to_owned());
    let mut advice =
        vec![format!("Open `{target}` in another tab: the browser says there what it does not tell a page.")];
    if !same_origin {
        advice.push("Whether it allows this page to read (CORS) cannot be told before it answers.".to_owned());
    }
    Failure {
        title: "The source cannot be reached".into(),
        what: format!("No answer came from `{target}`, and a second try in another mode failed too."),
        causes,
        advice,
        retry: true,
        ..Failure::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fail(base: &str, page: &str, probe: Probe) -> Failure {
        let asked = Asked {
            kind: Kind::Tempo,
            source: "tempo-staging".into(),
            base: base.into(),
            url: format!("{base}/api/v2/traces/1"),
            tenant: Some("shipping".into()),
            ..Asked::default()
        };
        no_status(&asked, &NoStatus { page_origin: page.into(), probe, is_safari: false })
    }

    #[test]
    fn safari_asks_this_machine_over_https_only() {
        let asked = Asked {
            base: "http://localhost:3200".into(),
            url: "http://localhost:3200/api/echo".into(),
            ..Asked::default()
        };
        let page_origin = "https://traces.example".to_owned();
        let failure = no_status(&asked, &NoStatus { page_origin, probe: Probe::Failed, is_safari: true });
        assert!(failure.title.starts_with("Mixed content"), "{}", failure.title);
        assert!(failure.what.contains("Safari does not let it ask `http://localhost:3200`"), "{}", failure.what);
        assert!(failure.advice.iter().any(|line| line.contains("Firefox")), "{:?}", failure.advice);
        // What answers was not refused.
        let page_origin = "https://traces.example".to_owned();
        let failure = no_status(&asked, &NoStatus { page_origin, probe: Probe::Answered, is_safari: true });
        assert!(failure.title.starts_with("The browser kept"), "{}", failure.title);
        // A page that came over http may.
        let page_origin = "http://localhost:8080".to_owned();
        let failure = no_status(&asked, &NoStatus { page_origin, probe: Probe::Failed, is_safari: true });
        assert!(failure.title.starts_with("The source cannot"), "{}", failure.title);
    }

    #[test]
    fn another_origin_that_answers_gets_the_proxy_that_fixes_it() {
        let failure = fail("https://tempo.example/base/", "https://traces.example", Probe::Answered);
        assert!(failure.causes[0].contains("Access-Control-Allow-Origin"));
        assert!(failure.causes.len() > 1, "CORS is likely, not certain");
        let nginx = &failure.snippets[0];
        assert_eq!(nginx.file, "nginx.conf, in the server block of traces.example");
        assert!(nginx.text.contains("proxy_pass         https://tempo.example/base/;"));
        assert!(nginx.text.contains("X-Scope-OrgID \"shipping\""));
        let config = r#"{ "sources": [{ "name": "tempo-staging", "type": "tempo", "url": "/tempo" }] }"#;
        assert_eq!(failure.snippets[1].text, config);
    }

    #[test]
    fn the_same_origin_is_never_told_to_set_up_cors() {
        for (base, probe) in
            [("tempo", Probe::Answered), ("https://a.example/tempo", Probe::Failed), ("/tempo", Probe::Failed)]
        {
            let failure = fail(base, "https://a.example", probe);
            let all = format!("{failure:?}");
            assert!(!all.contains("CORS") && !all.contains("Access-Control") && failure.snippets.is_empty(), "{all}");
        }
    }

    #[test]
    fn what_does_not_answer_is_not_called_cors() {
        let failure = fail("https://tempo.example", "https://traces.example", Probe::Failed);
        assert_eq!(failure.title, "The source cannot be reached");
        assert!(failure.causes.iter().any(|cause| cause.contains("certificate")));
        assert!(failure.advice.iter().any(|advice| advice.contains("cannot be told")));
        let plain = fail("http://10.0.0.7:3200", "http://traces.example", Probe::Failed);
        assert!(!plain.causes.iter().any(|cause| cause.contains("certificate")));
        assert!(plain.causes.iter().any(|cause| cause.contains("private network")));
    }

    #[test]
    fn http_from_https_is_mixed_content_but_for_this_machine() {
        assert!(fail("http://tempo.example", "https://a.example", Probe::Failed).title.starts_with("Mixed content"));
        assert!(
            fail("http://localhost:3200", "https://a.example", Probe::Failed).title.starts_with("The source cannot")
        );
        assert!(fail("http://tempo.example", "http://a.example", Probe::Failed).title.starts_with("The source cannot"));
    }

    #[test]
    fn a_policy_names_the_origin_to_add() {
        let failure = fail("https://tempo.example/x", "https://a.example", Probe::BlockedByCsp);
        assert_eq!(failure.snippets[0].text, "connect-src 'self' https://tempo.example;");
        assert_eq!(failure.causes.len(), 1);
    }

    #[test]
    fn hostile_names_never_reach_a_snippet() {
        assert!(fail("https://a.example/;}server{x", "https://b.example", Probe::Answered).snippets.is_empty());
    }

    #[test]
    fn a_page_from_a_file_has_no_origin() {
        let failure = fail("https://tempo.example", "null", Probe::Answered);
        assert!(failure.what.contains("this page is a file without an origin"));
    }
}
