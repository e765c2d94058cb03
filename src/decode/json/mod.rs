//! A pull reader of JSON: the decoder asks for what its format says comes next. No tree is built; memory holds one token.
//!
//! It knows at every moment the byte offset and the path of fields, so that an error can name both. It is lenient where
//! meaning is plain (a string where a number is meant, `null` for what is absent, `NaN`, text that is not UTF-8) and says
//! so in a [`Fault`]; it stops where the structure itself is broken. Not here: what any field means.
//!
//! ```text
//! while let Some(key) = reader.next_key()? {        {"name": "GET", "kind": 3, "events": [...]}
//!     match key {
//!         "name" => name = reader.string()?,
//!         "kind" => kind = reader.unsigned()?,
//!         _ => reader.skip_value()?,
//!     }
//! }
//! ```

use super::{DecodeError, Format, Input, sniff};
use crate::base::Strings;
use crate::model::{SpanSet, WarningKind};

mod ahead;
mod documents;
mod glance;
pub(crate) mod number;
mod scalar;
mod scan;
mod skip;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use documents::{Documents, read_documents};
pub(crate) use glance::Glance;
pub(crate) use scalar::{Scalar, is_beyond_doubles};

/// The input cannot be read on; [`Reader::take_error`] says why.
#[derive(Debug)]
pub(crate) struct Stop;

pub(crate) type Step<T> = Result<T, Stop>;

/// Something that was read around: the field was left at its default, or its text was mended.
#[derive(Debug)]
pub(crate) struct Fault {
    pub kind: WarningKind,
    /// Field path, colon, clause.
    pub message: String,
}

/// Keys that are remembered: formats have some dozens, and a map of a million keys should not be held.
const MOST_KNOWN: usize = 1024;

/// Faults kept between two calls of [`Reader::report`]; the rest of one span's faults say nothing new.
const MAX_FAULTS: usize = 100;

/// An object or array that is open.
struct Frame {
    is_array: bool,
    /// No member was read yet.
    fresh: bool,
    /// Where in [`Reader::keys`] the current key of this object starts.
    key_start: usize,
    /// Members begun.
    count: u32,
}

pub(crate) struct Reader<'r, 'a> {
    input: &'r mut Input<'a>,
    format: Format,
    frames: Vec<Frame>,
    /// The current keys of all open objects, end to end.
    keys: String,
    /// Keys met before, which need no further look.
    known: Strings,
    /// The last text that held an escape, unescaped; the last one that was not UTF-8, mended.
    unescaped: Vec<u8>,
    mended: String,
    /// What closes the values that are being skipped.
    closers: Vec<u8>,
    faults: Vec<Fault>,
    /// The first value of another type than an object or an array that was expected.
    mismatch: Option<Box<DecodeError>>,
    error: Option<Box<DecodeError>>,
    line_start: Option<&'static [u8]>,
}

impl<'r, 'a> Reader<'r, 'a> {
    /// `format` is what errors say the input was taken for.
    pub fn new(input: &'r mut Input<'a>, format: Format) -> Self {
        Reader {
            input,
            format,
            frames: Vec::new(),
            keys: String::new(),
            known: Strings::default(),
            unescaped: Vec::new(),
            mended: String::new(),
            closers: Vec::new(),
            faults: Vec::new(),
            mismatch: None,
            error: None,
            line_start: None,
        }
    }

