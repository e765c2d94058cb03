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

/// Something of a trace that is on its way to be saved. Its name is taken when it is asked for: when it comes, another trace
/// may be open.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taking {
    trace_id: String,
    ending: String,
}

impl Taking {
    /// `trace_id` is that of the trace that is shown when the reader asks.
    pub fn of(trace_id: String, ending: impl Into<String>) -> Self {
        Taking { trace_id, ending: ending.into() }
    }

    pub fn name(&self) -> String {
        download_name(&self.trace_id, &self.ending)
    }

    /// The name of what came; of another trace than was asked for, why it is not saved.
    pub fn name_if_of(&self, came_of: &str) -> Result<String, String> {
        if came_of == self.trace_id {
            return Ok(self.name());
        }
        Err(format!(
            "Trace {came_of} was opened before {} was written: nothing was saved or copied. Open {} and try again.",
            self.trace_id, self.trace_id
        ))
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

    #[test]
    fn what_is_taken_keeps_the_name_of_the_trace_it_was_asked_of() {
        let taking = Taking::of("b52217d5b162a8772aa74c5d800d5837".to_owned(), "otlp.json");
        assert_eq!(taking.name(), "b52217d5b162a8772aa74c5d800d5837.otlp.json");
        assert_eq!(taking.name_if_of("b52217d5b162a8772aa74c5d800d5837"), Ok(taking.name()));
        let refused = taking.name_if_of("a16e7d8bd1542771aab509b5286eaea7").expect_err("another trace");
        assert!(refused.contains("a16e7d8bd154") && refused.contains("b52217d5b162"), "{refused}");
    }
}
