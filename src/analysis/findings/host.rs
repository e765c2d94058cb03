//! What a host's name tells by itself: whether it is an address, and whether what it names is inside. No name is looked up
//! anywhere, and what a service of the trace is called is not known here.
//!
//! ```text
//! written                   read as
//! Legacy-LB:8080            the name legacy-lb           no dot: inside
//! erp.shop.svc.             the name erp.shop.svc        inside by its end
//! [::1]:9000                the address ::1              loopback: inside
//! ::ffff:10.0.0.7           the address 10.0.0.7         private: inside
//! api.ups.example           the name api.ups.example     outside
//! /run/docker.sock          neither
//! ```

use core::fmt;
use core::net::IpAddr;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Host {
    /// In lower case, without port and closing dot.
    Name(String),
    Address(IpAddr),
}

/// Ends of names that only a network of one's own knows.
const INSIDE_ENDS: [&str; 5] = [".cluster.local", ".local", ".internal", ".svc", ".lan"];

/// Ends like one of ours, is every cloud machine's metadata server, and sends no spans.
const METADATA_SERVER: &str = "metadata.google.internal";

/// The host of a URL, with its port; empty where a path alone is written.
pub fn of_url(url: &str) -> &str {
    let authority = url.split(['?', '#']).next().and_then(|url| url.split_once("://")).map_or("", |(_, rest)| rest);
    let authority = authority.split('/').next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

impl Host {
    /// A host as an attribute has it, with a port or without. `None` for what is no host, as a socket's path.
    pub fn read(written: &str) -> Option<Host> {
        let written = written.trim();
        let bare = match (written.strip_prefix('['), written.split_once(':')) {
            (Some(rest), _) => rest.split_once(']')?.0,
            (None, Some((host, port))) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
            _ => written,
        };
        let without_zone = bare.split_once('%').map_or(bare, |(address, _)| address);
        if let Ok(address) = without_zone.parse::<IpAddr>() {
            return Some(Host::Address(address.to_canonical()));
        }
        let name = bare.strip_suffix('.').unwrap_or(bare).to_lowercase();
        let is_name = name.chars().any(char::is_alphanumeric)
            && name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.'));
        is_name.then_some(Host::Name(name))
    }

    /// A name without a dot, and not the one that every machine has for itself.
    pub fn is_short_name(&self) -> bool {
        matches!(self, Host::Name(name) if !name.contains('.') && name != "localhost")
    }

    /// Whether every machine means itself by it, so that two who write it need not mean one place.
    pub fn is_this_machine(&self) -> bool {
        match self {
            Host::Name(name) => name == "localhost",
            Host::Address(address) => address.is_loopback() || address.is_unspecified(),
        }
    }

    /// In words why it is inside; `None` when nothing says so.
    pub fn why_inside(&self) -> Option<String> {
        match self {
            Host::Name(name) if !name.contains('.') => Some("a name without a dot".to_owned()),
            Host::Name(name) if name == METADATA_SERVER => None,
            Host::Name(name) => {
                let end = INSIDE_ENDS.into_iter().find(|end| name.ends_with(end))?;
                Some(format!("a name that ends in {end}"))
            }
            Host::Address(address) if address.is_loopback() => Some("a loopback address".to_owned()),
            Host::Address(address) if is_private(address) => Some("a private address".to_owned()),
            Host::Address(_) => None,
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Address(address) => address.fmt(f),
        }
    }
}

/// Link-local addresses are none: 169.254.169.254 is a cloud's metadata server.
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_private(),
        IpAddr::V6(address) => address.is_unique_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_inside(written: &str) -> bool {
        Host::read(written).is_some_and(|host| host.why_inside().is_some())
    }

    #[test]
    fn a_port_a_closing_dot_and_upper_case_do_not_matter() {
        let read = |written| Host::read(written).map(|host| host.to_string());
        for (written, host) in [
            ("Legacy-LB:8080", "legacy-lb"),
            (" erp.shop.svc. ", "erp.shop.svc"),
            ("[::1]:9000", "::1"),
            ("::1", "::1"),
            ("fe80::1%eth0", "fe80::1"),
            ("10.1.2.3:80", "10.1.2.3"),
            ("::ffff:10.0.0.7", "10.0.0.7"),
            ("Straße_1", "straße_1"),
        ] {
            assert_eq!(read(written).as_deref(), Some(host), "{written}");
        }
    }

    #[test]
    fn the_host_of_a_url_is_without_its_user_and_its_path() {
        for (url, host) in [
            ("http://legacy-lb:8080/a?b=http://c", "legacy-lb:8080"),
            ("https://user:pw@a@lb", "lb"),
            ("http://[::1]:80/x", "[::1]:80"),
            ("http://a?x=y@b", "a"),
            ("/go?to=http://a/b", ""),
            ("", ""),
            ("://", ""),
        ] {
            assert_eq!(of_url(url), host, "{url}");
        }
    }

    #[test]
    fn what_is_no_host_is_none() {
        for written in ["", " ", ":80", ".", "-", "[::1", "/run/docker.sock", "http://shop/x", "a b", "?", "1:2:3:zz"] {
            assert_eq!(Host::read(written), None, "{written}");
        }
    }

    #[test]
    fn private_ranges_are_inside_up_to_their_borders() {
        let inside = [
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.0.0",
            "192.168.255.255:80",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]:80",
            "fd00::1",
            "fc00::",
            "::ffff:192.168.1.1",
        ];
        assert_eq!(inside.map(is_inside), [true; 13]);
        let outside = [
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.254.169.254",
            "169.254.0.1",
            "fe80::1",
            "2001:db8::1",
            "::2",
            "::ffff:8.8.8.8",
        ];
        assert_eq!(outside.map(is_inside), [false; 14]);
    }

    #[test]
    fn names_are_inside_without_a_dot_or_by_their_end() {
        let inside = [
            "legacy-lb",
            "LEGACY-LB:80",
            "localhost",
            "printer.local",
            "db.INTERNAL",
            "erp.shop.svc",
            "nas.lan",
            "erp.shop.svc.cluster.local.",
        ];
        assert_eq!(inside.map(is_inside), [true; 8]);
        let outside = [
            "api.ups.example",
            "local.example",
            "svc.example",
            "mylocal.dev",
            "shop.planlan",
            "metadata.google.internal",
        ];
        assert_eq!(outside.map(is_inside), [false; 6]);
    }

    #[test]
    fn localhost_is_no_name_that_a_proxy_would_have() {
        let is_short = |written| Host::read(written).is_some_and(|host| host.is_short_name());
        assert!(is_short("legacy-lb") && is_short("LB:80"));
        let is_own = |written| Host::read(written).is_some_and(|host| host.is_this_machine());
        assert!(is_own("LocalHost:80") && is_own("127.9.9.9") && is_own("[::1]:80") && is_own("0.0.0.0"));
        assert!(!is_own("10.0.0.7") && !is_own("legacy-lb"));
        assert!(!is_short("localhost") && !is_short("LocalHost:80") && !is_short("::1") && !is_short("a.b"));
    }
}
