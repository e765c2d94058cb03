//! Members and fields that a decoder steps over because their format does not define them: counted by name, reported once
//! a file, so that content which is lost is named.
//!
//! ```text
//! 2 spans in this file have a member that Zipkin v2 JSON does not define and that is not read: `version`.
//! ```

use super::Format;
use crate::base::format::{capitalised, count, counted};
use crate::model::{SpanSet, WarningKind};

/// What has the member. The order is that of the warnings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Holder {
    /// Jaeger's, inside `data`.
    Trace,
    ResourceSpans,
    Resource,
    ScopeSpans,
    Scope,
    Process,
    Span,
    Status,
    Event,
    Link,
    Reference,
    Log,
    Annotation,
    Endpoint,
    Attribute,
    Tag,
    /// An `AnyValue`.
    Value,
}

const HOLDERS: [Holder; 17] = [
    Holder::Trace,
    Holder::ResourceSpans,
    Holder::Resource,
    Holder::ScopeSpans,
    Holder::Scope,
    Holder::Process,
    Holder::Span,
    Holder::Status,
    Holder::Event,
    Holder::Link,
    Holder::Reference,
    Holder::Log,
    Holder::Annotation,
    Holder::Endpoint,
    Holder::Attribute,
    Holder::Tag,
    Holder::Value,
];

impl Holder {
    /// One, and several.
    fn words(self) -> [&'static str; 2] {
        match self {
            Holder::Trace => ["trace", "traces"],
            Holder::ResourceSpans => ["group of a resource's spans", "groups of a resource's spans"],
            Holder::Resource => ["resource", "resources"],
            Holder::ScopeSpans => ["group of a scope's spans", "groups of a scope's spans"],
            Holder::Scope => ["scope", "scopes"],
            Holder::Process => ["process", "processes"],
            Holder::Span => ["span", "spans"],
            Holder::Status => ["status", "statuses"],
            Holder::Event => ["event", "events"],
            Holder::Link => ["link", "links"],
            Holder::Reference => ["reference", "references"],
            Holder::Log => ["log", "logs"],
            Holder::Annotation => ["annotation", "annotations"],
            Holder::Endpoint => ["endpoint", "endpoints"],
            Holder::Attribute => ["attribute", "attributes"],
            Holder::Tag => ["tag", "tags"],
            Holder::Value => ["attribute value", "attribute values"],
        }
    }
}

/// Names kept of one kind of holder; what is called otherwise is counted together.
const MOST_NAMES: usize = 24;
/// Characters kept of a name.
const MAX_NAME: usize = 64;

#[derive(Clone, PartialEq, Eq, Debug)]
enum Name {
    Member(Box<str>),
    /// A field number of protobuf.
    Field(u32),
    /// All that came after [`MOST_NAMES`].
    Other,
}

#[derive(Debug)]
struct Line {
    holder: Holder,
    name: Name,
    count: u64,
}

/// How often each unknown member was met. Empty it holds no memory; a name that is known costs none.
#[derive(Default, Debug)]
pub(crate) struct Skipped {
    lines: Vec<Line>,
    /// The line after the last one counted: objects of one kind have the same members in the same order.
    next: usize,
}

impl Skipped {
    /// Counts a member called `name`.
    pub fn member(&mut self, holder: Holder, name: &str) {
        let name = match name.char_indices().nth(MAX_NAME) {
            Some((end, _)) => name.get(..end).unwrap_or_default(),
            None => name,
        };
        let is_same = |known: &Name| matches!(known, Name::Member(known) if **known == *name);
        self.add(holder, 1, is_same, || Name::Member(name.into()));
    }

    /// Counts a field of protobuf.
    pub fn field(&mut self, holder: Holder, number: u32) {
        self.add(holder, 1, |known| *known == Name::Field(number), || Name::Field(number));
    }

    /// Takes over what was counted apart.
    pub fn merge(&mut self, other: Skipped) {
        for Line { holder, name, count } in other.lines {
            self.add(holder, count, |known| *known == name, || name.clone());
        }
    }

    fn add(&mut self, holder: Holder, count: u64, is_same: impl Fn(&Name) -> bool, name: impl FnOnce() -> Name) {
        let fits = |line: &Line| line.holder == holder && is_same(&line.name);
        let place = match self.lines.get(self.next) {
            Some(line) if fits(line) => Some(self.next),
            _ => self.lines.iter().position(fits),
        };
        let place = place.unwrap_or_else(|| {
            let of_holder = || self.lines.iter().filter(|line| line.holder == holder);
            if of_holder().count() < MOST_NAMES {
                self.lines.push(Line { holder, name: name(), count: 0 });
                return self.lines.len() - 1;
            }
            self.lines.iter().position(|line| line.holder == holder && line.name == Name::Other).unwrap_or_else(|| {
                self.lines.push(Line { holder, name: Name::Other, count: 0 });
                self.lines.len() - 1
            })
        });
        if let Some(line) = self.lines.get_mut(place) {
            line.count = line.count.saturating_add(count);
        }
        self.next = (place + 1) % self.lines.len().max(1);
    }

    /// Adds a warning for each kind of holder to `set`, and forgets them.
    pub fn report(&mut self, set: &mut SpanSet, format: Format) {
        for holder in HOLDERS {
            let lines: Vec<&Line> = self.lines.iter().filter(|line| line.holder == holder).collect();
            if !lines.is_empty() {
                set.defect_of_file(WarningKind::SkippedContent, sentence(holder, &lines, format));
            }
        }
        *self = Skipped::default();
    }
}

