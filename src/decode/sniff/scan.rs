//! A look at JSON that may be cut off anywhere: the first object whose members say what it is, and what names it if
//! none does.
//!
//! A scanner, not a parser: it follows quotes and brackets and believes the rest. Broken JSON is for the decoders.

use super::members::{self, Members, Shape};

/// Objects and arrays that may be around what is looked for, that one included; deeper ones are not looked into.
/// `{"hits": {"hits": [{"_source": {"resourceSpans"` is five.
pub const DEEPEST: usize = 6;

/// No more names at the top than this are kept.
const MOST_NAMES: usize = 64;

/// An open object or array.
#[derive(Clone, Copy, Default)]
struct Level {
    is_array: bool,
    /// In an object: the next text is a member's name.
    expects_name: bool,
    /// Of the member that is being read.
    member: Members,
    /// How well its text would say what went wrong; see [`rank`].
    rank: u8,
    members: Members,
}

/// A name where JSON wants one in double quotes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BareName {
    pub at: usize,
    pub name: String,
}

/// What a scan saw.
#[derive(Default)]
pub struct Seen {
    /// The first shape, and how many objects and arrays are around it, itself included.
    pub found: Option<(usize, Shape)>,
    /// Distinct names of the top-level object's members, or of the objects in a top-level list, in order.
    pub names: Vec<String>,
    pub is_list: bool,
    /// The first document was seen to its end.
    pub is_whole: bool,
    /// Another document follows it.
    pub another: bool,
    pub bare_name: Option<BareName>,
    /// A word where JSON has a value, and nothing like JSON before it.
    pub is_text: bool,
    /// The top-level list holds nothing.
    pub is_empty: bool,
    /// `data` at the top is `null` or an empty list.
    pub no_data: bool,
    /// What an answer says went wrong, with its rank: 0 is the text of an error.
    said: Option<(u8, String)>,
}

/// How well a member's text says what went wrong: a message before the name of an error before its title.
fn rank(name: &[u8]) -> u8 {
    match name {
        b"message" | b"msg" | b"errorMessage" | b"error_description" | b"description" => 1,
        b"error" | b"errors" => 2,
        b"detail" | b"details" | b"title" | b"reason" => 3,
        _ => NO_RANK,
    }
}

const NO_RANK: u8 = 4;

struct Scanner<'b> {
    bytes: &'b [u8],
    at: usize,
    levels: Vec<Level>,
    /// Levels that are too deep to be kept.
    deeper: usize,
    /// Only what the first object is matters: the scan ends with it.
    only_first: bool,
    seen: Seen,
}

/// Looks through the beginning of a JSON file, past its first document while nothing was found.
pub fn scan(bytes: &[u8]) -> Seen {
    run(bytes, false)
}

/// What the object that comes next is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ahead {
    Is(Shape),
    /// Something else, around an object that is known.
    Holds,
    Nothing,
    /// It is too large to tell.
    Unknown,
}

/// What the object is that begins `bytes`.
pub fn ahead(bytes: &[u8]) -> Ahead {
    let seen = run(bytes, true);
    match seen.found {
        Some((1, shape)) => Ahead::Is(shape),
        Some(_) => Ahead::Holds,
        None if seen.is_whole => Ahead::Nothing,
        None => Ahead::Unknown,
    }
}

fn run(bytes: &[u8], only_first: bool) -> Seen {
    let levels = Vec::with_capacity(DEEPEST);
    let mut scanner = Scanner { bytes, at: 0, levels, deeper: 0, only_first, seen: Seen::default() };
    while scanner.step().is_some() {}
    // A span that is cut off at the end of the look can have all its members already.
    while scanner.seen.found.is_none() && !scanner.only_first && !scanner.levels.is_empty() {
        scanner.close();
    }
    scanner.seen
}

