//! A text that is looked for, whatever its case.

/// Lowercase.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needle(String);

impl Needle {
    pub fn new(text: &str) -> Self {
        Needle(text.to_lowercase())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` contains it.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.0.is_ascii() {
            return text.to_lowercase().contains(&self.0);
        }
        let needle = self.0.as_bytes();
        let Some(first) = needle.first().copied() else { return true };
        let (text, upper) = (text.as_bytes(), first.to_ascii_uppercase());
        let Some(last) = text.len().checked_sub(needle.len()) else { return false };
        let starts = text.iter().take(last + 1).enumerate().filter(|(_, byte)| **byte == first || **byte == upper);
        starts.into_iter().any(|(at, _)| text[at..at + needle.len()].eq_ignore_ascii_case(needle))
    }

    /// Whether `text` is it.
    pub fn is(&self, text: &str) -> bool {
        if self.0.is_ascii() { text.eq_ignore_ascii_case(&self.0) } else { text.to_lowercase() == self.0 }
    }

    /// The first digits of an id, if it can be that: hex, and at least six, so that words such as `add` are no ids.
    pub fn as_id_prefix(&self) -> Option<(u32, u128)> {
        let digits = self.0.len();
        let hex = (6..=32).contains(&digits) && self.0.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex { u128::from_str_radix(&self.0, 16).ok().map(|value| (digits as u32, value)) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_in_any_script() {
        assert!(Needle::new("OrDer").is_in("INSERT orders"));
        assert!(Needle::new("ŻÓŁĆ").is_in("Zażółć"));
        assert!(Needle::new("post").is("POST"));
        assert!(!Needle::new("posts").is_in("POST"));
        assert!(Needle::new("").is_in(""));
    }

    #[test]
    fn short_words_that_happen_to_be_hex_are_no_ids() {
        assert_eq!(Needle::new("add").as_id_prefix(), None);
        assert_eq!(Needle::new("C78FDE").as_id_prefix(), Some((6, 0xc78fde)));
        assert_eq!(Needle::new("service").as_id_prefix(), None);
    }
}
