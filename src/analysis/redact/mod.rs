//! Redaction: what is to be seen by strangers is written without what they are not to see. Rules go by the key of an attribute, by the look
//! of a text, and by what the reader names ([`Rules`]); a value that was taken out in one place is gone in every other.
//!
//! ```text
//! http.request.header.authorization = "Bearer abc…"       [authorization 1]
//! exception.message = "abc… was refused for 10.0.0.17"    [authorization 1] was refused for [ip 1]
//! db.query.text = "SELECT a FROM t WHERE mail = 'a@b.de'" SELECT a FROM t WHERE mail = ?
//! ```
//!
//! Equal values get equal names, so what was one host stays one host. Two passes over what is written: the first learns the values, the
//! second replaces them. Each text is read as it is and with its escapes read ([`layers`]); what is found is taken out of the text as it is.
//! Not here: the writing ([`super::export`]), and masking secrets that a finding quotes (`findings::secrets`).

mod addresses;
mod banished;
mod forms;
mod hidden;
mod layers;
mod numbers;
mod own;
mod pairs;
mod prefixes;
mod rules;
mod statement;
mod told;
mod tokens;

use core::ops::Range;
use std::borrow::Cow;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use self::banished::{AllBanished, Banished, How, is_telling};
use self::hidden::{cookies, is_nothing, ours, token};
use self::layers::{Layer, layers};
pub use self::rules::{Rule, Rules};
pub use self::told::{Redaction, Taken};
use super::export::{At, Owner, Pass, Passed, Text};
use crate::base::sort;
use crate::model::Value;

/// A part of a text that is taken out.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Piece {
    place: Range<usize>,
    rule: Rule,
    /// Its value's number among those of the rule; without one a `?` stands there.
    number: Option<u32>,
}

impl Piece {
    fn words(&self) -> Cow<'static, str> {
        match self.number {
            Some(number) => Cow::Owned(format!("[{} {number}]", self.rule.word())),
            None => Cow::Borrowed("?"),
        }
    }
}

/// What has been found in a text, by where the text stands in memory: a trace has each distinct text once.
type Known = FxHashMap<(usize, usize, Kind), Rc<[Piece]>>;

/// As what a text is read.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    Plain,
    /// Of a database.
    Statement,
    /// Of an attribute.
    Key,
}

/// Takes out what the rules say of all that goes through it.
pub struct Redactor<'r> {
    rules: &'r Rules,
    all: AllBanished,
    /// The first pass: values are learnt, nothing is replaced yet.
    learns: bool,
    of_key: FxHashMap<String, Option<Rule>>,
    known: Known,
    told: told::Counts,
}

impl<'r> Redactor<'r> {
    /// `walk` lets everything that is to be written go through the pass that it is given, texts beside the trace with [`Self::loose`].
    pub fn learn(rules: &'r Rules, walk: impl FnOnce(&mut Self)) -> Self {
        let (of_key, known, told) = Default::default();
        let mut redactor = Redactor { rules, all: AllBanished::default(), learns: true, of_key, known, told };
        for text in own::plain(&rules.texts) {
            redactor.all.add(Rule::Own, text, How::Anywhere);
        }
        walk(&mut redactor);
        redactor.learns = false;
        redactor.known.clear();
        redactor
    }

    /// A text that is no part of the trace, such as a note about it or a finding.
    pub fn loose(&mut self, text: &str, what: &'static str) -> String {
        let pieces = self.pieces_of(text, Kind::Plain);
        if !self.learns {
            self.told.add(what, text, &pieces);
        }
        replaced(text, &pieces)
    }

    /// What was taken out so far.
    pub fn finish(self) -> Redaction {
        self.told.finish(&self.all)
    }

    fn rule_of(&mut self, at: At<'_>) -> Option<Rule> {
        let Redactor { of_key, rules, .. } = self;
        let mut of = |key: &str| match of_key.get(key) {
            Some(known) => *known,
            None => *of_key.entry(key.to_owned()).or_insert(rules.of_key(key)),
        };
        let is_nested = at.key != at.attribute;
        let within = |of: &mut dyn FnMut(&str) -> Option<Rule>| {
            of(at.key).or_else(|| of(&format!("{}.{}", at.attribute, at.key)))
        };
        of(at.attribute).or_else(|| if is_nested { within(&mut of) } else { None })
    }

