//! A trace in five lines of Markdown, to paste into a ticket or a chat.

use super::derived::Derived;
use super::errors::{first_error, told_message};
use crate::base::format::{count, counted, duration, percent};
use crate::base::utc::iso8601_ms;
use crate::model::Trace;

/// How much of a status message is quoted.
const MAX_MESSAGE_CHARS: usize = 200;

/// Five lines: root (a link to `link`, unless that is empty), start, duration, first failing span, largest share of the critical path.
///
/// ```text
/// **[api-gateway: POST /orders](https://…)** · `b52217d5b162a8772aa74c5d800d5837`
/// - Start: 2026-11-22T12:17:10.234Z
/// - Duration: 4.55 s · root 3.12 s · async tail +1.43 s · 147 spans, 11 services, 0 errors
/// - First failing span: none
/// - Critical path: order-service 38 % (1.19 s of 3.12 s)
/// ```
pub fn summary(trace: &Trace, derived: &Derived, link: &str) -> String {
    let root = match trace.main_root() {
        Some(root) => {
            format!("{}: {}", plain(trace.service_name(root)), plain(derived.labels.label(root)))
        }
        None => "Trace without a root".to_owned(),
    };
    let failing = match first_error(trace) {
        Some(span) => {
            let what = format!("{}: {}", plain(trace.service_name(span)), plain(derived.labels.label(span)));
            match told_message(trace, span) {
                "" => what,
                message => format!("{what}: “{}”", plain(message)),
            }
        }
        None => "none".to_owned(),
    };
    let link = link.replace(' ', "%20").replace('(', "%28").replace(')', "%29");
    let root = if link.is_empty() { root } else { format!("[{root}]({link})") };
    format!(
        "**{root}** · `{}`\n- Start: {}\n- Duration: {}\n- First failing span: {failing}\n- Critical path: {}\n",
        trace.id,
        iso8601_ms(trace.start_unix_nano),
        lasted(trace),
        largest_share(trace, derived),
    )
}

fn lasted(trace: &Trace) -> String {
    let errors = trace.spans().filter(|span| trace.is_error(*span)).count() as u64;
    let counts = format!(
        "{}, {}, {}",
        counted(trace.len() as u64, "span", "spans"),
        counted(trace.services.len() as u64, "service", "services"),
        if errors == 1 { "1 error".to_owned() } else { format!("{} errors", count(errors)) }
    );
    let mut text = duration(trace.duration_ns);
    if let Some(root) = trace.main_root().filter(|root| trace.timing(*root).is_known()) {
        let root_words = duration(trace.duration_of(root));
        if root_words != text {
            text.push_str(&format!(" · root {root_words}"));
        }
        let tail = trace.duration_ns.saturating_sub(trace.end_ns(root));
        if tail > 0 {
            text.push_str(&format!(" · async tail +{}", duration(tail)));
        }
    }
    format!("{text} · {counts}")
}

/// The service with most own time on the critical path; ties go to the first by name.
fn largest_share(trace: &Trace, derived: &Derived) -> String {
    let Some(path) = &derived.critical_path else { return "none without a root".to_owned() };
    let mut own_ns = vec![0u64; trace.services.len()];
    for (span, ns) in path.own_ns() {
        own_ns[trace.service(span) as usize] += ns;
    }
    let whole = trace.duration_of(path.root);
    let largest = own_ns.iter().enumerate().max_by_key(|(at, ns)| (**ns, core::cmp::Reverse(*at)));
    let Some((service, ns)) = largest else { return "none".to_owned() };
    let name = trace.services.get(service).map(|name| trace.set.strings.get(*name)).unwrap_or_default();
    format!("{} {} ({} of {})", plain(name), percent(*ns, whole), duration(*ns), duration(whole))
}

/// Text that Markdown shows as it is: one line, its marks escaped, cut when long.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == MAX_MESSAGE_CHARS {
            out.push('…');
            break;
        }
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' => out.extend(['\\', c]),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{Draft, trace};

    #[test]
    fn five_lines_say_what_happened() {
        let trace = trace(&[
            Draft::new(1, 0, 0, 40_000_000).service("web").name("GET /*"),
            Draft::new(2, 1, 10_000_000, 60_000_000).service("pay").name("charge").error("card\n[declined]"),
        ]);
        let text = summary(&trace, &Derived::of(&trace), "https://h/?trace=7&x=(1)");
        assert_eq!(
            text,
            "**[web: GET /\\*](https://h/?trace=7&x=%281%29)** · `00000000000000000000000000000007`\n\
             - Start: 2026-01-01T00:00:00.000Z\n\
             - Duration: 60.0 ms · root 40.0 ms · async tail +20.0 ms · 2 spans, 2 services, 1 error\n\
             - First failing span: pay: charge: “card \\[declined\\]”\n\
             - Critical path: pay 75 % (30.0 ms of 40.0 ms)\n"
        );
    }

    #[test]
    fn a_trace_without_a_root_is_told_all_the_same() {
        let trace = trace(&[Draft::new(2, 9, 0, 1_000)]);
        let text = summary(&trace, &Derived::of(&trace), "");
        assert_eq!(text.lines().count(), 5);
        assert!(text.starts_with("**Trace without a root** · "), "{text}");
        assert!(text.contains("Trace without a root") && text.contains("none without a root"), "{text}");
    }
}
