//! A text that is looked for, whatever its case.

/// Bytes that names, ids and URLs are full of, the most frequent first.
const FREQUENT: &[u8] = b"0e1-2t3a/4.i56o7r89nscdp_lubfmhg: vykw=";

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Needle {
    /// Lowercase.
    text: String,
    /// The place of the byte that texts have least of.
    rarest: usize,
}

impl Needle {
    pub fn new(text: &str) -> Self {
        let text = text.to_lowercase();
        let rank = |byte: u8| FREQUENT.iter().position(|frequent| *frequent == byte).unwrap_or(FREQUENT.len());
        let rarest =
            (0..text.len()).max_by_key(|at| text.as_bytes().get(*at).map(|byte| rank(*byte))).unwrap_or_default();
        Needle { text, rarest }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether `text` contains it.
    pub fn is_in(&self, text: &str) -> bool {
        if !self.text.is_ascii() {
            return text.to_lowercase().contains(&self.text);
        }
        self.text.is_empty() || self.find(text.as_bytes(), 0).is_some()
    }

    /// Where in `bytes`, not before `from`, it stands next. For a needle of ASCII, and not for the empty one. Goes from one
    /// occurrence of its rarest byte to the next.
    pub fn find(&self, bytes: &[u8], from: usize) -> Option<usize> {
        let needle = self.text.as_bytes();
        let rarest = *needle.get(self.rarest)?;
        let mut at = from + self.rarest;
        loop {
            let ahead = bytes.get(at..)?;
            at += memchr::memchr2(rarest, rarest.to_ascii_uppercase(), ahead)?;
            let start = at - self.rarest;
            if bytes.get(start..start + needle.len())?.eq_ignore_ascii_case(needle) {
                return Some(start);
            }
            at += 1;
        }
    }

    /// Whether `text` is it.
    pub fn is(&self, text: &str) -> bool {
        if self.text.is_ascii() { text.eq_ignore_ascii_case(&self.text) } else { text.to_lowercase() == self.text }
    }

    /// The first digits of an id, if it can be that: hex, and at least six, so that words such as `add` are no ids.
    pub fn as_id_prefix(&self) -> Option<(u32, u128)> {
        let digits = self.text.len();
        let hex = (6..=32).contains(&digits) && self.text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if hex { u128::from_str_radix(&self.text, 16).ok().map(|value| (digits as u32, value)) } else { None }
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
