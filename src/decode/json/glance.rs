//! A look ahead at what is written as programs write it: without blanks, in one order, without escapes. Nothing is
//! consumed until all of it was as expected; where it is not, or stands only in part in the window, the reader goes the
//! long way, which knows every spelling and can name what is wrong.

use super::{Reader, scalar, scan};

/// A place in the window, and what stands behind it.
pub(crate) struct Glance<'w> {
    window: &'w [u8],
    at: usize,
}

impl<'w> Glance<'w> {
    /// How many bytes were looked at, for [`Reader::pass`].
    pub fn len(&self) -> usize {
        self.at
    }

    fn rest(&self) -> &'w [u8] {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// Exactly these bytes; otherwise nothing is passed.
    #[inline]
    pub fn literal(&mut self, bytes: &[u8]) -> bool {
        let is_there = self.rest().starts_with(bytes);
        if is_there {
            self.at += bytes.len();
        }
        is_there
    }

    /// A text whose opening quote was passed, up to and with its closing quote. Not checked for UTF-8.
    #[inline]
    pub fn text(&mut self) -> Option<&'w [u8]> {
        let rest = self.rest();
        let len = scan::plain_len(rest);
        if rest.get(len) != Some(&b'"') {
            return None;
        }
        self.at += len + 1;
        rest.get(..len)
    }

    /// A number or one of JSON's words; `None` where the window ends with it.
    #[inline]
    pub fn word(&mut self) -> Option<&'w [u8]> {
        let rest = self.rest();
        let len = rest.iter().position(|byte| !scalar::is_word(*byte))?;
        self.at += len;
        rest.get(..len)
    }
}

impl Reader<'_, '_> {
    /// What stands ahead, from the next byte on.
    pub fn glance(&self) -> Glance<'_> {
        Glance { window: self.input.window(), at: 0 }
    }

    /// Consumes what a glance took.
    pub fn pass(&mut self, len: usize) {
        self.input.consume(len);
    }
}