/// The most frequent name first; of equal counts the one met first.
fn sentence(holder: Holder, lines: &[&Line], format: Format) -> String {
    let mut lines = lines.to_vec();
    lines.sort_by_key(|line| (line.name == Name::Other, core::cmp::Reverse(line.count)));
    let [one, many] = holder.words();
    let family = family(format);
    let is_field = lines.first().is_some_and(|line| matches!(line.name, Name::Field(_)));
    let member = if is_field { "field" } else { "member" };
    let (have, names) = match lines.as_slice() {
        [Line { name, count: 1, .. }] => (format!("1 {one} in this file has a {member}"), in_words(name)),
        [Line { name, count, .. }] => {
            (format!("{} in this file have a {member}", counted(*count, one, many)), in_words(name))
        }
        _ => (format!("{} in this file have {member}s", capitalised(many)), with_counts(&lines, one, many)),
    };
    match (holder, lines.len()) {
        (Holder::Value, 1) => {
            let count = lines.first().map_or(0, |line| line.count);
            let are = if count == 1 { "is" } else { "are" };
            format!("{} in this file {are} in a form that is not {family}: {names}.", counted(count, one, many))
        }
        (Holder::Value, _) => {
            format!("{} in this file are in forms that are not {family}: {names}.", capitalised(many))
        }
        // Jaeger does define a trace's warnings.
        (Holder::Trace, 1) => format!("{have} that is not read: {names}."),
        (Holder::Trace, _) => format!("{have} that are not read: {names}."),
        (_, 1) => format!("{have} that {family} does not define and that is not read: {names}."),
        _ => format!("{have} that {family} does not define and that are not read: {names}."),
    }
}

/// `version` (2 spans), `kind2` (1)
fn with_counts(lines: &[&Line], one: &str, many: &str) -> String {
    let parts = lines.iter().enumerate().map(|(nth, line)| {
        let times = if nth == 0 { counted(line.count, one, many) } else { count(line.count) };
        format!("{} ({times})", in_words(&line.name))
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn in_words(name: &Name) -> String {
    match name {
        Name::Member(name) => format!("`{name}`"),
        Name::Field(number) => format!("field {number}"),
        Name::Other => "other names".to_owned(),
    }
}

fn family(format: Format) -> &'static str {
    match format {
        Format::JaegerJson | Format::ZipkinJson => format.name(),
        _ => "OTLP",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(skipped: &mut Skipped, format: Format) -> Vec<String> {
        let mut set = SpanSet::new();
        skipped.report(&mut set, format);
        assert!(set.defects.iter().all(|defect| defect.kind == WarningKind::SkippedContent && defect.row.is_none()));
        set.defects.into_iter().map(|defect| defect.message).collect()
    }

    #[test]
    fn nothing_skipped_is_no_warning() {
        assert!(messages(&mut Skipped::default(), Format::OtlpJson).is_empty());
    }

    #[test]
    fn names_are_counted_by_what_has_them() {
        let mut skipped = Skipped::default();
        for _ in 0..2 {
            skipped.member(Holder::Span, "version");
            skipped.member(Holder::Value, "Other");
            skipped.member(Holder::Span, "timestampMillis");
        }
        skipped.member(Holder::Span, "timestampMillis");
        skipped.member(Holder::Endpoint, "version");
        assert_eq!(
            messages(&mut skipped, Format::ZipkinJson),
            [
                "Spans in this file have members that Zipkin v2 JSON does not define and that are not read: \
                 `timestampMillis` (3 spans), `version` (2).",
                "1 endpoint in this file has a member that Zipkin v2 JSON does not define and that is not read: \
                 `version`.",
                "2 attribute values in this file are in a form that is not Zipkin v2 JSON: `Other`.",
            ]
        );
        assert!(messages(&mut skipped, Format::ZipkinJson).is_empty(), "reported once");
    }

    #[test]
    fn fields_of_protobuf_have_numbers() {
        let (mut skipped, mut apart) = (Skipped::default(), Skipped::default());
        apart.field(Holder::Span, 42);
        skipped.field(Holder::Span, 42);
        skipped.field(Holder::Resource, 7);
        skipped.merge(apart);
        assert_eq!(
            messages(&mut skipped, Format::OtlpProtobuf),
            [
                "1 resource in this file has a field that OTLP does not define and that is not read: field 7.",
                "2 spans in this file have a field that OTLP does not define and that is not read: field 42.",
            ]
        );
    }

    #[test]
    fn ten_thousand_names_stay_bounded_and_counted() {
        let mut skipped = Skipped::default();
        for nth in 0..10_000 {
            skipped.member(Holder::Span, &format!("x{nth}{}", "é".repeat(100)));
            skipped.member(Holder::Event, "late");
        }
        assert_eq!(skipped.lines.len(), MOST_NAMES + 2);
        let found = messages(&mut skipped, Format::OtlpJson);
        assert!(found[0].ends_with(", other names (9,976)."), "{}", found[0]);
        assert!(found[0].len() < MOST_NAMES * (2 * MAX_NAME + 10) + 200);
        assert!(found[1].starts_with("10,000 events in this file have a member"), "{}", found[1]);
    }

    #[test]
    fn the_first_name_of_a_holder_is_kept_however_many_another_has() {
        let mut skipped = Skipped::default();
        (0..500).for_each(|nth| skipped.member(Holder::Span, &nth.to_string()));
        skipped.member(Holder::Value, "Value");
        let found = messages(&mut skipped, Format::OtlpJson);
        assert_eq!(found[1], "1 attribute value in this file is in a form that is not OTLP: `Value`.");
    }
}

#[cfg(test)]
#[path = "skipped_test.rs"]
mod in_files;
