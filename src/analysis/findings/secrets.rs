//! `secret_in_attribute`: what no trace should hold, told by its key or by what it looks like, and never shown. The looks are in
//! `secret_forms`.

use core::cmp::Reverse;
use core::ops::Range;

use rustc_hash::FxHashMap;

use super::secret_forms::{Form, jwt_like_end, next_secret, password_in};
use super::secret_keys::{KeyWord, key_word};
use super::{Confidence, Finding, FindingKind, Ground, Severity, naming, quote};
use crate::analysis::attribute_places::{Owner, places};
use crate::base::{Sym, format, sort};
use crate::model::{AttrRange, SpanIdx, Trace, Value};

/// More places are counted, not listed.
const MOST_LISTED: usize = 20;
/// Of shorter secrets two characters are too much.
const SHORTEST_SHOWN: usize = 8;
/// No secret is shorter than its form's mark.
const SHORTEST_FORM: usize = 12;

/// The first two characters of a secret, all that is shown of it.
type Begins = [char; 2];
/// What stands under a key, and the spans of which that is so.
type Place = (Under, Vec<(SpanIdx, Begins)>);
type Places = FxHashMap<Under, Vec<(SpanIdx, Begins)>>;
/// The key, what it is, and in words whose attribute.
type Under = (String, What, &'static str);
/// Where a text of the trace stands, and its length.
type TextAt = (usize, usize);

pub fn find(ground: &mut Ground<'_>, found: &mut Vec<Finding>) {
    let trace = ground.trace;
    let mut looks = Looks::new(trace);
    // Scopes and resources, which many spans share.
    let mut of_shared: FxHashMap<Owner, Vec<Hit>> = FxHashMap::default();
    let mut held = Places::default();
    let mut hits = Vec::new();
    for span in trace.spans() {
        for (owner, range) in places(trace, span) {
            match owner {
                Owner::Span | Owner::Event | Owner::Link => looks.at(owner, range, &mut hits),
                Owner::Scope(_) | Owner::Resource(_) => {
                    hits.extend_from_slice(of_shared.entry(owner).or_insert_with(|| {
                        let mut of_this = Vec::new();
                        looks.at(owner, range, &mut of_this);
                        of_this
                    }));
                }
            }
        }
        for hit in hits.drain(..) {
            held.entry((hit.key, hit.what, hit.whose)).or_default().push((span, hit.begins));
        }
    }
    found.extend(told(ground, held));
}

/// What it is: by its look, else by its key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
enum What {
    Looks(Form),
    Key(KeyWord),
}

impl What {
    fn words(self) -> &'static str {
        match self {
            What::Looks(Form::PrivateKey) => "A private key",
            What::Looks(Form::Token) | What::Key(KeyWord::Token) => "A token",
            What::Looks(Form::Credentials) | What::Key(KeyWord::Credentials) => "Credentials",
            What::Looks(Form::AwsKey) => "An AWS access key id",
            What::Looks(Form::UrlPassword) => "A URL with a password",
            What::Looks(Form::Card) => "A payment card's number",
            What::Key(KeyWord::Cookie) => "A cookie",
            What::Key(KeyWord::Password) => "A password",
            What::Key(KeyWord::Secret) => "A secret",
            What::Key(KeyWord::ApiKey) => "An API key",
        }
    }
}

#[derive(Clone)]
struct Hit {
    key: String,
    what: What,
    whose: &'static str,
    begins: Begins,
}

/// Stands before a key.
fn whose(owner: Owner) -> &'static str {
    match owner {
        Owner::Span => "",
        Owner::Scope(_) => "the scope's ",
        Owner::Resource(_) => "the resource's ",
        Owner::Event => "an event's ",
        Owner::Link => "a link's ",
    }
}

/// Verdicts by where a text stands: the trace has each distinct one once, and within lists no symbol tells which it is.
struct Looks<'t> {
    trace: &'t Trace,
    of_text: FxHashMap<TextAt, Option<(Form, Begins)>>,
    hidden: FxHashMap<(TextAt, KeyWord), bool>,
    of_key: FxHashMap<Sym, Option<KeyWord>>,
}