    /// All of a value that stands under a key of secrets.
    fn whole(&mut self, rule: Rule, text: &str) -> Vec<Piece> {
        let is_hidden = match rule {
            Rule::Own => text.is_empty(),
            Rule::Authorization => is_nothing(text) || is_nothing(token(text)),
            Rule::Cookie => cookies(text).all(is_nothing),
            _ => is_nothing(text),
        };
        if is_hidden {
            return Vec::new();
        }
        let banished = self.banish(rule, text);
        // A parameter of a statement is written as its literals are.
        let number = if rule == Rule::Literal { None } else { self.number(banished) };
        vec![Piece { place: 0..text.len(), rule: banished.rule, number }]
    }

    /// A value, and what of it tells as much as the whole, are to be gone everywhere.
    fn banish(&mut self, rule: Rule, value: &str) -> Banished {
        let banished = self.all.add(rule, value, How::of(rule, value));
        if self.learns {
            let parts: Vec<&str> = match rule {
                Rule::Authorization | Rule::Token => parts_of_token(value),
                Rule::Cookie => cookies(value).filter(|value| !is_nothing(value)).collect(),
                _ => vec![value.trim()],
            };
            for part in parts {
                self.all.add_part(banished, part, How::of(rule, part));
            }
        }
        banished
    }

    /// The number of a value, which is settled once all texts are known.
    fn number(&mut self, banished: Banished) -> Option<u32> {
        if self.learns { None } else { Some(self.all.number(banished)) }
    }

    fn piece(&mut self, place: Range<usize>, banished: Banished) -> Piece {
        Piece { place, rule: banished.rule, number: self.number(banished) }
    }

    fn pieces_of(&mut self, text: &str, kind: Kind) -> Vec<Piece> {
        let layers = layers(text);
        let mut pieces = Vec::new();
        for Found { place, rule, values } in found_in(&layers, self.rules) {
            let mut values = values.into_iter();
            let Some(first) = values.next() else { continue };
            let banished = self.banish(rule, first);
            if self.learns {
                values.for_each(|value| self.all.add_part(banished, value, How::of(rule, value)));
            }
            pieces.push(self.piece(place, banished));
        }
        if kind == Kind::Statement && self.rules.is_on(Rule::Literal) {
            for literal in statement::literals(text) {
                let value = text.get(literal.text).unwrap_or_default();
                if self.learns && is_telling(value) {
                    self.banish(Rule::Literal, value);
                }
                pieces.push(Piece { place: literal.place, rule: Rule::Literal, number: None });
            }
        }
        if self.learns {
            self.reserve(text);
        } else {
            for layer in &layers {
                let mut copies = Vec::new();
                self.all.places(&layer.text, kind == Kind::Key, &mut copies);
                self.all.cut_places(&layer.text, &mut copies);
                pieces.extend(copies.into_iter().map(|(place, banished)| self.piece(layer.origin(place), banished)));
            }
        }
        merged(pieces)
    }

    /// Names that an earlier redaction has given, and whatever looks like one, are not given again.
    fn reserve(&mut self, text: &str) {
        /// Bytes of the longest name.
        const LONGEST: usize = 32;
        let bytes = text.as_bytes();
        for at in memchr::memchr_iter(b'[', bytes) {
            let end = bytes.get(at..).and_then(|rest| rest.iter().take(LONGEST).position(|byte| *byte == b']'));
            if let Some((rule, number)) = end.and_then(|end| ours(text.get(at..=at + end)?)) {
                self.all.reserve(rule, number);
            }
        }
    }

    /// The same, each text of the trace looked at once a pass.
    fn pieces_known(&mut self, text: &str, kind: Kind) -> Rc<[Piece]> {
        let place = (text.as_ptr().addr(), text.len(), kind);
        if let Some(known) = self.known.get(&place) {
            return known.clone();
        }
        let pieces: Rc<[Piece]> = self.pieces_of(text, kind).into();
        self.known.insert(place, pieces.clone());
        pieces
    }

