//! Attribute columns: 32 bits a value, one after another; which keys and types the values of an owner have is its shape
//! ([`super::shapes`]).
//!
//! Strings are symbols, and so 32 bits wide. Whole numbers and doubles that do not fit stand in a column of 64 bits,
//! bytes in a pool of bytes, arrays and maps in a second, nested set of lines. All the types of OpenTelemetry's
//! `AnyValue` survive, so a trace can be written out as it came in.

use std::borrow::Cow;
use std::hash::Hasher;

use super::shapes::{Shape, ShapeHash, Shapes};
use crate::base::{Column, Strings, Sym};

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

/// Values `start..start + len` of a pool, with their shape. Of nested lines the shape is not read.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct AttrRange {
    pub start: u32,
    pub len: u32,
    pub shape: Shape,
}

impl AttrRange {
    pub const EMPTY: AttrRange = AttrRange { start: 0, len: 0, shape: Shape(0) };

    fn indexes(self) -> core::ops::Range<usize> {
        self.start as usize..self.start as usize + self.len as usize
    }
}

/// The type of a value, and where its bits are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(super) enum Tag {
    Empty,
    Str,
    Bool,
    /// In the 32 bits themselves.
    Int,
    /// As an f32, which says the same.
    Float,
    /// Of the others the 32 bits are a place in the wide column.
    WideInt,
    Double,
    Bytes,
    Array,
    Kvlist,
}

/// The type of a value as OpenTelemetry's `AnyValue` names them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ValueType {
    Empty,
    Str,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    Kvlist,
}

impl Tag {
    #[inline]
    fn value_type(self) -> ValueType {
        match self {
            Tag::Empty => ValueType::Empty,
            Tag::Str => ValueType::Str,
            Tag::Bool => ValueType::Bool,
            Tag::Int | Tag::WideInt => ValueType::Int,
            Tag::Float | Tag::Double => ValueType::Double,
            Tag::Bytes => ValueType::Bytes,
            Tag::Array => ValueType::Array,
            Tag::Kvlist => ValueType::Kvlist,
        }
    }
}

#[derive(Clone, Default)]
struct Lines {
    key: Vec<Sym>,
    tag: Vec<Tag>,
    bits: Vec<u32>,
}

impl Lines {
    fn push(&mut self, key: Sym, tag: Tag, bits: u32) {
        self.key.push(key);
        self.tag.push(tag);
        self.bits.push(bits);
    }

    fn get(&self, line: usize) -> Option<(Sym, Tag, u32)> {
        Some((*self.key.get(line)?, *self.tag.get(line)?, *self.bits.get(line)?))
    }
}

/// The lines that were pushed since the last mark: their shape is known when the range is closed.
#[derive(Clone, Default)]
struct Open {
    from: u32,
    keys: Vec<Sym>,
    tags: Vec<Tag>,
    hash: ShapeHash,
}

/// All attributes of a [`super::SpanSet`].
#[derive(Clone, Default)]
pub struct AttrPool {
    shapes: Shapes,
    values: Column<u32>,
    /// The bits of an i64 or f64, or `start << 32 | len` of a range of `bytes` or `nested`.
    wide: Column<u64>,
    nested: Lines,
    bytes: Vec<u8>,
    open: Open,
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

impl<'a> Held<'a> {
    /// With its text.
    pub fn value(self, strings: &'a Strings) -> Value<'a> {
        match self {
            Held::Text(text) => Value::Str(strings.get(text)),
            Held::Other(value) => value,
        }
    }
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
    AttrRange { start: (bits >> 32) as u32, len: bits as u32, shape: Shape(0) }
}

impl AttrPool {
    /// Begins a range where the next attribute will stand; [`AttrPool::since`] closes it. One range is open at a time.
    pub fn mark(&mut self) -> u32 {
        self.open.from = self.values.len() as u32;
        self.open.keys.clear();
        self.open.tags.clear();
        self.open.hash = ShapeHash::default();
        self.open.from
    }

    /// The lines pushed since `mark`.
    pub fn since(&mut self, mark: u32) -> AttrRange {
        debug_assert!(mark >= self.open.from, "a range of which another was opened");
        let Open { from, keys, tags, hash } = &self.open;
        let shape = if mark == *from {
            self.shapes.intern(keys, tags, *hash)
        } else {
            let skip = mark.saturating_sub(*from) as usize;
            let (keys, tags) = (keys.get(skip..).unwrap_or_default(), tags.get(skip..).unwrap_or_default());
            let mut hash = ShapeHash::default();
            keys.iter().zip(tags).for_each(|(key, tag)| hash.add(*key, *tag));
            self.shapes.intern(keys, tags, hash)
        };
        AttrRange { start: mark, len: (self.values.len() as u32).saturating_sub(mark), shape }
    }

