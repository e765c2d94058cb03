//! Attribute columns: key, type and 64 bits of value, one line an attribute, a range of lines an owner.
//!
//! Strings are symbols, bytes a range of a byte pool, arrays and maps a range of a second, nested set of lines. All the
//! types of OpenTelemetry's `AnyValue` survive, so a trace can be written out as it came in.

use std::borrow::Cow;
use std::hash::Hasher;

use crate::base::{Strings, Sym};

/// A value as a decoder hands it in. Scalars own nothing.
#[derive(Clone, Debug, PartialEq)]
pub enum AnyValue<'a> {
    Empty,
    Str(Cow<'a, str>),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(Cow<'a, [u8]>),
    Array(Vec<AnyValue<'a>>),
    Kvlist(Vec<(Cow<'a, str>, AnyValue<'a>)>),
}

impl<'a> AnyValue<'a> {
    pub fn str(text: &'a str) -> Self {
        AnyValue::Str(Cow::Borrowed(text))
    }
}

/// How deep arrays and maps may nest; decoders refuse what is deeper, so that nothing here recurses without bound.
pub const MAX_NESTING: usize = 64;

/// Lines `start..start + len` of a pool.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct AttrRange {
    pub start: u32,
    pub len: u32,
}

impl AttrRange {
    pub const EMPTY: AttrRange = AttrRange { start: 0, len: 0 };

    fn indexes(self) -> core::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
enum Tag {
    Empty,
    Str,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    Kvlist,
}

#[derive(Clone, Default)]
struct Lines {
    key: Vec<Sym>,
    tag: Vec<Tag>,
    /// A symbol, 0 or 1, the bits of an i64 or f64, or `start << 32 | len` of a range.
    bits: Vec<u64>,
}

impl Lines {
    fn push(&mut self, key: Sym, tag: Tag, bits: u64) {
        self.key.push(key);
        self.tag.push(tag);
        self.bits.push(bits);
    }