    fn passed<'t>(&mut self, place: &str, text: Cow<'t, str>, pieces: &[Piece]) -> Option<Cow<'t, str>> {
        if self.learns || pieces.is_empty() {
            return None;
        }
        self.told.add(place, &text, pieces);
        Some(Cow::Owned(replaced(&text, pieces)))
    }

    fn string<'t>(&mut self, at: At<'_>, text: &'t str) -> Option<Cow<'t, str>> {
        let kind = if rules::is_statement_key(at.attribute) { Kind::Statement } else { Kind::Plain };
        let rule = self.rule_of(at).filter(|rule| *rule == Rule::Own || !rules::is_directory(at.key, text));
        let by_key = rule.map(|rule| self.whole(rule, text)).filter(|pieces| !pieces.is_empty());
        if self.learns {
            // What is in a value that goes as a whole may be elsewhere too.
            self.pieces_known(text, kind);
        }
        let pieces: Rc<[Piece]> = match by_key {
            Some(pieces) => pieces.into(),
            None => self.pieces_known(text, kind),
        };
        self.passed(at.attribute, Cow::Borrowed(text), &pieces)
    }

    /// Numbers by their key or as copies of what was taken out; flags under a key that the reader named.
    fn scalar<'t>(&mut self, at: At<'_>, value: Value<'t>) -> Option<Cow<'t, str>> {
        let text = value.to_text().into_owned();
        let digits = text.strip_suffix(".0").unwrap_or(&text);
        let is_flag = matches!(value, Value::Bool(_));
        let pieces = match self.rule_of(at) {
            Some(Rule::Own) if is_flag => {
                let banished = self.all.add(Rule::Own, &text, How::Nowhere);
                vec![self.piece(0..text.len(), banished)]
            }
            Some(rule) if !is_flag => self.whole(rule, digits),
            _ if is_flag => Vec::new(),
            _ => self.pieces_of(digits, Kind::Plain),
        };
        // A part of a number is none of what its digits look like.
        let whole = pieces.first().filter(|first| first.place == (0..digits.len()));
        let all = whole.map(|first| Piece { place: 0..text.len(), ..first.clone() });
        self.passed(at.attribute, Cow::Owned(text), all.as_slice())
    }

    /// Bytes that hold a text are searched as one; what is found takes all of them out.
    fn bytes<'t>(&mut self, at: At<'_>, bytes: &'t [u8]) -> Option<Cow<'t, str>> {
        let text = String::from_utf8_lossy(bytes);
        let pieces = match self.rule_of(at) {
            Some(rule) => self.whole(rule, &text),
            None => self.pieces_of(&text, Kind::Plain),
        };
        let all = pieces.first().map(|first| Piece { place: 0..text.len(), ..first.clone() });
        self.passed(at.attribute, Cow::Owned(text.into_owned()), all.as_slice())
    }

    /// A map under a key of secrets goes as a whole, however deep the secret lies in it.
    fn map<'t>(&mut self, at: At<'_>, value: Value<'t>) -> Option<Cow<'t, str>> {
        let rule = self.rule_of(at)?;
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            match value {
                Value::Array(list) | Value::Kvlist(list) => open.extend(list.iter().map(|(_, item)| item)),
                Value::Str(text) => drop(self.whole(rule, text)),
                _ => {}
            }
        }
        let text = value.to_text();
        let pieces = self.whole(rule, &text);
        self.passed(at.attribute, Cow::Owned(text.into_owned()), &pieces)
    }
}

impl Pass for Redactor<'_> {
    fn text<'t>(&mut self, which: Text, text: &'t str) -> Cow<'t, str> {
        let pieces = self.pieces_known(text, Kind::Plain);
        self.passed(words_of(which), Cow::Borrowed(text), &pieces).unwrap_or(Cow::Borrowed(text))
    }

    fn key<'t>(&mut self, _owner: Owner, key: &'t str) -> Cow<'t, str> {
        let pieces = self.pieces_known(key, Kind::Key);
        self.passed("keys", Cow::Borrowed(key), &pieces).unwrap_or(Cow::Borrowed(key))
    }

    fn value<'t>(&mut self, at: At<'_>, value: Value<'t>) -> Passed<'t> {
        let passed = match value {
            Value::Str(text) => self.string(at, text),
            Value::Bytes(bytes) => self.bytes(at, bytes),
            Value::Int(_) | Value::Double(_) | Value::Bool(_) => self.scalar(at, value),
            Value::Kvlist(_) => self.map(at, value),
            Value::Empty | Value::Array(_) => None,
        };
        passed.map_or(Passed::Kept, Passed::Text)
    }
}