    /// Makes the lines of `range` the last ones, so that more can follow them; gives the mark at which they start.
    /// Lines that were not the last are repeated.
    pub fn reopen(&mut self, range: AttrRange) -> u32 {
        let is_last = range.len > 0 && range.start.saturating_add(range.len) == self.values.len() as u32;
        let mark = self.mark();
        for at in 0..range.len as usize {
            if let Some((key, tag, bits)) = self.line(range, at) {
                self.note(key, tag);
                if !is_last {
                    self.values.push(bits);
                }
            }
        }
        if is_last {
            self.open.from = range.start;
        }
        mark.min(self.open.from)
    }

    /// Forgets the lines from `mark` on. What they hold in other columns stays behind, unread.
    pub fn truncate(&mut self, mark: u32) {
        self.values.truncate(mark as usize);
        self.mark();
    }

    #[inline]
    fn note(&mut self, key: Sym, tag: Tag) {
        self.open.keys.push(key);
        self.open.tags.push(tag);
        self.open.hash.add(key, tag);
    }

    #[inline]
    fn push_line(&mut self, key: Sym, tag: Tag, bits: u32) {
        self.note(key, tag);
        self.values.push(bits);
    }

    /// Adds one attribute. Keys may repeat: nothing is lost.
    pub fn push(&mut self, strings: &mut Strings, key: Sym, value: &AnyValue<'_>) {
        let (tag, bits) = self.store(strings, value);
        self.push_line(key, tag, bits);
    }

    /// Adds a string attribute without a detour.
    pub fn push_str(&mut self, strings: &mut Strings, key: Sym, value: &str) {
        let value = strings.intern(value);
        self.push_sym(key, value);
    }

    /// Adds a string attribute whose text is in the table already.
    pub fn push_sym(&mut self, key: Sym, value: Sym) {
        self.push_line(key, Tag::Str, value.0);
    }

    /// Adds a whole number without a detour.
    pub fn push_int(&mut self, key: Sym, number: i64) {
        let (tag, bits) = self.int(number);
        self.push_line(key, tag, bits);
    }

    fn int(&mut self, number: i64) -> (Tag, u32) {
        match i32::try_from(number) {
            Ok(narrow) => (Tag::Int, narrow as u32),
            Err(_) => (Tag::WideInt, self.put_wide(number as u64)),
        }
    }

    fn double(&mut self, number: f64) -> (Tag, u32) {
        let narrow = number as f32;
        if f64::from(narrow).to_bits() == number.to_bits() {
            (Tag::Float, narrow.to_bits())
        } else {
            (Tag::Double, self.put_wide(number.to_bits()))
        }
    }

    fn put_wide(&mut self, bits: u64) -> u32 {
        self.wide.push(bits);
        self.wide.len() as u32 - 1
    }

    fn wide_bits(&self, bits: u32) -> u64 {
        self.wide.get(bits as usize).unwrap_or_default()
    }