impl Scanner<'_> {
    /// The next token; `None` when there is no more to see.
    fn step(&mut self) -> Option<()> {
        let byte = *self.bytes.get(self.at)?;
        if byte.is_ascii_whitespace() {
            self.at += 1;
            return Some(());
        }
        if self.seen.is_whole && !self.seen.another && self.levels.is_empty() {
            self.seen.another = true;
        }
        match byte {
            b'{' | b'[' => {
                self.value(byte, &[]);
                self.open(byte);
                self.at += 1;
            }
            b'}' | b']' => {
                self.at += 1;
                if self.deeper > 0 {
                    self.deeper -= 1;
                } else {
                    self.close();
                    self.seen.is_whole |= self.levels.is_empty();
                }
            }
            b'"' => self.text()?,
            b',' => {
                self.at += 1;
                if let Some(level) = self.here() {
                    level.expects_name = !level.is_array;
                }
            }
            b':' => self.at += 1,
            _ => self.word(byte),
        }
        let is_over = self.seen.found.is_some() || self.seen.is_text || (self.only_first && self.seen.is_whole);
        (!is_over).then_some(())
    }

    /// The innermost level, unless it is too deep.
    fn here(&mut self) -> Option<&mut Level> {
        if self.deeper > 0 { None } else { self.levels.last_mut() }
    }

    fn open(&mut self, byte: u8) {
        if self.levels.is_empty() && !self.seen.is_whole {
            self.seen.is_list = byte == b'[';
            self.seen.is_empty = trimmed(self.bytes.get(self.at + 1..).unwrap_or_default()).first() == Some(&b']');
        }
        if self.levels.len() == DEEPEST {
            self.deeper += 1;
            return;
        }
        let is_array = byte == b'[';
        self.levels.push(Level { is_array, expects_name: !is_array, ..Level::default() });
    }

    /// A text: a member's name, or a value.
    fn text(&mut self) -> Option<()> {
        let start = self.at + 1;
        let bytes = self.bytes;
        let text = bytes.get(start..start + text_length(bytes.get(start..)?)?)?;
        self.at = start + text.len() + 1;
        if self.here().is_some_and(|level| level.expects_name) && next_is_colon(bytes.get(self.at..)?) {
            self.name(text);
        } else {
            self.value(b'"', text);
        }
        Some(())
    }

    fn name(&mut self, name: &[u8]) {
        let value = after_colon(self.bytes.get(self.at..).unwrap_or_default());
        let first = value.first().copied().unwrap_or_default();
        let is_top = self.levels.len() == 1;
        let member = members::counted(members::named(name), first, is_top);
        let Some(level) = self.here() else { return };
        level.expects_name = false;
        level.member = member;
        level.rank = rank(name);
        level.members |= member;
        let found = members::shape(level.members);
        let in_list = self.levels.len() == 2 && self.seen.is_list;
        if (is_top || in_list) && !self.seen.is_whole {
            if member == members::DATA {
                let is_empty = |rest: &[u8]| trimmed(rest).first() == Some(&b']');
                self.seen.no_data = first == b'n' || value.strip_prefix(b"[").is_some_and(is_empty);
            }
            let name = String::from_utf8_lossy(name).into_owned();
            if self.seen.names.len() < MOST_NAMES && !self.seen.names.contains(&name) {
                self.seen.names.push(name);
            }
        }
        if member == members::RESOURCE || member == members::ENDPOINT {
            self.tell_owner(member);
        }
        if let Some(shape) = found {
            self.found(shape);
        }
    }

    /// The innermost object around the current one, through up to two lists.
    fn owner(&self) -> Option<usize> {
        let inner = self.levels.len().checked_sub(1)?;
        let from = inner.saturating_sub(3);
        (from..inner).rev().find(|place| self.levels.get(*place).is_some_and(|level| !level.is_array))
    }

    /// An object in `batches` that has a resource, an annotation that has an endpoint: they say what their owner is.
    fn tell_owner(&mut self, member: Members) {
        let Some(place) = self.owner() else { return };
        let Some(owner) = self.levels.get_mut(place) else { return };
        match (owner.member, member) {
            (members::ANNOTATIONS, members::ENDPOINT) => owner.members |= members::ZIPKIN_V1,
            (members::BATCHES, members::RESOURCE) => self.seen.found = Some((place + 1, Shape::OtlpData)),
            _ => {}
        }
    }

    /// The innermost object is of this shape.
    fn found(&mut self, shape: Shape) {
        let depth = self.levels.len();
        let owner = self.owner().and_then(|place| Some((place + 1, self.levels.get(place)?.member)));
        self.seen.found = match (shape, owner) {
            (Shape::OtlpSpan, Some((depth, members::SPANS))) => Some((depth, Shape::ScopeSpans)),
            (Shape::JaegerSpan, Some((depth, members::SPANS))) => Some((depth, Shape::JaegerTrace)),
            // A span alone has lost its trace.
            (Shape::JaegerSpan, _) => None,
            (Shape::ResourceSpans, Some((depth, members::BATCHES))) => Some((depth, Shape::OtlpData)),
            (shape, _) => Some((depth, shape)),
        };
    }

    /// A value begins with this byte; a text is given whole.
    fn value(&mut self, first: u8, text: &[u8]) {
        if first == b'"' && !text.is_empty() {
            self.hear(text);
        }
        if let Some(level) = self.here() {
            level.expects_name = false;
        }
    }

    /// Keeps what an answer says went wrong.
    fn hear(&mut self, text: &[u8]) {
        if self.deeper > 0 || self.seen.is_whole {
            return;
        }
        let Some(Level { is_array, rank, .. }) = self.levels.last().copied() else { return };
        let owner = self.owner().and_then(|place| self.levels.get(place));
        let is_top = self.levels.len() == 1 || (self.levels.len() == 2 && self.seen.is_list);
        let rank = match owner.is_some_and(|owner| owner.member == members::ERROR) {
            true if is_array || rank < NO_RANK => 0,
            _ if is_top && !is_array => rank,
            _ => NO_RANK,
        };
        if rank < NO_RANK && self.seen.said.as_ref().is_none_or(|(known, _)| rank < *known) {
            self.seen.said = Some((rank, one_line(&unescaped(text))));
        }
    }

    fn close(&mut self) {
        let Some(level) = self.levels.pop() else { return };
        if level.is_array {
            return;
        }
        let depth = self.levels.len() + 1;
        let owner = self.levels.iter().rposition(|level| !level.is_array);
        let is_nested = owner.is_some();
        if depth == 1 && members::is_empty_answer(level.members) {
            self.seen.found = Some((depth, Shape::OtlpData));
        } else if let Some(shape) = members::zipkin(level.members, is_nested) {
            self.seen.found = Some((depth, shape));
        }
        let Some(owner) = owner.and_then(|place| self.levels.get_mut(place)) else { return };
        // What has members of its own is no empty answer.
        if level.members != 0 && matches!(owner.member, members::TRACE | members::BATCHES) {
            owner.members |= members::OTHER;
        }
    }

    /// What is neither text nor bracket: a number, `true`, `null`; or a name without quotes.
    fn word(&mut self, first: u8) {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = match first {
            b'\'' => rest.iter().skip(1).position(|byte| *byte == b'\'').map_or(1, |end| end + 2),
            _ => rest.iter().position(|byte| is_delimiter(*byte)).unwrap_or(rest.len()).max(1),
        };
        let word = rest.get(..length).unwrap_or_default();
        let after = rest.get(length..).unwrap_or_default();
        let is_name = self.here().is_some_and(|level| level.expects_name) && next_is_colon(after);
        if is_name && self.seen.bare_name.is_none() {
            let name = String::from_utf8_lossy(word.get(..length.min(64)).unwrap_or_default()).into_owned();
            self.seen.bare_name = Some(BareName { at: self.at, name });
        }
        let is_json = matches!(first, b'0'..=b'9' | b'-' | b'+' | b'.' | b'\'')
            || matches!(word, b"true" | b"false" | b"null" | b"NaN" | b"Infinity");
        if is_name {
            if let Some(level) = self.here() {
                level.expects_name = false;
                level.member = members::OTHER;
            }
        } else if !is_json && self.seen.names.is_empty() && self.levels.iter().all(|level| level.is_array) {
            self.seen.is_text = !after.is_empty();
        } else {
            self.value(first, &[]);
        }
        self.at += length;
    }
}

