//! JSON strings: borrowed from the window when they stand there verbatim, else unescaped into a buffer that is reused.

use super::{Input, Reader, Step, scan};

/// Where the text that was just read stands.
#[derive(Clone, Copy)]
pub(super) enum Held {
    /// The last this many bytes before the closing quote, which is the last byte consumed.
    Verbatim(usize),
    Unescaped,
}

/// The text as it was written, or as its escapes mean it.
pub(super) fn bytes<'t>(held: Held, input: &'t Input<'_>, unescaped: &'t [u8]) -> &'t [u8] {
    match held {
        Held::Verbatim(len) => input.behind(len + 1).get(..len).unwrap_or_default(),
        Held::Unescaped => unescaped,
    }
}

/// The text as UTF-8; bad bytes become U+FFFD in `mended`, and `on_bad` hears of it.
pub(super) fn resolve<'t>(
    held: Held,
    input: &'t Input<'_>,
    unescaped: &'t [u8],
    mended: &'t mut String,
    on_bad: impl FnOnce(),
) -> &'t str {
    let bytes = bytes(held, input, unescaped);
    match core::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => {
            on_bad();
            mended.clear();
            mended.push_str(&String::from_utf8_lossy(bytes));
            mended
        }
    }
}

impl Reader<'_, '_> {
    /// Reads the string whose opening quote is the next byte.
    pub(super) fn read_text(&mut self) -> Step<Held> {
        self.input.consume(1);
        let mut scanned = 0;
        loop {
            let window = self.input.window();
            scanned += scan::plain_len(window.get(scanned..).unwrap_or_default());
            match window.get(scanned) {
                Some(b'"') => {
                    self.input.consume(scanned + 1);
                    return Ok(Held::Verbatim(scanned));
                }
                Some(b'\\') => return self.read_escaped(scanned),
                Some(b'\n') => return Err(self.line_ends_in_text(scanned)),
                // Other control characters are not JSON, but their meaning is plain.
                Some(_) => scanned += 1,
                None => {
                    if !self.input.refill() {
                        return Err(self.ends("a string"));
                    }
                }
            }
        }
    }

    /// The slow way, from the first escape on: `plain` bytes before it are copied.
    fn read_escaped(&mut self, plain: usize) -> Step<Held> {
        self.unescaped.clear();
        let mut plain = plain;
        loop {
            self.unescaped.extend_from_slice(self.input.window().get(..plain).unwrap_or_default());
            self.input.consume(plain);
            plain = 0;
            match self.input.peek() {
                Some(b'"') => {
                    self.input.consume(1);
                    return Ok(Held::Unescaped);
                }
                Some(b'\\') => self.read_escape()?,
                Some(b'\n') => return Err(self.line_ends_in_text(0)),
                Some(_) => plain = scan::plain_len(self.input.window()).max(1),
                None => return Err(self.ends("a string")),
            }
        }
    }

    fn read_escape(&mut self) -> Step<()> {
        if !self.input.need(2) {
            return Err(self.ends("an escape"));
        }
        let letter = self.input.window().get(1).copied().unwrap_or_default();
        if letter == b'u' {
            return self.read_unit();
        }
        let Some(byte) = scan::short_escape(letter) else {
            return Err(self.broken_by_escape());
        };
        self.unescaped.push(byte);
        self.input.consume(2);
        Ok(())
    }

    /// `\uXXXX`, with the low half of its pair if one follows. A surrogate alone becomes U+FFFD.
    fn read_unit(&mut self) -> Step<()> {
        if !self.input.need(6) {
            return Err(self.ends("an escape"));
        }
        let Some(first) = self.input.window().get(2..).and_then(scan::unit) else {
            return Err(self.broken_by_escape());
        };
        let is_high = (0xd800..0xdc00).contains(&first);
        let second = if is_high && self.input.need(12) {
            self.input.window().get(6..).and_then(|rest| rest.strip_prefix(b"\\u")).and_then(scan::unit)
        } else {
            None
        };
        let joined = second.and_then(|second| scan::pair(first, second));
        let letter = joined.or(char::from_u32(first)).unwrap_or(char::REPLACEMENT_CHARACTER);
        self.unescaped.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        self.input.consume(if joined.is_some() { 12 } else { 6 });
        Ok(())
    }

    fn broken_by_escape(&mut self) -> super::Stop {
        self.input.need(6);
        let window = self.input.window();
        let found = String::from_utf8_lossy(window.get(..window.len().min(6)).unwrap_or_default()).into_owned();
        self.broken(format!("expected an escape, found `{found}`"))
    }

    /// A raw newline inside a string is how a line that was cut short reads.
    fn line_ends_in_text(&mut self, plain: usize) -> super::Stop {
        self.input.consume(plain);
        self.broken("the line ends inside a string")
    }
}
