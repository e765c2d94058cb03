//! How a source is put under the page's own origin, as the configuration of the proxies that people have. Texts to copy.

use super::address::{self, Address};
use super::backend::{Kind, TENANT_HEADER};
use super::config::Credentials;
use super::failure::{Asked, Snippet, config_snippet};

/// What a proxy would read as its own syntax cannot be in an address or a tenant; such a snippet is left out.
fn is_plain(text: &str) -> bool {
    !text.contains(|c: char| c.is_control() || c.is_whitespace() || "\"'\\;{}$#`".contains(c))
}

/// Where the proxy is to send requests on, in parts.
struct Upstream<'a> {
    /// Without a slash at its end.
    whole: &'a str,
    origin: String,
    /// `/base` or empty.
    path: &'a str,
    tenant: Option<&'a str>,
    /// Under which path of the page: `/tempo`.
    here: &'static str,
}

impl<'a> Upstream<'a> {
    fn of(asked: &'a Asked) -> Option<Self> {
        let whole = asked.base.trim_end_matches('/');
        let origin = address::origin(whole).filter(|_| is_plain(whole))?;
        let tenant = asked.tenant.as_deref().filter(|tenant| is_plain(tenant));
        let here = if asked.kind == Kind::Tempo { "/tempo" } else { "/prometheus" };
        Some(Upstream { whole, origin, path: Address::of(whole).path.trim_end_matches('/'), tenant, here })
    }
}

fn page_host(page: Option<&str>) -> &str {
    page.map_or("this page", |page| Address::of(page).host())
}

/// An nginx location.
pub fn of_nginx(asked: &Asked, page: Option<&str>) -> Option<Snippet> {
    let upstream = Upstream::of(asked)?;
    let mut lines =
        vec![format!("location {}/ {{", upstream.here), format!("  proxy_pass         {}/;", upstream.whole)];
    if upstream.whole.starts_with("https:") {
        lines.push("  proxy_ssl_server_name on;".to_owned());
    }
    if let Some(tenant) = upstream.tenant {
        lines.push(format!("  proxy_set_header   X-Scope-OrgID \"{tenant}\";"));
    }
    lines.push("  proxy_read_timeout 60s;".to_owned());
    lines.push("}".to_owned());
    Some(Snippet { file: format!("nginx.conf, in the server block of {}", page_host(page)), text: lines.join("\n") })
}

/// The line of config.json that uses it.
pub fn own_config(asked: &Asked) -> Option<Snippet> {
    let upstream = Upstream::of(asked)?;
    match asked.kind {
        Kind::Tempo => Some(config_snippet(&asked.source, upstream.here, None)),
        Kind::Prometheus => Some(Snippet {
            file: "config.json, in the source".to_owned(),
            text: format!("\"prometheus\": \"{}\"", upstream.here),
        }),
    }
}

fn of_caddy(asked: &Asked, page: Option<&str>) -> Option<Snippet> {
    let upstream = Upstream::of(asked)?;
    let mut lines = vec![format!("handle_path {}/* {{", upstream.here)];
    if !upstream.path.is_empty() {
        lines.push(format!("\trewrite * {}{{uri}}", upstream.path));
    }
    lines.push(format!("\treverse_proxy {} {{", upstream.origin));
    if upstream.whole.starts_with("https:") {
        lines.push("\t\theader_up Host {upstream_hostport}".to_owned());
    }
    if let Some(tenant) = upstream.tenant {
        lines.push(format!("\t\theader_up X-Scope-OrgID \"{tenant}\""));
    }
    lines.extend(["\t}".to_owned(), "}".to_owned()]);
    Some(Snippet { file: format!("Caddyfile, in the site of {}", page_host(page)), text: lines.join("\n") })
}

fn of_traefik(asked: &Asked, page: Option<&str>) -> Option<Snippet> {
    let upstream = Upstream::of(asked)?;
    let name = upstream.here.trim_start_matches('/');
    let host = page.map(|page| format!("Host(`{}`) && ", Address::of(page).host())).unwrap_or_default();
    let mut chain = vec![format!("{name}-strip")];
    let mut more = Vec::new();
    if !upstream.path.is_empty() {
        chain.push(format!("{name}-base"));
        more.push(format!("    {name}-base: {{ addPrefix: {{ prefix: {} }} }}", upstream.path));
    }
    if let Some(tenant) = upstream.tenant {
        chain.push(format!("{name}-tenant"));
        more.push(format!(
            "    {name}-tenant: {{ headers: {{ customRequestHeaders: {{ X-Scope-OrgID: \"{tenant}\" }} }} }}"
        ));
    }
    let mut lines = vec![
        "http:".to_owned(),
        "  routers:".to_owned(),
        format!("    {name}:"),
        format!("      rule: \"{host}PathPrefix(`{}/`)\"", upstream.here),
        format!("      middlewares: [{}]", chain.join(", ")),
        format!("      service: {name}"),
        "  middlewares:".to_owned(),
        format!("    {name}-strip: {{ stripPrefix: {{ prefixes: [{}] }} }}", upstream.here),
    ];
    lines.extend(more);
    lines.extend([
        "  services:".to_owned(),
        format!(
            "    {name}: {{ loadBalancer: {{ passHostHeader: false, servers: [{{ url: \"{}\" }}] }} }}",
            upstream.origin
        ),
    ]);
    Some(Snippet { file: "Traefik, dynamic configuration".to_owned(), text: lines.join("\n") })
}