/// Bytes up to the closing quote; `None` when there is none.
fn text_length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

fn trimmed(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii_start()
}

fn next_is_colon(after: &[u8]) -> bool {
    trimmed(after).first() == Some(&b':')
}

/// From the first byte of the value of a member whose name was just passed.
fn after_colon(bytes: &[u8]) -> &[u8] {
    trimmed(trimmed(bytes).strip_prefix(b":").unwrap_or_default())
}

fn is_delimiter(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, b',' | b':' | b'"' | b'{' | b'}' | b'[' | b']')
}

/// The text of a string's inside, as its escapes mean it.
fn unescaped(inside: &[u8]) -> String {
    let quoted = [b"\"", inside, b"\""].concat();
    serde_json::from_slice(&quoted).unwrap_or_else(|_| String::from_utf8_lossy(inside).into_owned())
}

/// A text in one line, of at most 200 characters.
pub fn one_line(text: &str) -> String {
    const MOST: usize = 200;
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        if line.len() > 4 * MOST {
            break;
        }
    }
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

impl Seen {
    /// Whether the top-level object has this member.
    pub fn has_top(&self, name: &str) -> bool {
        !self.is_list && self.names.iter().any(|known| known == name)
    }

    /// What an answer says went wrong; `None` for what is no answer, such as lines of a log.
    pub fn said(&self) -> Option<&str> {
        let (_, text) = self.said.as_ref().filter(|(_, text)| !text.is_empty())?;
        let of_logs = ["level", "severity", "lvl", "logger", "log.level"];
        let is_log = self.another || of_logs.iter().any(|name| self.names.iter().any(|known| known == name));
        (!is_log).then_some(text)
    }
}
