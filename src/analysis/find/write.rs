//! Terms written for the reader, so that a row of a table can be marked in the timeline. What is written is read back:
//! what the grammar cannot say is `None`, never a term that means something else.

use super::grammar::{Field, Matching, Query, Test};
use super::needle::Needle;

/// `service=x`; for an empty value `-service=`, which is how find says that there is none.
pub(crate) fn field_equals(field: Field, value: &str) -> Option<String> {
    if value.is_empty() {
        return read_back(format!("-{}=", field.name()), true, &Test::Field(field, Matching::Exists));
    }
    let test = Test::Field(field, Matching::Equals(needle_of(value)?));
    read_back(format!("{}={}", field.name(), quoted(value)?), false, &test)
}

/// `key=value`. An attribute that is there and empty cannot be told from any other value.
pub(crate) fn attribute_equals(key: &str, value: &str) -> Option<String> {
    let test = Test::Attribute(key.to_owned(), Matching::Equals(needle_of(value)?));
    read_back(format!("{key}={}", quoted(value)?), false, &test)
}

/// `-key=`.
pub(crate) fn attribute_absent(key: &str) -> Option<String> {
    read_back(format!("-{key}="), true, &Test::Attribute(key.to_owned(), Matching::Exists))
}

/// Lowercase of some letters is another letter's (the Kelvin sign's is `k`): such a text does not equal itself.
fn needle_of(value: &str) -> Option<Needle> {
    Some(Needle::new(value)).filter(|needle| needle.is(value))
}

/// There is no escape for a quote, and a box of one line takes no line breaks.
fn quoted(value: &str) -> Option<String> {
    if value.contains(['"', '\n', '\r']) {
        None
    } else if value.contains(char::is_whitespace) {
        Some(format!("\"{value}\""))
    } else {
        Some(value.to_owned())
    }
}

fn read_back(text: String, negated: bool, test: &Test) -> Option<String> {
    let query = Query::parse(&text);
    let one_term = query.alternatives.iter().flatten().all(|term| term.negated == negated && term.test == *test);
    let count = query.alternatives.iter().map(Vec::len).sum::<usize>();
    (one_term && count == 1 && query.notes.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_they_must_be() {
        let service = |value| field_equals(Field::Service, value);
        assert_eq!(service("auth").as_deref(), Some("service=auth"));
        assert_eq!(service("").as_deref(), Some("-service="));
        assert_eq!(service("-a=b:c<d").as_deref(), Some("service=-a=b:c<d"));
        let operation = field_equals(Field::Operation, "GET /orders/{id}");
        assert_eq!(operation.as_deref(), Some("operation=\"GET /orders/{id}\""));
        assert_eq!(attribute_equals("db.system", "OR").as_deref(), Some("db.system=OR"));
        assert_eq!(attribute_equals("k", " ").as_deref(), Some("k=\" \""));
        assert_eq!(attribute_absent("db.system").as_deref(), Some("-db.system="));
    }

    #[test]
    fn what_the_grammar_cannot_say_is_not_written() {
        assert_eq!(field_equals(Field::Name, "say \"hi\""), None);
        assert_eq!(field_equals(Field::Name, "SELECT *\nFROM t"), None);
        assert_eq!(field_equals(Field::Name, "300 \u{212a}"), None);
        for key in ["", "a b", "a:b", "a<b", "a\"b", "service", "operation", "kind"] {
            assert_eq!(attribute_equals(key, "x"), None, "{key}");
            assert_eq!(attribute_absent(key), None, "{key}");
        }
        assert_eq!((attribute_equals("k", ""), attribute_equals("-k", "x")), (None, None));
    }
}
