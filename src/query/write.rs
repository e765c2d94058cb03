//! TraceQL as text, out of values: fields with their scope, texts in quotes.

use super::token::{Kind, is_attribute_char, lex};

/// A text in double quotes, as Go's `strconv.Unquote` reads it back.
pub fn text(value: &str) -> String {
    let mut quoted = String::with_capacity(value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '\n' => quoted += "\\n",
            '\r' => quoted += "\\r",
            '\t' => quoted += "\\t",
            c if c.is_control() => quoted += &format!("\\u{:04x}", u32::from(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A value as a person types it into a form: numbers, durations, `true`, `nil` and what is in quotes already as they are, anything else as text.
pub fn value(typed: &str) -> String {
    let typed = typed.trim();
    let is_one = |kind: Kind| matches!(kind, Kind::Number | Kind::Duration | Kind::Text);
    let tokens = lex(typed);
    let is_literal = tokens.slip.is_none() && matches!(tokens.tokens.as_slice(), [one] if is_one(one.kind));
    if typed.is_empty() || is_literal || matches!(typed, "true" | "false" | "nil") {
        typed.to_owned()
    } else {
        text(typed)
    }
}

/// `span.http.route`; a name that TraceQL would break off is put in quotes.
pub fn attribute(scope: &str, name: &str) -> String {
    if !name.is_empty() && name.chars().all(|c| is_attribute_char(c) && c != '"') {
        return format!("{scope}.{name}");
    }
    // In a quoted name only these two are escaped.
    format!("{scope}.\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// `A && B`, those that are empty left out.
pub fn all(conditions: impl IntoIterator<Item = String>) -> String {
    conditions.into_iter().filter(|condition| !condition.is_empty()).collect::<Vec<_>>().join(" && ")
}

/// `{ A && B }`.
pub fn spanset(conditions: &str) -> String {
    if conditions.is_empty() { "{ }".to_owned() } else { format!("{{ {conditions} }}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_one_token() {
        for value in ["", "a", "with \"quotes\" and \\", "new\nline", "\u{1}", "ünï"] {
            let written = text(value);
            let lexed = lex(&written);
            assert_eq!(lexed.tokens.iter().map(|token| token.kind).collect::<Vec<_>>(), [Kind::Text], "{written}");
            assert_eq!(lexed.slip, None);
        }
        for name in ["http.route", "with space", "a=b", "quote\"d", "back\\slash", "", "a,b"] {
            let written = format!("{{ {} = 1 }}", attribute("span", name));
            let kinds: Vec<Kind> = lex(&written).tokens.iter().map(|token| token.kind).collect();
            assert_eq!(
                kinds,
                [Kind::Brace, Kind::Scope, Kind::Attribute, Kind::Operator, Kind::Number, Kind::Brace],
                "{written}"
            );
        }
    }

    #[test]
    fn typed_values_are_what_they_look_like() {
        let cases = [
            ("500", "500"),
            ("1.5s", "1.5s"),
            ("true", "true"),
            ("\"500\"", "\"500\""),
            ("edi", "\"edi\""),
            ("a b", "\"a b\""),
            ("", ""),
            ("error", "\"error\""),
            ("1.2.3", "\"1.2.3\""),
        ];
        for (typed, want) in cases {
            assert_eq!(value(typed), want);
        }
    }

    #[test]
    fn plain_names_stay_plain() {
        assert_eq!(attribute("resource", "service.name"), "resource.service.name");
        assert_eq!(attribute("span", "key with space"), "span.\"key with space\"");
    }
}
