//! Stepping over a value of any size and depth, without recursion and without holding it.
//!
//! Brackets must match; commas and colons are not checked, since nothing is taken from what is skipped.

use super::{Reader, Step, scalar, scan};
use crate::decode::skipped::{Holder, Skipped};

/// Deeper nesting is refused: a file of brackets alone would otherwise cost as much memory as it is long.
const MAX_DEPTH: usize = 1_000_000;

impl Reader<'_, '_> {
    /// Steps over the value of a key that the format does not define, and counts it unless it holds nothing.
    #[cold]
    pub fn skip_unknown(&mut self, skipped: &mut Skipped, holder: Holder) -> Step<()> {
        if self.skip()? {
            skipped.member(holder, self.key());
        }
        Ok(())
    }

    /// Steps over the next value.
    pub fn skip_value(&mut self) -> Step<()> {
        self.skip().map(|_| ())
    }

    /// Steps over the next value. False when it holds nothing: `null`, an empty text, brackets alone.
    pub(super) fn skip(&mut self) -> Step<bool> {
        self.closers.clear();
        let mut holds = false;
        loop {
            match self.next_byte()? {
                b'"' => {
                    let start = self.input.offset();
                    self.skip_text()?;
                    holds |= self.input.offset() - start > 2;
                }
                open @ (b'{' | b'[') => {
                    if self.closers.len() == MAX_DEPTH {
                        return Err(self.broken("values nest more than a million deep"));
                    }
                    self.closers.push(if open == b'{' { b'}' } else { b']' });
                    self.input.consume(1);
                }
                close @ (b'}' | b']') => match self.closers.pop() {
                    Some(expected) if expected == close => self.input.consume(1),
                    Some(expected) => {
                        return Err(self.broken_by_next(&format!("expected `{}`", char::from(expected))));
                    }
                    None => return Err(self.broken_by_next("expected a value")),
                },
                b',' | b':' if !self.closers.is_empty() => self.input.consume(1),
                byte if scalar::is_word(byte) => {
                    let len = self.read_word()?;
                    holds |= self.input.behind(len) != b"null";
                }
                _ => return Err(self.broken_by_next("expected a value")),
            }
            if self.closers.is_empty() {
                return Ok(holds);
            }
        }
    }

    fn skip_text(&mut self) -> Step<()> {
        self.input.consume(1);
        loop {
            let window = self.input.window();
            let plain = scan::plain_len(window);
            let stop = window.get(plain).copied();
            self.input.consume(plain);
            match stop {
                Some(b'"') => {
                    self.input.consume(1);
                    return Ok(());
                }
                Some(b'\\') => {
                    if !self.input.need(2) {
                        return Err(self.ends("an escape"));
                    }
                    self.input.consume(2);
                }
                Some(b'\n') => return Err(self.broken("the line ends inside a string")),
                Some(_) => self.input.consume(1),
                None => {
                    if !self.input.refill() {
                        return Err(self.ends("a string"));
                    }
                }
            }
        }
    }
}