    fn get(&self, line: usize) -> Option<(Sym, Tag, u64)> {
        Some((*self.key.get(line)?, *self.tag.get(line)?, *self.bits.get(line)?))
    }
}

/// All attributes of a [`super::SpanSet`].
#[derive(Clone, Default)]
pub struct AttrPool {
    lines: Lines,
    nested: Lines,
    bytes: Vec<u8>,
}

/// A value as it is read. Nested values are read through [`List`].
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Empty,
    Str(&'a str),
    Bool(bool),
    Int(i64),
    Double(f64),
    Bytes(&'a [u8]),
    Array(List<'a>),
    Kvlist(List<'a>),
}

/// A value whose text is left as a symbol, so that a search reads each distinct text once.
#[derive(Clone, Copy, Debug)]
pub enum Held<'a> {
    Text(Sym),
    Other(Value<'a>),
}

/// The elements of an array (keys are empty) or the entries of a map.
#[derive(Clone, Copy)]
pub struct List<'a> {
    pool: &'a AttrPool,
    strings: &'a Strings,
    range: AttrRange,
}

impl core::fmt::Debug for List<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl<'a> List<'a> {
    pub fn len(&self) -> usize {
        self.range.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.range.len == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a str, Value<'a>)> + use<'a> {
        let List { pool, strings, range } = *self;
        range.indexes().filter_map(move |line| {
            let (key, tag, bits) = pool.nested.get(line)?;
            Some((strings.get(key), pool.value(strings, tag, bits)))
        })
    }
}

fn range_of(bits: u64) -> AttrRange {
    AttrRange { start: (bits >> 32) as u32, len: bits as u32 }
}

fn bits_of(range: AttrRange) -> u64 {
    u64::from(range.start) << 32 | u64::from(range.len)
}

impl AttrPool {
    /// Where the next attribute will stand; the start of a range that [`AttrPool::since`] closes.
    pub fn mark(&self) -> u32 {
        self.lines.key.len() as u32
    }

    /// The lines pushed since `mark`.
    pub fn since(&self, mark: u32) -> AttrRange {
        AttrRange { start: mark, len: self.mark().saturating_sub(mark) }
    }

    /// Makes the lines of `range` the last ones, so that more can follow them; gives the mark at which they start.
    /// Lines that were not the last are repeated.
    pub fn reopen(&mut self, range: AttrRange) -> u32 {
        let mark = self.mark();
        if range.start.saturating_add(range.len) == mark {
            return range.start;
        }
        for line in range.indexes() {
            if let Some((key, tag, bits)) = self.lines.get(line) {
                self.lines.push(key, tag, bits);
            }
        }
        mark
    }

    /// Forgets the lines from `mark` on. Their nested values stay behind, unread.
    pub fn truncate(&mut self, mark: u32) {
        self.lines.key.truncate(mark as usize);
        self.lines.tag.truncate(mark as usize);
        self.lines.bits.truncate(mark as usize);
    }

    /// Adds one attribute. Keys may repeat: nothing is lost.
    pub fn push(&mut self, strings: &mut Strings, key: Sym, value: &AnyValue<'_>) {
        let (tag, bits) = self.store(strings, value);
        self.lines.push(key, tag, bits);
    }

    /// Adds a string attribute without a detour.
    pub fn push_str(&mut self, strings: &mut Strings, key: Sym, value: &str) {
        let value = strings.intern(value);
        self.push_sym(key, value);
    }

    /// Adds a string attribute whose text is in the table already.
    pub fn push_sym(&mut self, key: Sym, value: Sym) {
        self.lines.push(key, Tag::Str, u64::from(value.0));
    }

    fn store(&mut self, strings: &mut Strings, value: &AnyValue<'_>) -> (Tag, u64) {
        match value {
            AnyValue::Empty => (Tag::Empty, 0),
            AnyValue::Str(text) => (Tag::Str, u64::from(strings.intern(text).0)),
            AnyValue::Bool(flag) => (Tag::Bool, u64::from(*flag)),
            AnyValue::Int(number) => (Tag::Int, *number as u64),
            AnyValue::Double(number) => (Tag::Double, number.to_bits()),
            AnyValue::Bytes(bytes) => {
                let start = self.bytes.len() as u32;
                self.bytes.extend_from_slice(bytes);
                (Tag::Bytes, bits_of(AttrRange { start, len: bytes.len() as u32 }))
            }
            AnyValue::Array(items) => {
                (Tag::Array, self.store_nested(strings, items.iter().map(|item| ("", item)).collect()))
            }
            AnyValue::Kvlist(entries) => {
                let entries = entries.iter().map(|(key, value)| (key.as_ref(), value)).collect();
                (Tag::Kvlist, self.store_nested(strings, entries))
            }
        }
    }

    /// Children are stored first, so that the entries of one list stand together.
    fn store_nested(&mut self, strings: &mut Strings, entries: Vec<(&str, &AnyValue<'_>)>) -> u64 {
        let stored: Vec<(Sym, Tag, u64)> = entries
            .into_iter()
            .map(|(key, value)| {
                let (tag, bits) = self.store(strings, value);
                (strings.intern(key), tag, bits)
            })
            .collect();
        let range = AttrRange { start: self.nested.key.len() as u32, len: stored.len() as u32 };
        for (key, tag, bits) in stored {
            self.nested.push(key, tag, bits);
        }
        bits_of(range)
    }

    fn value<'a>(&'a self, strings: &'a Strings, tag: Tag, bits: u64) -> Value<'a> {
        match tag {
            Tag::Empty => Value::Empty,
            Tag::Str => Value::Str(strings.get(Sym(bits as u32))),
            Tag::Bool => Value::Bool(bits != 0),
            Tag::Int => Value::Int(bits as i64),
            Tag::Double => Value::Double(f64::from_bits(bits)),
            Tag::Bytes => Value::Bytes(self.bytes.get(range_of(bits).indexes()).unwrap_or_default()),
            Tag::Array => Value::Array(List { pool: self, strings, range: range_of(bits) }),
            Tag::Kvlist => Value::Kvlist(List { pool: self, strings, range: range_of(bits) }),
        }
    }

    /// The attributes of a range, in the order in which they came.
    pub fn iter<'a>(&'a self, strings: &'a Strings, range: AttrRange) -> impl Iterator<Item = (Sym, Value<'a>)> + 'a {
        range.indexes().filter_map(move |line| {
            let (key, tag, bits) = self.lines.get(line)?;
            Some((key, self.value(strings, tag, bits)))
        })
    }

    /// The attributes of a range with texts as symbols.
    pub fn scan<'a>(&'a self, strings: &'a Strings, range: AttrRange) -> impl Iterator<Item = (Sym, Held<'a>)> + 'a {
        range.indexes().filter_map(move |line| {
            let (key, tag, bits) = self.lines.get(line)?;
            let held = match tag {
                Tag::Str => Held::Text(Sym(bits as u32)),
                _ => Held::Other(self.value(strings, tag, bits)),
            };
            Some((key, held))
        })
    }

    /// The last attribute of a range with this key: OpenTelemetry's SDKs let the last write win.
    pub fn last<'a>(&'a self, strings: &'a Strings, range: AttrRange, key: Sym) -> Option<Value<'a>> {
        let line = range.indexes().rev().find(|line| self.lines.key.get(*line) == Some(&key))?;
        let (_, tag, bits) = self.lines.get(line)?;
        Some(self.value(strings, tag, bits))
    }

    /// Whether two ranges hold the same keys and values in the same order.
    pub fn same(&self, a: AttrRange, b: AttrRange) -> bool {
        self.same_lines(&self.lines, a, b)
    }

    /// Recurses as deep as values nest, at most [`MAX_NESTING`].
    fn same_lines(&self, lines: &Lines, a: AttrRange, b: AttrRange) -> bool {
        let same_line = |(a, b): (usize, usize)| match (lines.get(a), lines.get(b)) {
            (Some((a_key, a_tag, a_bits)), Some((b_key, b_tag, b_bits))) => {
                a_key == b_key && a_tag == b_tag && (a_bits == b_bits || self.same_pooled(a_tag, a_bits, b_bits))
            }
            _ => false,
        };
        a.len == b.len && a.indexes().zip(b.indexes()).all(same_line)
    }

    /// Feeds `hasher` so that ranges which are the same give the same hash.
    pub fn hash(&self, range: AttrRange, hasher: &mut impl Hasher) {
        self.hash_lines(&self.lines, range, hasher);
    }

    fn hash_lines(&self, lines: &Lines, range: AttrRange, hasher: &mut impl Hasher) {
        hasher.write_u32(range.len);
        for (key, tag, bits) in range.indexes().filter_map(|line| lines.get(line)) {
            hasher.write_u32(key.0);
            hasher.write_u8(tag as u8);
            match tag {
                Tag::Bytes => hasher.write(self.bytes.get(range_of(bits).indexes()).unwrap_or_default()),
                Tag::Array | Tag::Kvlist => self.hash_lines(&self.nested, range_of(bits), hasher),
                _ => hasher.write_u64(bits),
            }
        }
    }

    /// Values whose bits are ranges of a pool; others differ when their bits do.
    fn same_pooled(&self, tag: Tag, a: u64, b: u64) -> bool {
        let (a, b) = (range_of(a), range_of(b));
        match tag {
            Tag::Bytes => self.bytes.get(a.indexes()) == self.bytes.get(b.indexes()),
            Tag::Array | Tag::Kvlist => self.same_lines(&self.nested, a, b),
            _ => false,
        }
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.lines.key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.key.is_empty()
    }
}

impl<'a> Value<'a> {
    /// The text of a string value.
    pub fn as_str(self) -> Option<&'a str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// As a person reads it: strings as they are, numbers in decimal, lists as JSON, bytes as hex.
    pub fn to_text(self) -> Cow<'a, str> {
        match self {
            Value::Str(text) => Cow::Borrowed(text),
            other => {
                let mut out = String::new();
                other.write(&mut out, false);
                Cow::Owned(out)
            }
        }
    }

