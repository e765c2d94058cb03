//! Links that a dashboard writes: a variable that stands in one as it is, or for everything, was not filled in. Pure.

/// Why a value names nothing, as a sentence; `None` for one that may.
pub fn problem(name: &str, value: &str) -> Option<String> {
    let value = value.trim();
    if value.is_empty() {
        return Some(format!("The link's `{name}` is empty: the dashboard's variable has no value yet. Choose one."));
    }
    if value.starts_with("${") || (value.starts_with('$') && !value.starts_with("$__all")) || value.starts_with("[[") {
        return Some(format!(
            "The link says `{name}={value}`: the variable was not filled in. Dashboards fill it in only where one of that name exists; in a data link write `${{__value.raw}}`."
        ));
    }
    let is_all = value.starts_with("$__all") || value == "All" || value == ".*";
    let is_several = value.starts_with('{') && value.ends_with('}') && value.contains(',');
    (is_all || is_several).then(|| {
        format!("The link says `{name}={value}`, which stands for several. Choose one in the dashboard, and switch “multi-value” and “include all” off for this variable.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dashboard_did_not_fill_in_is_told() {
        for (value, word) in [
            ("", "empty"),
            ("$traceId", "not filled in"),
            ("${traceId}", "not filled in"),
            ("[[trace]]", "not filled in"),
            ("$__all", "several"),
            ("All", "several"),
            ("{a,b}", "several"),
        ] {
            let words = problem("trace", value).unwrap_or_default();
            assert!(words.contains(word), "{value}: {words}");
        }
        for value in ["b52217d5b162a8772aa74c5d800d5837", "b52217d5", "api-gateway", "a$b"] {
            assert_eq!(problem("trace", value), None, "{value}");
        }
    }
}
