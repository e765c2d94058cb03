//! A server that is asked: its address, and what goes along with each request. What is asked of it is `tempo`'s and `prometheus`'.

use super::config::Credentials;
use super::failure::Asked;

/// The header that chooses a tenant; `a|b` asks several (Tempo's multi-tenant queries).
pub const TENANT_HEADER: &str = "X-Scope-OrgID";

/// One GET.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub credentials: Credentials,
}

/// What kind of server it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Kind {
    #[default]
    Tempo,
    Prometheus,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Tempo => "Tempo",
            Kind::Prometheus => "Prometheus",
        }
    }

    /// A path that each answers without a tenant: where a fetch without a status is probed.
    pub fn probe_path(self) -> &'static str {
        match self {
            Kind::Tempo => "api/echo",
            Kind::Prometheus => "api/v1/status/buildinfo",
        }
    }
}

/// A server to ask.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Backend {
    pub kind: Kind,
    pub name: String,
    /// Ends in a slash, or is empty, which is the page's own folder.
    pub base: String,
    /// The base as the browser resolves it against the page, for words; empty where that is not known.
    pub resolved: String,
    /// The address that the page's host passes requests on to, where the configuration says it.
    pub behind: Option<String>,
    pub tenant: Option<String>,
    pub headers: Vec<(String, String)>,
    pub credentials: Credentials,
}

impl Backend {
    /// `GET` of a path below the base, `api/echo`, with the source's headers.
    pub fn request(&self, path: &str, accept: &str) -> Request {
        let mut headers = vec![("Accept".to_owned(), accept.to_owned())];
        let own = |name: &str| name.eq_ignore_ascii_case("accept");
        headers.extend(self.headers.iter().filter(|(name, _)| !own(name)).cloned());
        if let Some(tenant) = &self.tenant {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case(TENANT_HEADER));
            headers.push((TENANT_HEADER.to_owned(), tenant.clone()));
        }
        Request { url: format!("{}{path}", self.base), headers, credentials: self.credentials }
    }

    /// Where the probe of a fetch without a status goes.
    pub fn probe_url(&self) -> String {
        format!("{}{}", self.base, self.kind.probe_path())
    }

    /// With its base as the browser resolves it.
    pub fn resolved_by(mut self, resolved: &dyn Fn(&str) -> String) -> Self {
        self.resolved = resolved(&self.base);
        self
    }

    /// What a failure of a request is told with.
    pub fn asked(&self, request: &Request) -> Asked {
        let base = match self.base.trim_end_matches('/') {
            "" if self.base.is_empty() => ".",
            "" => "/",
            base => base,
        };
        Asked {
            kind: self.kind,
            source: self.name.clone(),
            base: base.to_owned(),
            resolved: self.resolved.clone(),
            behind: self.behind.clone(),
            url: request.url.clone(),
            tenant: self.tenant.clone(),
            headers: self.headers.iter().map(|(name, _)| name.clone()).collect(),
            credentials: self.credentials,
        }
    }
}

/// An address as a base: without query and slashes at its end, and without one of `tails`, which people copy along.
pub fn base_of(url: &str, tails: &[&str]) -> String {
    let url = url.trim().split(['?', '#']).next().unwrap_or_default();
    let bare = url.trim_end_matches('/');
    let cut =
        tails.iter().find_map(|tail| bare.strip_suffix(tail).filter(|base| base.is_empty() || base.ends_with('/')));
    let base = cut.unwrap_or(bare).trim_end_matches('/');
    if base.is_empty() && !url.starts_with('/') { String::new() } else { format!("{base}/") }
}