/// A part of a text that a rule finds.
struct Found<'t> {
    place: Range<usize>,
    rule: Rule,
    /// What it is: first as the most levels of escapes were read, then as it was found in other layers.
    values: Vec<&'t str>,
}

/// What the rules find in the layers of a text. Places of one rule that overlap are one value, written in several ways.
fn found_in<'t>(layers: &'t [Layer<'_>], rules: &Rules) -> Vec<Found<'t>> {
    let mut all: Vec<(Range<usize>, Rule, usize, &str)> = Vec::new();
    for (depth, layer) in layers.iter().enumerate() {
        let mut found = Vec::new();
        forms::places(&layer.text, rules, &mut found);
        pairs::places(&layer.text, rules, &mut found);
        own::places(&layer.text, &rules.texts, &mut found);
        for (place, rule) in found {
            let value = layer.text.get(place.clone()).unwrap_or_default();
            if rule == Rule::Own || !is_nothing(value) {
                all.push((layer.origin(place), rule, depth, value));
            }
        }
    }
    sort::by_key(&mut all, |(place, rule, depth, _)| {
        (*rule, place.start, core::cmp::Reverse(*depth), core::cmp::Reverse(place.end))
    });
    let mut joined: Vec<(Found<'t>, usize)> = Vec::new();
    for (place, rule, depth, value) in all {
        match joined.last_mut() {
            Some((last, deepest)) if last.rule == rule && place.start < last.place.end => {
                last.place.end = last.place.end.max(place.end);
                last.values.push(value);
                if depth > *deepest {
                    *deepest = depth;
                    last.values.rotate_right(1);
                }
            }
            _ => joined.push((Found { place, rule, values: vec![value] }, depth)),
        }
    }
    joined.into_iter().map(|(found, _)| found).collect()
}

/// What of a token tells as much as the whole: it without its scheme, of user and password the password, of a list or an object what is in
/// it, of a JSON Web Token each long part, since a finding quotes it without the parts that it recognises.
fn parts_of_token(value: &str) -> Vec<&str> {
    const SHORTEST: usize = 8;
    const SHORTEST_OF_WEB_TOKEN: usize = 16;
    let mut parts = vec![token(value)];
    parts.extend(value.split_once(':').map(|(_, password)| password));
    if value.starts_with(['[', '{']) {
        let inside = value.split(['"', '\'', '[', ']', '{', '}', ',']).map(str::trim);
        parts.extend(inside.filter(|part| part.len() >= SHORTEST && is_telling(part)));
    }
    if value.contains("eyJ") {
        parts.extend(value.split('.').filter(|part| part.len() >= SHORTEST_OF_WEB_TOKEN && part.len() < value.len()));
    }
    parts
}

fn words_of(which: Text) -> &'static str {
    match which {
        Text::SpanName => "span names",
        Text::StatusMessage => "status messages",
        Text::TraceState | Text::LinkTraceState => "trace states",
        Text::EventName => "event names",
        Text::ScopeName | Text::ScopeVersion => "scopes",
        Text::SchemaUrl => "schema URLs",
    }
}

/// Places that overlap become one, under the name of the first.
fn merged(mut pieces: Vec<Piece>) -> Vec<Piece> {
    sort::by_key(&mut pieces, |piece| (piece.place.start, core::cmp::Reverse(piece.place.end), piece.rule));
    let mut kept: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match kept.last_mut() {
            Some(last) if piece.place.start < last.place.end => last.place.end = last.place.end.max(piece.place.end),
            _ => kept.push(piece),
        }
    }
    kept
}

fn replaced(text: &str, pieces: &[Piece]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for piece in pieces {
        out.push_str(text.get(from..piece.place.start).unwrap_or_default());
        out.push_str(&piece.words());
        from = piece.place.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

#[cfg(test)]
#[path = "redact_test.rs"]
mod tests;
