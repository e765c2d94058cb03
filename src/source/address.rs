//! Addresses taken apart as far as this room needs it: scheme, host, path, query, fragment. No request is made here.
//!
//! Not a full URL parser (WHATWG): the browser resolves what is fetched. What is decided on these parts is only what to
//! tell the reader, which origin is trusted, and where an id may stand.

/// The parts of an address as it was written, nothing decoded. All but the path may be empty.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Address<'a> {
    /// `https`, without the colon; empty for a relative address.
    pub scheme: &'a str,
    /// `user:pass@host:port` as written.
    pub authority: &'a str,
    pub path: &'a str,
    /// Without its `?`.
    pub query: &'a str,
    /// Without its `#`.
    pub fragment: &'a str,
}

impl<'a> Address<'a> {
    pub fn of(text: &'a str) -> Self {
        let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
        let (text, query) = text.split_once('?').unwrap_or((text, ""));
        let (scheme, rest) = match text.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (scheme, rest),
            _ => ("", text),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
            None => ("", rest),
        };
        Address { scheme, authority, path, query, fragment }
    }

    /// Without user and port, brackets of IPv6 kept.
    pub fn host(&self) -> &'a str {
        let host = self.authority.rsplit_once('@').map_or(self.authority, |(_, host)| host);
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
            _ => host,
        }
    }

    pub fn is_http(&self) -> bool {
        (self.scheme.eq_ignore_ascii_case("http") || self.scheme.eq_ignore_ascii_case("https"))
            && !self.authority.is_empty()
    }
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// The origin of an absolute http(s) address as a browser writes it: lowercase, without the scheme's own port.
/// `None` for a relative address and for other schemes.
pub fn origin(text: &str) -> Option<String> {
    let address = Address::of(text.trim());
    // Browsers read a backslash as a slash: `https://evil\@trusted` leads to evil.
    if !address.is_http() || address.authority.contains(['\\', '%']) {
        return None;
    }
    let host = address.authority.rsplit_once('@').map_or(address.authority, |(_, host)| host).to_ascii_lowercase();
    let scheme = address.scheme.to_ascii_lowercase();
    let own_port = if scheme == "http" { ":80" } else { ":443" };
    let host = host.strip_suffix(own_port).unwrap_or(&host);
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return None;
    }
    Some(format!("{scheme}://{host}"))
}

/// Whether a fetch of it can only go to an http(s) server: absolute with that scheme, or relative to the page.
/// Control characters, which browsers drop before they read the scheme, are refused.
pub fn is_fetchable(text: &str) -> bool {
    if text.is_empty() || text.contains(|c: char| c.is_control()) || text.starts_with(char::is_whitespace) {
        return false;
    }
    let address = Address::of(text);
    address.scheme.is_empty() || address.is_http()
}

/// Whether the host is this machine, which browsers count as safe even over http (W3C Secure Contexts, 3.1).
pub fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || host.starts_with("127.")
}

/// Whether the host is written as an address of a private network (RFC 1918, 4193 by prefix) or of this machine.
/// A name that only resolves to one is not known here.
pub fn is_private(host: &str) -> bool {
    let second = |prefix: &str| host.strip_prefix(prefix)?.split('.').next()?.parse::<u8>().ok();
    is_loopback(host)
        || host.starts_with("10.")
        || host.starts_with("192.168.")
        || host.starts_with("[fd")
        || second("172.").is_some_and(|octet| (16..32).contains(&octet))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_comes_apart() {
        let address = Address::of("https://me:pw@Tempo.example:3200/a/b?x=1?2#/trace/7");
        assert_eq!((address.scheme, address.authority), ("https", "me:pw@Tempo.example:3200"));
        assert_eq!((address.path, address.query, address.fragment), ("/a/b", "x=1?2", "/trace/7"));
        assert_eq!(address.host(), "Tempo.example");
        assert_eq!(Address::of("//host/x").authority, "host");
        assert_eq!(Address::of("tempo/api").path, "tempo/api");
        assert_eq!(Address::of("http://[::1]:3200/").host(), "[::1]");
    }

    #[test]
    fn origins_are_written_as_browsers_write_them() {
        assert_eq!(origin("HTTPS://Tempo.Example:443/api").as_deref(), Some("https://tempo.example"));
        assert_eq!(origin("http://a:80").as_deref(), Some("http://a"));
        assert_eq!(origin("http://user:pw@a:443/x").as_deref(), Some("http://a:443"));
        assert_eq!(origin("/tempo"), None);
        assert_eq!(origin("https://evil.example\\@trusted.example/"), None);
        assert_eq!(origin("https://evil.example?@trusted.example/").as_deref(), Some("https://evil.example"));
        assert_eq!(origin("javascript://a/%0aalert(1)"), None);
    }

    #[test]
    fn only_http_and_relative_addresses_are_fetched() {
        for good in ["https://a/b", "tempo", "/tempo", "./x", "?q=1", "//host/x", "a b"] {
            assert!(is_fetchable(good), "{good}");
        }
        for bad in [
            "",
            "javascript:alert(1)",
            "java\nscript:alert(1)",
            " javascript:x",
            "data:,x",
            "file:///etc",
            "localhost:3200",
        ] {
            assert!(!is_fetchable(bad), "{bad}");
        }
    }

    #[test]
    fn private_networks_are_told_by_their_numbers() {
        assert!(
            is_private("10.1.2.3") && is_private("172.31.0.1") && is_private("127.0.0.1") && is_private("localhost")
        );
        assert!(!is_private("172.32.0.1") && !is_private("tempo.example") && !is_private("8.8.8.8"));
    }
}
