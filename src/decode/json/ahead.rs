//! Looks ahead that decide what to read, and texts of answers that hold none of it.

use super::super::sniff::{self, Ahead};
use super::{Reader, Step};

/// An object that is not known by its first mebibyte is too large to tell: a resource before its spans is smaller.
const FIRST_LOOK: usize = 1024;
const MOST: usize = 1024 * 1024;

/// Lists and objects that the text of an error may be in.
const DEEPEST_TEXT: usize = 3;

impl Reader<'_, '_> {
    /// What the next object is by its shape.
    pub fn shape_ahead(&mut self) -> Ahead {
        let mut look = FIRST_LOOK;
        loop {
            let more = self.input.need(look);
            let window = self.input.window();
            match sniff::ahead(window.get(..look).unwrap_or(window)) {
                Ahead::Unknown if more && look < MOST => look *= 4,
                told => return told,
            }
        }
    }

    /// Reads a value for what it says went wrong: a text, or the first text in an object's `message` and the like, also in
    /// a list of them. Empty when there is none.
    pub fn said(&mut self) -> Step<String> {
        self.said_within(DEEPEST_TEXT)
    }

    fn said_within(&mut self, deeper: usize) -> Step<String> {
        let mut said = String::new();
        match self.next_byte()? {
            b'"' => said = sniff::one_line(self.string()?),
            b'[' if deeper > 0 => {
                self.begin_array()?;
                while self.next_element()? {
                    let text = self.said_within(deeper - 1)?;
                    if said.is_empty() {
                        said = text;
                    }
                }
            }
            b'{' if deeper > 0 => {
                self.begin_object()?;
                while let Some(key) = self.next_key()? {
                    match key {
                        "message" | "msg" | "error" | "detail" | "title" | "reason" | "errorMessage"
                            if said.is_empty() =>
                        {
                            said = self.said_within(deeper - 1)?;
                        }
                        _ => self.skip_value()?,
                    }
                }
            }
            _ => self.skip_value()?,
        }
        Ok(said)
    }
}