    fn store(&mut self, strings: &mut Strings, value: &AnyValue<'_>) -> (Tag, u32) {
        match value {
            AnyValue::Empty => (Tag::Empty, 0),
            AnyValue::Str(text) => (Tag::Str, strings.intern(text).0),
            AnyValue::Bool(flag) => (Tag::Bool, u32::from(*flag)),
            AnyValue::Int(number) => self.int(*number),
            AnyValue::Double(number) => self.double(*number),
            AnyValue::Bytes(bytes) => {
                let start = self.bytes.len() as u64;
                self.bytes.extend_from_slice(bytes);
                (Tag::Bytes, self.put_wide(start << 32 | bytes.len() as u64))
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
    fn store_nested(&mut self, strings: &mut Strings, entries: Vec<(&str, &AnyValue<'_>)>) -> u32 {
        let stored: Vec<(Sym, Tag, u32)> = entries
            .into_iter()
            .map(|(key, value)| {
                let (tag, bits) = self.store(strings, value);
                (strings.intern(key), tag, bits)
            })
            .collect();
        let (start, len) = (self.nested.key.len() as u64, stored.len() as u64);
        for (key, tag, bits) in stored {
            self.nested.push(key, tag, bits);
        }
        self.put_wide(start << 32 | len)
    }

    fn value<'a>(&'a self, strings: &'a Strings, tag: Tag, bits: u32) -> Value<'a> {
        let range = || range_of(self.wide_bits(bits));
        match tag {
            Tag::Empty => Value::Empty,
            Tag::Str => Value::Str(strings.get(Sym(bits))),
            Tag::Bool => Value::Bool(bits != 0),
            Tag::Int => Value::Int(i64::from(bits as i32)),
            Tag::Float => Value::Double(f64::from(f32::from_bits(bits))),
            Tag::WideInt => Value::Int(self.wide_bits(bits) as i64),
            Tag::Double => Value::Double(f64::from_bits(self.wide_bits(bits))),
            Tag::Bytes => Value::Bytes(self.bytes.get(range().indexes()).unwrap_or_default()),
            Tag::Array => Value::Array(List { pool: self, strings, range: range() }),
            Tag::Kvlist => Value::Kvlist(List { pool: self, strings, range: range() }),
        }
    }

    fn line(&self, range: AttrRange, at: usize) -> Option<(Sym, Tag, u32)> {
        let (key, tag) = (self.shapes.keys(range.shape).get(at)?, self.shapes.tags(range.shape).get(at)?);
        Some((*key, *tag, self.values.get(range.start as usize + at)?))
    }

    #[inline]
    fn lines(&self, range: AttrRange) -> impl Iterator<Item = (Sym, Tag, u32)> + '_ {
        let [front, back] = self.values.pieces(range.start as usize, range.len as usize);
        let lines = self.shapes.keys(range.shape).iter().zip(self.shapes.tags(range.shape));
        lines.zip(front.iter().chain(back)).map(|((key, tag), bits)| (*key, *tag, *bits))
    }

    /// The attributes of a range, in the order in which they came.
    pub fn iter<'a>(&'a self, strings: &'a Strings, range: AttrRange) -> impl Iterator<Item = (Sym, Value<'a>)> + 'a {
        self.lines(range).map(move |(key, tag, bits)| (key, self.value(strings, tag, bits)))
    }

    /// The attributes of a range with texts as symbols.
    pub fn scan<'a>(&'a self, strings: &'a Strings, range: AttrRange) -> impl Iterator<Item = (Sym, Held<'a>)> + 'a {
        self.lines(range).map(move |(key, tag, bits)| (key, self.held(strings, tag, bits)))
    }

    #[inline]
    fn held<'a>(&'a self, strings: &'a Strings, tag: Tag, bits: u32) -> Held<'a> {
        match tag {
            Tag::Str => Held::Text(Sym(bits)),
            _ => Held::Other(self.value(strings, tag, bits)),
        }
    }

    /// The attribute at a place of its shape, its text as a symbol.
    pub fn nth<'a>(&'a self, strings: &'a Strings, range: AttrRange, at: u32) -> Option<Held<'a>> {
        let (_, tag, bits) = self.line(range, at as usize)?;
        Some(self.held(strings, tag, bits))
    }

    /// The 32 bits of each value of a range, in two pieces where a chunk ends between: a text's are its symbol.
    #[inline]
    pub fn bits_of(&self, range: AttrRange) -> [&[u32]; 2] {
        self.values.pieces(range.start as usize, range.len as usize)
    }

    /// How many shapes there are, the empty one included.
    pub fn shapes(&self) -> usize {
        self.shapes.len()
    }

    pub fn keys_of(&self, shape: Shape) -> &[Sym] {
        self.shapes.keys(shape)
    }

    /// What type each value of a shape has.
    #[inline]
    pub fn types_of(&self, shape: Shape) -> impl Iterator<Item = ValueType> + '_ {
        self.shapes.tags(shape).iter().map(|tag| tag.value_type())
    }

    /// The last attribute of a range with this key: OpenTelemetry's SDKs let the last write win.
    pub fn last<'a>(&'a self, strings: &'a Strings, range: AttrRange, key: Sym) -> Option<Value<'a>> {
        let at = self.shapes.keys(range.shape).iter().rposition(|known| *known == key)?;
        let (_, tag, bits) = self.line(range, at)?;
        Some(self.value(strings, tag, bits))
    }

    /// Whether two ranges hold the same keys and values in the same order.
    pub fn same(&self, a: AttrRange, b: AttrRange) -> bool {
        a.shape == b.shape
            && a.len == b.len
            && self.lines(a).zip(self.lines(b)).all(|((_, tag, a), (_, _, b))| a == b || self.same_pooled(tag, a, b))
    }

    /// Recurses as deep as values nest, at most [`MAX_NESTING`].
    fn same_nested(&self, a: AttrRange, b: AttrRange) -> bool {
        let same_line = |(a, b): (usize, usize)| match (self.nested.get(a), self.nested.get(b)) {
            (Some((a_key, a_tag, a_bits)), Some((b_key, b_tag, b_bits))) => {
                a_key == b_key && a_tag == b_tag && (a_bits == b_bits || self.same_pooled(a_tag, a_bits, b_bits))
            }
            _ => false,
        };
        a.len == b.len && a.indexes().zip(b.indexes()).all(same_line)
    }

