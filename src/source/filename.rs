//! Names for files that the reader downloads, safe on every file system.

/// `orders GET /orders/{id}` and `otlp.json` as `orders-GET-orders-id.otlp.json`: letters, digits and `-_.` only, at
/// most 80 bytes before the ending, never a name that Windows reserves or that begins with a dot.
pub fn download_name(stem: &str, ending: &str) -> String {
    let mut name = String::new();
    for c in stem.chars() {
        let plain = c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if name.len() + c.len_utf8() > 80 {
            break;
        }
        match plain {
            true => name.push(c),
            false if name.ends_with('-') || name.is_empty() => {}
            false => name.push('-'),
        }
    }
    let name = name.trim_matches(['-', '.']);
    let first = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let reserved = matches!(first.as_str(), "con" | "prn" | "aux" | "nul")
        || (first.len() == 4 && (first.starts_with("com") || first.starts_with("lpt")));
    match (name.is_empty(), reserved) {
        (true, _) => format!("trace.{ending}"),
        (false, true) => format!("trace-{name}.{ending}"),
        (false, false) => format!("{name}.{ending}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_on_every_file_system() {
        assert_eq!(download_name("orders GET /orders/{id}", "otlp.json"), "orders-GET-orders-id.otlp.json");
        assert_eq!(download_name("../../etc/passwd", "json"), "etc-passwd.json");
        assert_eq!(download_name("\u{202e}\0", "md"), "trace.md");
        assert_eq!(download_name("CON.x", "md"), "trace-CON.x.md");
        assert_eq!(download_name("größe", "md"), "größe.md");
        assert!(download_name(&"é".repeat(500), "md").len() <= 83);
    }
}