    /// Says how each document of many starts, at the start of a line: where that stands inside another document, the line
    /// before was cut short, and the error is there rather than somewhere in the line that was taken for its rest. Where it
    /// does not end with a colon, the key goes on behind it: a document of which each `{"resource": …}` has a line of its
    /// own is whole. Gives what was expected before.
    pub fn expect_lines(&mut self, line_start: Option<&'static [u8]>) -> Option<&'static [u8]> {
        core::mem::replace(&mut self.line_start, line_start)
    }

    /// The first byte of the next document, not consumed; `None` at the end of the input. Steps over blanks and a byte
    /// order mark.
    pub fn next_document(&mut self) -> Step<Option<u8>> {
        if self.input.offset() == 0 && self.input.need(3) && self.input.window().starts_with(b"\xef\xbb\xbf") {
            self.input.consume(3);
        }
        match self.skip_blanks() {
            Some(byte) => Ok(Some(byte)),
            None if self.input.failure().is_some() => Err(self.ends("")),
            None => Ok(None),
        }
    }

    #[cfg(test)]
    /// Nothing but blanks may follow.
    pub fn end(&mut self) -> Step<()> {
        match self.next_document()? {
            Some(_) => Err(self.broken_by_next("expected the end of the file")),
            None => Ok(()),
        }
    }

    /// Enters an object. False when another value is there: it was skipped, and unless it held nothing (`null`, PHP's `[]`
    /// for an empty map), that is a fault.
    pub fn begin_object(&mut self) -> Step<bool> {
        self.begin(b'{')
    }

    /// Enters an array; false as for [`Reader::begin_object`].
    pub fn begin_array(&mut self) -> Step<bool> {
        self.begin(b'[')
    }

    fn begin(&mut self, open: u8) -> Step<bool> {
        if self.next_byte()? == open {
            self.input.consume(1);
            let key_start = self.keys.len();
            self.frames.push(Frame { is_array: open == b'[', fresh: true, key_start, count: 0 });
            return Ok(true);
        }
        if self.input.window().starts_with(b"n") {
            self.skip_value()?;
            return Ok(false);
        }
        let expected = if open == b'[' { "an array" } else { "an object" };
        let found = self.found();
        // `[]` is how PHP writes an empty map.
        let is_empty_map = open == b'{' && self.input.window().starts_with(b"[]");
        let mismatch = (self.mismatch.is_none() && !is_empty_map).then(|| Box::new(self.wrong(expected)));
        let held_something = self.skip()?;
        if held_something {
            self.fault(WarningKind::InvalidField, &format!("expected {expected}, found {found}"));
        }
        if held_something || open == b'[' {
            self.mismatch = self.mismatch.take().or(mismatch);
        }
        Ok(false)
    }

    /// Why nothing was read, where a value of another type than was expected is why.
    pub fn mismatch(&mut self) -> Option<DecodeError> {
        self.mismatch.take().map(|error| *error)
    }

    /// The next key of the innermost object, its value to be read next; `None` when the object ended.
    pub fn next_key(&mut self) -> Step<Option<&str>> {
        if !self.next_member(b'}')? {
            return Ok(None);
        }
        if self.next_byte()? != b'"' {
            return Err(self.broken_by_name());
        }
        let start = self.frames.last().map(|frame| frame.key_start).unwrap_or_default();
        let held = self.read_text()?;
        let Reader { input, frames, keys, known, unescaped, mended, faults, .. } = self;
        match known.lately(text::bytes(held, input, unescaped)) {
            Some(key) => {
                keys.truncate(start);
                keys.push_str(key);
            }
            None => {
                let key = text::resolve(held, input, unescaped, mended, || Self::note_bad_text(frames, keys, faults));
                keys.truncate(start);
                keys.push_str(key);
                if known.len() < MOST_KNOWN {
                    known.intern(key);
                }
            }
        }
        if self.next_byte()? != b':' {
            return Err(self.broken_by_next("expected a colon after the field's name"));
        }
        self.input.consume(1);
        Ok(self.keys.get(start..))
    }

    /// The key whose value is next, or was just read.
    pub fn key(&self) -> &str {
        let start = self.frames.last().map(|frame| frame.key_start).unwrap_or_default();
        self.keys.get(start..).unwrap_or_default()
    }

    /// Steps to the next element of the innermost array, to be read next; false when the array ended.
    pub fn next_element(&mut self) -> Step<bool> {
        self.next_member(b']')
    }

    #[inline]
    fn next_member(&mut self, close: u8) -> Step<bool> {
        let byte = self.next_byte()?;
        let Some(frame) = self.frames.last_mut() else { return Ok(false) };
        if byte == close {
            self.input.consume(1);
            let key_start = frame.key_start;
            self.frames.pop();
            self.keys.truncate(key_start);
            return Ok(false);
        }
        if frame.fresh {
            frame.fresh = false;
        } else if byte == b',' {
            self.input.consume(1);
        } else {
            let expected = if frame.is_array { "expected a comma or `]`" } else { "expected a comma or `}`" };
            return Err(self.broken_by_next(expected));
        }
        frame.count = frame.count.saturating_add(1);
        Ok(true)
    }

    /// The first byte of the next token, not consumed.
    #[inline]
    pub fn next_byte(&mut self) -> Step<u8> {
        match self.input.window().first() {
            Some(byte) if !is_blank(*byte) => Ok(*byte),
            _ => self.next_byte_behind_blanks(),
        }
    }

    #[inline(never)]
    fn next_byte_behind_blanks(&mut self) -> Step<u8> {
        match self.skip_blanks() {
            Some(b'{') if self.at_line_start() => Err(self.broken("the line before ends too early")),
            Some(byte) => Ok(byte),
            None => Err(self.ends("")),
        }
    }

    /// Whether the next document starts here though one is open. At the top, an object around documents may hold one on a
    /// line of its own, unless its first name is that of all of them.
    fn at_line_start(&mut self) -> bool {
        let Some(line_start) = self.line_start else { return false };
        let whole_name = line_start.ends_with(b":");
        self.frames.len() > usize::from(!whole_name)
            && self.input.behind(1) == b"\n"
            && self.input.need(line_start.len() + 1)
            && self.input.window().strip_prefix(line_start).is_some_and(|rest| whole_name || !rest.starts_with(b"\""))
    }

    fn skip_blanks(&mut self) -> Option<u8> {
        loop {
            let window = self.input.window();
            let blanks = window.iter().take_while(|byte| is_blank(**byte)).count();
            let next = window.get(blanks).copied();
            self.input.consume(blanks);
            if next.is_some() || !self.input.refill() {
                return next;
            }
        }
    }

    /// After an error inside a line: forgets what is open and moves to the next line that starts with `{`. False when
    /// there is none.
    pub fn next_line(&mut self) -> bool {
        self.frames.clear();
        self.keys.clear();
        self.closers.clear();
        loop {
            let at_line_start = self.input.behind(1) == b"\n";
            match self.input.peek() {
                Some(b'{') if at_line_start => return true,
                Some(_) => {}
                None => return false,
            }
            let window = self.input.window();
            // The search starts at the byte ahead, which may itself be the newline.
            let step = window.iter().position(|byte| *byte == b'\n').map_or(window.len(), |newline| newline + 1);
            self.input.consume(step);
        }
    }

    /// Counts a complete span for those who watch the progress.
    pub fn count_span(&mut self) {
        self.input.spans += 1;
    }

    /// Hands the faults found so far to `set`, as defects of `row`, or of no span in particular.
    pub fn report(&mut self, set: &mut SpanSet, row: Option<u32>) {
        for fault in self.faults.drain(..) {
            set.defect(fault.kind, row, fault.message);
        }
    }

    /// Notes that the value at the current field could not be read.
    pub fn fault(&mut self, kind: WarningKind, problem: &str) {
        if self.faults.len() < MAX_FAULTS {
            let path = path(&self.frames, &self.keys);
            let message = if path.is_empty() { problem.to_owned() } else { format!("{path}: {problem}") };
            self.faults.push(Fault { kind, message });
        }
    }

    /// The value, or its default with a fault that names the field and says `problem`.
    pub fn accept<T: Default>(&mut self, read: Result<T, String>) -> T {
        read.unwrap_or_else(|problem| {
            self.fault(WarningKind::InvalidField, &problem);
            T::default()
        })
    }

    fn note_bad_text(frames: &[Frame], keys: &str, faults: &mut Vec<Fault>) {
        if faults.len() < MAX_FAULTS {
            let message = format!("{}: not UTF-8; the bad bytes are shown as U+FFFD", path(frames, keys));
            faults.push(Fault { kind: WarningKind::InvalidUtf8, message });
        }
    }

    /// Something wrong stands at the next byte.
    pub fn broken(&mut self, problem: impl Into<String>) -> Stop {
        self.stop(problem.into(), false)
    }

    /// The next token is not what was expected.
    pub fn broken_by_next(&mut self, expected: &str) -> Stop {
        let found = self.found();
        self.broken(format!("{expected}, found {found}"))
    }

    /// No field's name in quotes stands here.
    fn broken_by_name(&mut self) -> Stop {
        self.input.need(64);
        let window = self.input.window();
        let window = window.get(..window.len().min(64)).unwrap_or_default();
        match bare_name(window) {
            Some(name) => {
                let problem = sniff::bare_name(&String::from_utf8_lossy(name));
                let problem = format!("{problem} at byte {}", self.input.offset());
                self.broken(problem)
            }
            None => self.broken_by_next("expected a field's name in quotes"),
        }
    }

    /// The input ends too early. `inside` names the token it ends in; empty between tokens.
    fn ends(&mut self, inside: &str) -> Stop {
        self.input.consume(self.input.window().len());
        let inside = match (inside, self.frames.last()) {
            ("", Some(Frame { is_array: true, .. })) => "an array",
            ("", Some(_)) => "an object",
            (token, _) => token,
        };
        let problem = match (self.input.failure(), inside) {
            (Some(reason), _) => format!("the input broke off: {reason}"),
            (None, "") if self.input.offset() == 0 => "the file is empty".to_owned(),
            (None, "") => "the file ends where a value is expected".to_owned(),
            (None, inside) => format!("the file ends inside {inside}"),
        };
        self.stop(problem, true)
    }

    /// The input holds no document at all.
    pub fn empty(&mut self) -> Stop {
        self.ends("")
    }

    fn stop(&mut self, problem: String, truncated: bool) -> Stop {
        if self.error.is_none() {
            self.error = Some(Box::new(self.error_here(problem, truncated)));
        }
        Stop
    }

    /// The same, of a value that is another than was expected.
    pub fn wrong(&mut self, expected: &str) -> DecodeError {
        let found = self.found();
        self.error_here(format!("expected {expected}, found {found}"), false)
    }

    /// An error at the next byte that does not end the reading.
    pub fn error_here(&self, problem: String, truncated: bool) -> DecodeError {
        let window = self.input.window();
        let at = window.get(..window.len().min(16)).unwrap_or_default().to_vec();
        DecodeError {
            format: Some(self.format),
            offset: self.input.offset(),
            field: path(&self.frames, &self.keys),
            problem,
            truncated,
            before: self.input.behind(32).to_vec(),
            at,
        }
    }

    /// Why reading stopped.
    pub fn take_error(&mut self) -> DecodeError {
        match self.error.take() {
            Some(error) => *error,
            // A `Stop` is only made together with its error.
            None => DecodeError {
                format: Some(self.format),
                offset: self.input.offset(),
                field: String::new(),
                problem: "reading stopped".to_owned(),
                truncated: false,
                before: Vec::new(),
                at: Vec::new(),
            },
        }
    }

    /// The next token for a person, with its type: quoted, cut to 24 bytes.
    fn found(&mut self) -> String {
        self.input.need(24);
        let window = self.input.window();
        match window.first() {
            None => "the end of the file".to_owned(),
            Some(b'{') => "an object".to_owned(),
            Some(b'[') => "an array".to_owned(),
            Some(b'"') => {
                let rest = window.get(1..).unwrap_or_default();
                format!("the string {}", quoted(rest.get(..scan::plain_len(rest)).unwrap_or_default()))
            }
            Some(first) => {
                let len = window.iter().take_while(|byte| scalar::is_word(**byte)).count().max(1);
                let word = quoted(window.get(..len).unwrap_or_default());
                if first.is_ascii_digit() || *first == b'-' { format!("the number {word}") } else { word }
            }
        }
    }
}

/// A name without quotes or in single ones that has its colon.
fn bare_name(bytes: &[u8]) -> Option<&[u8]> {
    let length = match bytes.first()? {
        b'\'' => bytes.iter().skip(1).position(|byte| *byte == b'\'')? + 2,
        _ => bytes
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$' | b'-' | b'.')))?,
    };
    let (name, rest) = bytes.split_at_checked(length)?;
    (!name.is_empty() && rest.trim_ascii_start().starts_with(b":")).then_some(name)
}

#[inline]
fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Text in backquotes, cut to 24 bytes.
fn quoted(bytes: &[u8]) -> String {
    let cut = bytes.get(..bytes.len().min(24)).unwrap_or_default();
    let dots = if cut.len() < bytes.len() { "…" } else { "" };
    format!("`{}{dots}`", String::from_utf8_lossy(cut))
}

/// `resourceSpans[6].scopeSpans[2].spans[14].attributes`; keys past 64 characters are cut.
fn path(frames: &[Frame], keys: &str) -> String {
    let mut text = String::new();
    for (place, frame) in frames.iter().enumerate() {
        if frame.is_array {
            if let Some(index) = frame.count.checked_sub(1) {
                text.push_str(&format!("[{index}]"));
            }
            continue;
        }
        let end = frames.get(place + 1).map_or(keys.len(), |next| next.key_start);
        let key = keys.get(frame.key_start..end).unwrap_or_default();
        if !key.is_empty() && !text.is_empty() {
            text.push('.');
        }
        text.extend(key.chars().take(64));
    }
    text
}