    /// The key of a line, given as a range and the place in it.
    pub(super) fn key_of_line(&self, (range, at): (AttrRange, usize)) -> Option<Sym> {
        self.shapes.keys(range.shape).get(at).copied()
    }

    /// Whether two lines have the same key and value.
    pub(super) fn same_line(&self, (a, at): (AttrRange, usize), (b, bt): (AttrRange, usize)) -> bool {
        match (self.line(a, at), self.line(b, bt)) {
            (Some((a_key, a_tag, a)), Some((b_key, b_tag, b))) => {
                a_key == b_key && a_tag == b_tag && (a == b || self.same_pooled(a_tag, a, b))
            }
            _ => false,
        }
    }

    /// Adds a line once more, to the range that is open.
    pub(super) fn repeat_line(&mut self, (range, at): (AttrRange, usize)) {
        if let Some((key, tag, bits)) = self.line(range, at) {
            self.push_line(key, tag, bits);
        }
    }

    /// Feeds `hasher` so that ranges which are the same give the same hash.
    pub fn hash(&self, range: AttrRange, hasher: &mut impl Hasher) {
        hasher.write_u32(range.shape.0);
        self.lines(range).for_each(|line| self.hash_line(line, hasher));
    }

    fn hash_line(&self, (key, tag, bits): (Sym, Tag, u32), hasher: &mut impl Hasher) {
        hasher.write_u32(key.0);
        hasher.write_u8(tag as u8);
        match tag {
            Tag::Bytes => {
                hasher.write(self.bytes.get(range_of(self.wide_bits(bits)).indexes()).unwrap_or_default());
            }
            Tag::Array | Tag::Kvlist => {
                let range = range_of(self.wide_bits(bits));
                hasher.write_u32(range.len);
                let lines = range.indexes().filter_map(|line| self.nested.get(line));
                lines.for_each(|line| self.hash_line(line, hasher));
            }
            Tag::WideInt | Tag::Double => hasher.write_u64(self.wide_bits(bits)),
            Tag::Empty | Tag::Str | Tag::Bool | Tag::Int | Tag::Float => hasher.write_u32(bits),
        }
    }

    /// Values whose bits are a place elsewhere; others differ when their bits do.
    fn same_pooled(&self, tag: Tag, a: u32, b: u32) -> bool {
        let (a, b) = (self.wide_bits(a), self.wide_bits(b));
        match tag {
            Tag::WideInt | Tag::Double => a == b,
            Tag::Bytes => self.bytes.get(range_of(a).indexes()) == self.bytes.get(range_of(b).indexes()),
            Tag::Array | Tag::Kvlist => self.same_nested(range_of(a), range_of(b)),
            Tag::Empty | Tag::Str | Tag::Bool | Tag::Int | Tag::Float => false,
        }
    }

    /// How many attributes there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Bytes of memory: values, wide values, shapes, and what is nested or bytes.
    pub fn bytes(&self) -> [usize; 4] {
        let nested = self.nested.key.capacity() * size_of::<Sym>()
            + self.nested.tag.capacity()
            + self.nested.bits.capacity() * size_of::<u32>();
        [self.values.bytes(), self.wide.bytes(), self.shapes.bytes(), nested + self.bytes.capacity()]
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

/// A double as JavaScript and OTLP write it: `1.5`, `3`, `-0`, `5e-324`, `1e+308`, `NaN`, `Infinity`; the fewest digits that read
/// back as the same number.
pub fn double_text(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if number == 0.0 || (1e-6..1e21).contains(&number.abs()) {
        number.to_string()
    } else {
        let text = format!("{number:e}");
        if number.abs() >= 1.0 { text.replace('e', "e+") } else { text }
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
        let range = pool.since(mark);
        let texts: Vec<String> = pool.iter(&strings, range).map(|(_, value)| value.to_text().into_owned()).collect();
        assert_eq!(texts, ["text", "true", "-9223372036854775808", "NaN", "dead", r#"{"a":[1,"x\"y"],"b":null}"#, ""]);
    }

    #[test]
    fn doubles_are_written_in_few_digits_and_read_back_as_the_same() {
        let texts = [
            (5e-324, "5e-324"),
            (1e308, "1e+308"),
            (-1.5e-7, "-1.5e-7"),
            (1e-6, "0.000001"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-0.0, "-0"),
            (0.0, "0"),
            (0.1, "0.1"),
            (f64::MAX, "1.7976931348623157e+308"),
        ];
        for (number, text) in texts {
            assert_eq!(double_text(number), text);
            assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(number.to_bits()), "{text}");
        }
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
        let range = pool.since(mark);
        let texts: Vec<String> = pool.iter(&strings, range).map(|(_, value)| value.to_text().into_owned()).collect();
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