impl<'t> Looks<'t> {
    fn new(trace: &'t Trace) -> Self {
        let (of_text, hidden, of_key) = Default::default();
        Looks { trace, of_text, hidden, of_key }
    }

    fn at(&mut self, owner: Owner, range: AttrRange, hits: &mut Vec<Hit>) {
        let from = hits.len();
        let set = &self.trace.set;
        for (key, held) in set.attrs.scan(&set.strings, range) {
            let name = set.strings.get(key);
            let word = *self.of_key.entry(key).or_insert_with(|| key_word(name));
            match held.value(&set.strings) {
                Value::Str(text) => hits.extend(self.text(name, word, text)),
                Value::Int(number) => hits.extend(self.number(name, number)),
                list @ (Value::Array(_) | Value::Kvlist(_)) => self.nested(name, word, list, hits),
                Value::Empty | Value::Bool(_) | Value::Double(_) | Value::Bytes(_) => {}
            }
        }
        for hit in hits.iter_mut().skip(from) {
            hit.whose = whose(owner);
        }
    }

    fn text(&mut self, key: &str, word: Option<KeyWord>, text: &'t str) -> Option<Hit> {
        let place = (text.as_ptr().addr(), text.len());
        let by_look = *self.of_text.entry(place).or_insert_with(|| looks_of(text));
        let (what, begins) = match (by_look.filter(|(form, _)| *form != Form::Card || !is_id(key)), word) {
            (Some((form, begins)), _) => (What::Looks(form), begins),
            (None, Some(word)) => {
                let is_hidden = *self.hidden.entry((place, word)).or_insert_with(|| word.is_hidden(text));
                (!is_hidden).then(|| (What::Key(word), begins_of(text)))?
            }
            (None, None) => return None,
        };
        Some(Hit { key: key.to_owned(), what, whose: "", begins })
    }

    fn number(&mut self, key: &str, number: i64) -> Option<Hit> {
        const LEAST_OF_13_DIGITS: i64 = 1_000_000_000_000;
        if number < LEAST_OF_13_DIGITS || is_id(key) {
            return None;
        }
        let digits = number.to_string();
        let (form, begins) = looks_of(&digits)?;
        Some(Hit { key: key.to_owned(), what: What::Looks(form), whose: "", begins })
    }

    /// Lists, as the values of headers are, and maps.
    fn nested(&mut self, key: &str, word: Option<KeyWord>, value: Value<'t>, hits: &mut Vec<Hit>) {
        let mut open = vec![(key.to_owned(), word, value)];
        while let Some((key, word, value)) = open.pop() {
            match value {
                Value::Str(text) => hits.extend(self.text(&key, word, text)),
                Value::Int(number) => hits.extend(self.number(&key, number)),
                Value::Array(list) => open.extend(list.iter().map(|(_, item)| (key.clone(), word, item))),
                Value::Kvlist(list) => {
                    open.extend(
                        list.iter().map(|(inner, item)| (format!("{key}.{inner}"), key_word(inner).or(word), item)),
                    );
                }
                Value::Empty | Value::Bool(_) | Value::Double(_) | Value::Bytes(_) => {}
            }
        }
    }
}

/// Ids are as long as card numbers, and one in ten is right by Luhn.
fn is_id(key: &str) -> bool {
    let bytes = key.as_bytes();
    let (stem, last) = bytes.split_at(bytes.len().saturating_sub(2));
    last.eq_ignore_ascii_case(b"id")
        && (last == b"Id" || last == b"ID" || !stem.last().is_some_and(u8::is_ascii_alphanumeric))
}

fn looks_of(text: &str) -> Option<(Form, Begins)> {
    let (form, place) = Some(text).filter(|text| text.len() >= SHORTEST_FORM).and_then(|text| next_secret(text, 0))?;
    Some((form, begins_of(text.get(place)?)))
}