/// Where Spanloom is served on Grafana's own origin, Grafana's data source proxy needs no other.
fn of_grafana(asked: &Asked) -> Snippet {
    let proxy = "/api/datasources/proxy/uid/YOUR-DATA-SOURCE";
    match asked.kind {
        Kind::Tempo => Snippet {
            file: "config.json, with Spanloom under Grafana's origin: its data source proxy".to_owned(),
            ..config_snippet(&asked.source, proxy, None)
        },
        Kind::Prometheus => Snippet {
            file: "config.json, with Spanloom under Grafana's origin".to_owned(),
            text: format!("\"prometheus\": \"{proxy}\""),
        },
    }
}

/// An nginx before the source that lets this page read where it stays on its own origin, and answers the preflight itself.
fn of_cors(asked: &Asked, page: Option<&str>) -> Option<Snippet> {
    let (upstream, page) = (Upstream::of(asked)?, page?);
    let tenant = asked.tenant.as_ref().map(|_| TENANT_HEADER);
    let named = asked.headers.iter().map(String::as_str).filter(|name| is_plain(name));
    let headers: Vec<&str> = ["Accept"].into_iter().chain(tenant).chain(named).collect();
    let mut lines = vec![
        "location / {".to_owned(),
        format!("  add_header Access-Control-Allow-Origin \"{page}\" always;"),
        format!("  add_header Access-Control-Allow-Headers \"{}\" always;", headers.join(", ")),
    ];
    if asked.credentials == Credentials::Include {
        lines.push("  add_header Access-Control-Allow-Credentials \"true\" always;".to_owned());
    }
    lines.push("  if ($request_method = OPTIONS) { return 204; }".to_owned());
    lines.push(format!("  proxy_pass {}/;", upstream.whole));
    lines.push("}".to_owned());
    let text = lines.join("\n");
    Some(Snippet { file: "nginx before the source, if it must stay on its own origin".to_owned(), text })
}

/// Every way there is, each with its short name, the simplest first. `with_cors` where the source answers and the page may not read.
pub fn all(asked: &Asked, page: Option<&str>, with_cors: bool) -> Vec<(&'static str, Snippet)> {
    let cors = if with_cors { of_cors(asked, page) } else { None };
    let ways = [
        ("nginx", of_nginx(asked, page)),
        ("Caddy", of_caddy(asked, page)),
        ("Traefik", of_traefik(asked, page)),
        ("Grafana proxy", Upstream::of(asked).map(|_| of_grafana(asked))),
        ("CORS", cors),
    ];
    ways.into_iter().filter_map(|(name, snippet)| Some((name, snippet?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(base: &str) -> Asked {
        Asked {
            kind: Kind::Tempo,
            source: "prod".into(),
            base: base.into(),
            url: format!("{base}/api/echo"),
            tenant: Some("shipping".into()),
            headers: vec!["X-Api-Key".into()],
            credentials: Credentials::Include,
            ..Asked::default()
        }
    }

    #[test]
    fn every_proxy_strips_its_own_path_and_keeps_the_sources() {
        let all = all(&asked("https://tempo.example/base"), Some("https://traces.example"), true);
        let of = |name: &str| {
            all.iter().find(|(known, _)| *known == name).map(|(_, snippet)| snippet.text.as_str()).unwrap()
        };
        assert!(of("nginx").contains("proxy_pass         https://tempo.example/base/;"));
        assert_eq!(
            of("Caddy"),
            "handle_path /tempo/* {\n\trewrite * /base{uri}\n\treverse_proxy https://tempo.example {\n\t\theader_up Host {upstream_hostport}\n\t\theader_up X-Scope-OrgID \"shipping\"\n\t}\n}"
        );
        let traefik = of("Traefik");
        for line in [
            "rule: \"Host(`traces.example`) && PathPrefix(`/tempo/`)\"",
            "middlewares: [tempo-strip, tempo-base, tempo-tenant]",
            "url: \"https://tempo.example\"",
        ] {
            assert!(traefik.contains(line), "{line} in {traefik}");
        }
        assert!(of("Grafana proxy").contains("/api/datasources/proxy/uid/"));
        assert!(of("CORS").contains("Access-Control-Allow-Origin \"https://traces.example\""));
        assert!(
            of("CORS").contains("Allow-Headers \"Accept, X-Scope-OrgID, X-Api-Key\"")
                && of("CORS").contains("Allow-Credentials")
        );
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn hostile_addresses_make_no_snippet_at_all() {
        for base in ["https://tempo.example/;evil", "https://tempo.example/$x", "/tempo", "javascript:1", "https://a`b"]
        {
            assert_eq!(all(&asked(base), Some("https://traces.example"), true), [], "{base}");
        }
        let hostile = Asked { tenant: Some("a\"; evil".into()), ..asked("https://tempo.example") };
        assert!(all(&hostile, None, false).iter().all(|(_, snippet)| !snippet.text.contains("evil")));
    }
}