    /// JSON with strings quoted; used inside lists.
    fn write(self, out: &mut String, quoted: bool) {
        use core::fmt::Write;
        match self {
            Value::Empty => out.push_str(if quoted { "null" } else { "" }),
            Value::Str(text) if quoted => push_json_string(out, text),
            Value::Str(text) => out.push_str(text),
            Value::Bool(flag) => out.push_str(if flag { "true" } else { "false" }),
            Value::Int(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Double(number) => out.push_str(&double_text(number)),
            Value::Bytes(bytes) => {
                for byte in bytes {
                    let _ = write!(out, "{byte:02x}");
                }
            }
            Value::Array(list) => {
                out.push('[');
                for (place, (_, item)) in list.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out, true);
                }
                out.push(']');
            }
            Value::Kvlist(list) => {
                out.push('{');
                for (place, (key, item)) in list.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    push_json_string(out, key);
                    out.push(':');
                    item.write(out, true);
                }
                out.push('}');
            }
        }
    }
}

/// A double as JavaScript and OTLP write it: `1.5`, `3`, `NaN`, `Infinity`.
pub fn double_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else {
        number.to_string()
    }
}

/// A JSON string literal.
pub fn push_json_string(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
        return;
    }
    // serde_json cannot fail on a &str; an error would leave an empty literal.
    out.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_read_back_as_it_was_pushed() {
        let mut strings = Strings::default();
        let mut pool = AttrPool::default();
        let key = strings.intern("k");
        let mark = pool.mark();
        let nested = AnyValue::Kvlist(vec![
            (Cow::Borrowed("a"), AnyValue::Array(vec![AnyValue::Int(1), AnyValue::str("x\"y")])),
            (Cow::Borrowed("b"), AnyValue::Empty),
        ]);
        for value in [
            AnyValue::str("text"),
            AnyValue::Bool(true),
            AnyValue::Int(i64::MIN),
            AnyValue::Double(f64::NAN),
            AnyValue::Bytes(Cow::Borrowed(&[0xde, 0xad])),
            nested,
            AnyValue::Empty,
        ] {
            pool.push(&mut strings, key, &value);
        }
        let texts: Vec<String> =
            pool.iter(&strings, pool.since(mark)).map(|(_, value)| value.to_text().into_owned()).collect();
        assert_eq!(texts, ["text", "true", "-9223372036854775808", "NaN", "dead", r#"{"a":[1,"x\"y"],"b":null}"#, ""]);
    }

    #[test]
    fn nested_values_are_compared_by_what_they_hold() {
        let mut strings = Strings::default();
        let mut pool = AttrPool::default();
        let key = strings.intern("process.command_args");
        let args = |last: i64| {
            let bytes = AnyValue::Bytes(Cow::Borrowed(&[1, 2]));
            AnyValue::Array(vec![AnyValue::str("node"), AnyValue::Array(vec![AnyValue::Int(last)]), bytes])
        };
        let ranges = [args(1), args(1), args(2), AnyValue::Empty].map(|value| {
            let mark = pool.mark();
            pool.push(&mut strings, key, &value);
            pool.since(mark)
        });
        let hashes = ranges.map(|range| {
            let mut hasher = rustc_hash::FxHasher::default();
            pool.hash(range, &mut hasher);
            hasher.finish()
        });
        assert!(pool.same(ranges[0], ranges[1]));
        assert_eq!(hashes[0], hashes[1]);
        assert_ne!(hashes[0], hashes[2]);
        assert!(!pool.same(ranges[0], ranges[2]));
        assert!(!pool.same(ranges[0], ranges[3]));
    }

    #[test]
    fn a_reopened_range_can_grow_behind_lines_of_others() {
        let mut strings = Strings::default();
        let mut pool = AttrPool::default();
        let key = strings.intern("k");
        pool.push(&mut strings, key, &AnyValue::Int(1));
        let first = pool.since(0);
        assert_eq!(pool.reopen(first), 0);
        pool.push(&mut strings, key, &AnyValue::Int(2));
        let mark = pool.reopen(first);
        pool.push(&mut strings, key, &AnyValue::Int(3));
        let texts: Vec<String> =
            pool.iter(&strings, pool.since(mark)).map(|(_, value)| value.to_text().into_owned()).collect();
        assert_eq!(texts, ["1", "3"]);
    }

    #[test]
    fn the_last_of_a_repeated_key_wins_and_both_are_kept() {
        let mut strings = Strings::default();
        let mut pool = AttrPool::default();
        let key = strings.intern("k");
        pool.push(&mut strings, key, &AnyValue::Int(1));
        pool.push(&mut strings, key, &AnyValue::Int(2));
        let range = pool.since(0);
        assert_eq!(pool.iter(&strings, range).count(), 2);
        assert!(matches!(pool.last(&strings, range, key), Some(Value::Int(2))));
    }
}