/// The first two characters; of what is short nothing.
fn begins_of(secret: &str) -> Begins {
    let mut chars = secret.trim().chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if chars.nth(SHORTEST_SHOWN - 3).is_some() => [first, second],
        _ => ['…', '…'],
    }
}

/// A text with what looks like a secret cut to its first two characters. To be shown, it is cut and cleaned in `quote`.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (place, begins) in secrets_in(text) {
        out.push_str(text.get(from..place.start).unwrap_or_default());
        out.push_str(begins);
        out.push('…');
        from = place.end;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

/// Where secrets stand, those included that were cut before their end, and what may be shown of each.
fn secrets_in(text: &str) -> Vec<(Range<usize>, &str)> {
    let whole = core::iter::successors(next_secret(text, 0), |(_, place)| next_secret(text, place.end));
    let mut places: Vec<Range<usize>> = whole.map(|(form, place)| password_in(text, form, place)).collect();
    let tokens = memchr::memmem::find_iter(text.as_bytes(), b"eyJ");
    places.extend(tokens.filter_map(|at| Some(at..jwt_like_end(text, at)?)));
    sort::by_key(&mut places, |place| (place.start, place.end));
    let mut reached = 0;
    places.retain(|place| {
        let is_behind = place.start >= reached;
        reached = reached.max(place.end);
        is_behind
    });
    // Of a password even two characters would be much; every other form begins with its mark.
    let shown = |place: &Range<usize>| {
        let secret = text.get(place.clone()).unwrap_or_default();
        if text.get(..place.start).is_some_and(|before| before.ends_with(':')) {
            ""
        } else {
            secret.get(..2).unwrap_or_default()
        }
    };
    places.into_iter().map(|place| (place.clone(), shown(&place))).collect()
}

/// One finding for all of them, the most frequent place first.
fn told(ground: &Ground<'_>, held: Places) -> Option<Finding> {
    let trace = ground.trace;
    let in_time = |span: SpanIdx| (trace.start_ns(span), trace.span_id(span), span);
    let mut held: Vec<_> = held.into_iter().collect();
    for (_, spans) in &mut held {
        sort::by_key(spans, |(span, begins)| (in_time(*span), *begins));
        spans.dedup_by_key(|(span, _)| *span);
    }
    sort::by(&mut held, |(a, spans_a), (b, spans_b)| (Reverse(spans_a.len()), a).cmp(&(Reverse(spans_b.len()), b)));
    let mut spans: Vec<SpanIdx> = held.iter().flat_map(|(_, spans)| spans).map(|(span, _)| *span).collect();
    naming::sort_by_start(trace, &mut spans);
    spans.dedup();
    let sentence = |((key, what, whose), spans): &Place| {
        let [first, second] = spans.first().map(|(_, begins)| *begins).unwrap_or(['…', '…']);
        let begins = if first == '…' { "…".to_owned() } else { format!("{first}{second}…") };
        let count = format::counted(spans.len() as u64, "span", "spans");
        format!("{} in {whose}{} of {count} (“{begins}”)", what.words(), quote::plain(key))
    };
    let mut title = sentence(held.first()?);
    if held.len() > 1 {
        title.push_str(&format!(", and {}", format::counted(held.len() as u64 - 1, "other", "others")));
    }
    let mut finding = ground.finding(FindingKind::SecretInAttribute, spans, title);
    finding.severity = Severity::Warning;
    finding.confidence = Confidence::Medium;
    (finding.cost_ns, finding.total_ns) = (0, 0);
    finding.evidence = held.iter().take(MOST_LISTED).map(|place| format!("{}.", sentence(place))).collect();
    if held.len() > MOST_LISTED {
        finding.evidence.push(format!("And {} more.", format::count((held.len() - MOST_LISTED) as u64)));
    }
    Some(finding)
}

#[cfg(test)]
#[path = "secrets_test.rs"]
mod tests;
