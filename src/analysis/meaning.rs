//! What a warning means to who reads the trace, and what to do about it. A warning's own message names the span and what
//! is odd about it; this says what it stands for, what was done, and where to look. Not the finding of warnings: that is
//! `model::trace`.
//!
//! Names of settings are those of OpenTelemetry's specification (SDK environment variables), the Collector and Tempo.

use std::collections::BTreeMap;

use crate::base::sort;
use crate::model::{Warning, WarningKind};

/// Whether figures are to be doubted. The order is that of the list, worst last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Good to know; every figure holds.
    Info,
    /// Something is missing or a figure may mislead.
    Warning,
}

/// A warning's kind in words.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Meaning {
    /// A heading, without a full stop: “Parent span is missing”.
    pub title: &'static str,
    /// What was seen, what was done about it, what figures it touches.
    pub meaning: &'static str,
    /// What to check, and where.
    pub advice: &'static str,
    pub severity: Severity,
}

/// Warnings of one kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WarningGroup {
    pub kind: WarningKind,
    /// Where they stand in the list they came from, ascending.
    pub warnings: Vec<u32>,
    /// How many there are, those that the list only counts included.
    pub count: u64,
}

/// Warnings by kind: those that touch figures first, then by first appearance.
pub fn grouped(warnings: &[Warning]) -> Vec<WarningGroup> {
    let mut place: BTreeMap<WarningKind, usize> = BTreeMap::new();
    let mut groups: Vec<WarningGroup> = Vec::new();
    for (at, warning) in warnings.iter().enumerate() {
        let kind = warning.kind;
        let place = *place.entry(kind).or_insert(groups.len());
        if place == groups.len() {
            groups.push(WarningGroup { kind, warnings: Vec::new(), count: 0 });
        }
        if let Some(group) = groups.get_mut(place) {
            group.warnings.push(at as u32);
            group.count = group.count.saturating_add(warning.count);
        }
    }
    sort::by_key(&mut groups, |group| core::cmp::Reverse(meaning(group.kind).severity));
    groups
}

/// What a kind of warning means.
pub fn meaning(kind: WarningKind) -> Meaning {
    use WarningKind::*;
    match kind {
        Truncated | Damaged | Partial | InvalidUtf8 | InvalidField | SkippedContent | DroppedBySdk => of_input(kind),
        MissingRoot | SeveralRoots | Orphan | Cycle => of_tree(kind),
        RepeatedSpan | DuplicateSpanId | ZeroSpanId | ZeroTraceId | UnreadableId => of_ids(kind),
        UnknownStart | UnknownEnd | EndBeforeStart | ImpossibleTime | ClockSkew => of_times(kind),
    }
}

fn info(title: &'static str, meaning: &'static str, advice: &'static str) -> Meaning {
    Meaning { title, meaning, advice, severity: Severity::Info }
}

fn warning(title: &'static str, meaning: &'static str, advice: &'static str) -> Meaning {
    Meaning { title, meaning, advice, severity: Severity::Warning }
}

/// Whether all came, and came readable.
fn of_input(kind: WarningKind) -> Meaning {
    match kind {
        WarningKind::Truncated => warning(
            "Input breaks off",
            "The file or answer stops in the middle of its data. The spans that came whole are shown; those that were to \
             follow are missing from every figure.",
            "Get the trace again. Look for a download that was interrupted, a full disk, or a time or size limit of a proxy \
             on the way.",
        ),
        WarningKind::Damaged => warning(
            "Part of the input is unreadable",
            "The input broke its format at the byte named. What stood before it is shown; what came after is missing from \
             every figure.",
            "Get the trace again, and compare its size with the source's. If the damage is at the same byte, what wrote it \
             is at fault: a file edited by hand, two processes appending to one file, a text conversion of binary data.",
        ),
        WarningKind::Partial => warning(
            "Backend sent only a part",
            "The backend answered and said that it left spans out. Counts, self times and the critical path are those of \
             the part; parents that were left out make orphans.",
            "In Tempo, compare the trace's size with max_bytes_per_trace and look for TRACE_TOO_LARGE in its logs. A trace \
             that grows without end is often a loop or a consumer that never starts a trace of its own: link such work \
             instead of nesting it.",
        ),
        WarningKind::InvalidUtf8 => info(
            "Text is not UTF-8",
            "OTLP and JSON demand UTF-8. The bytes that are not are drawn as replacement characters; nothing else is \
             changed.",
            "Check who cuts values by bytes (a length limit in the middle of a character) or writes binary data or Latin-1 \
             into a text attribute; binary data belongs into a value of type bytes.",
        ),
        WarningKind::InvalidField => warning(
            "Fields could not be read",
            "Values had another type or form than their format gives them. They are left empty or 0, or the part that holds \
             them is skipped; a figure made of such a field may be wrong.",
            "Check what wrote the file: its version, conversions between formats, scripts that edit JSON. In OTLP/JSON ids \
             are hex and 64-bit numbers may be strings.",
        ),
        WarningKind::SkippedContent => warning(
            "Content was not read",
            "The input holds members that its format does not define. What they hold is in no view, no figure and no export; \
             everything else is read as usual.",
            "Compare the names with the format's: the content is often there under another name, an older version's, or that \
             of a library's own structs. What cannot be renamed can be recorded as an attribute.",
        ),
        _ => info(
            "SDK dropped data",
            "The SDK reached a limit and left attributes, events or links out before it sent the span. What it dropped \
             cannot be shown or found; times and counts of spans hold.",
            "Raise OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT, OTEL_SPAN_EVENT_COUNT_LIMIT or OTEL_SPAN_LINK_COUNT_LIMIT (128 each \
             unless set) in that service, or record less on one span: instead of an event for each item of a batch, a count.",
        ),
    }
}

/// Whether the spans hang together.
fn of_tree(kind: WarningKind) -> Meaning {
    match kind {
        WarningKind::MissingRoot => warning(
            "Root span is missing",
            "Every span names a parent, so none is the request itself. The topmost spans are shown side by side; there is no \
             duration of a request and no critical path.",
            "Reload if the trace is fresh: a root ends last and arrives last. Else check that the service that takes the \
             first request exports its spans to the same backend and tenant, and that a gateway or browser that sends \
             traceparent is traced too.",
        ),
        WarningKind::SeveralRoots => info(
            "More than one root",
            "Work that started without a parent shares this trace id. Every root is shown and counted; the root's duration and the \
             critical path are about the longest of them.",
            "Look for background work that loses its context and keeps the trace id, or for a trace id made by hand (an \
             order number, a job id) and used for several requests. Work of its own is better a trace of its own with a \
             link.",
        ),
        WarningKind::Orphan => warning(
            "Parent span is missing",
            "The caller's span did not come with the trace. What it called is shown at the top, beside the roots, with \
             depth 1. That call is not in the service graph, and nothing below it is on the critical path.",
            "Reload if the trace is fresh. Else find out which side is missing: a caller that does not export or crashed \
             before it did, a sampler that decides per service (OTEL_TRACES_SAMPLER without parentbased_), tail sampling \
             over several Collectors without load balancing by trace id, or a proxy that writes a traceparent of its own.",
        ),
        _ => warning(
            "Parents form a circle",
            "Following the parents of these spans leads back to the same span. The circle is opened at its earliest span, \
             which is shown at the top; depth and critical path leave these spans out.",
            "Check for span ids that are not random (a generator seeded alike in forked processes) and for a converter that \
             writes a span's own id as its parent's.",
        ),
    }
}

/// Whether each span can be told from the others.
fn of_ids(kind: WarningKind) -> Meaning {
    match kind {
        WarningKind::RepeatedSpan => info(
            "Same spans came twice",
            "Copies were left out before anything was counted, so every figure counts a span once.",
            "Look for two exporters or pipelines that send the same spans, an exporter that repeats a batch after a \
             timeout, or a file that was opened together with its copy.",
        ),
        WarningKind::DuplicateSpanId => warning(
            "Different spans share an id",
            "All of them are kept and counted. A child is hung below the server's half of a Zipkin pair, else below one that \
             was running when it began, which is a guess; a link to the id opens the first.",
            "Zipkin's clients share one id between caller and server: turn that off (supportsJoin(false) in Brave, \
             shared_span_context: false in Envoy). Else check the id generator, above all in forked processes.",
        ),
        WarningKind::ZeroSpanId => warning(
            "Span id is missing",
            "OTLP holds a span without an id to be invalid. It is shown and counted, but nothing can be its child or link \
             to it, so what it called stands elsewhere.",
            "Check what made or converted the span; SDKs never leave the id out. A Collector processor or a script that \
             rewrites ids is the usual place.",
        ),
        WarningKind::UnreadableId => info(
            "Id in no known form",
            "OpenTelemetry's ids are 8 and 16 bytes. Hex, base64, UUIDs and decimal numbers are read; this text is none of \
             them, so an id is derived from it. Equal texts are equal ids: the tree and every figure are complete.",
            "Nothing is wrong with the trace itself. To find it in another backend, make its SDK or converter write hex ids.",
        ),
        _ => warning(
            "Trace id is missing",
            "Spans without one are kept together as if they were one trace. They need not belong together, so durations and \
             totals over them may mean nothing.",
            "Check what wrote the file; SDKs never leave the id out, and backends refuse such spans.",
        ),
    }
}

/// Whether the clocks can be believed.
fn of_times(kind: WarningKind) -> Meaning {
    match kind {
        WarningKind::UnknownStart => warning(
            "Start time is missing",
            "When it ran is not known. It counts as 0 long in every figure and changes neither start, end nor duration of \
             the trace; a duration that was recorded without a start is in its details.",
            "Zipkin and Jaeger allow spans without a timestamp, for instance parts that are reported late. In OTLP the field \
             must be set: check spans that are made by hand or by a converter.",
        ),
        WarningKind::UnknownEnd => warning(
            "End time is missing",
            "How long it ran is not known: it counts as 0 long at its start in every figure, and its parent's self time is \
             larger for it.",
            "The span was sent before it was ended, or its process died first: look for code that returns without ending \
             the span. If the trace is new, load it again; the end may still come.",
        ),
        WarningKind::EndBeforeStart => warning(
            "Span ends before it starts",
            "The true length is not known. Such a span counts as 0 long at its start in every figure, and its parent's self \
             time is larger for it.",
            "Either a clock was set back while it ran (let chrony slew instead of step), or a start or end that is set by \
             hand has another unit or clock.",
        ),
        WarningKind::ImpossibleTime => warning(
            "Time cannot be right",
            "No trace is of before 2000 or after 2100. Times are shown as recorded, so dates are wrong, durations may be, \
             and beside spans with right times the trace seems to last decades.",
            "Check what sets or converts the times. OTLP counts nanoseconds since 1970, Zipkin and Jaeger count \
             microseconds; a number in another unit is wrong by a thousand, a million or more.",
        ),
        _ => warning(
            "Clock skew",
            "A callee cannot start before it is called: the clock of one host is wrong by at least that much. Times of that \
             service are drawn as sent; self times and the critical path count only what lies within the caller.",
            "Check NTP on both hosts (chronyc tracking, timedatectl) and the clock of virtual machines after a pause. \
             Durations within one service hold; do not compare times across these two.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::sample::{self, Draft, trace};
    use crate::base::{SpanId, TraceId};
    use crate::model::{SpanSet, Trace};
    use std::collections::BTreeSet;
    use std::sync::Arc;

    const ALL: [WarningKind; 21] = {
        use WarningKind::*;
        [
            Truncated,
            Damaged,
            Partial,
            MissingRoot,
            SeveralRoots,
            Orphan,
            Cycle,
            RepeatedSpan,
            DuplicateSpanId,
            ZeroSpanId,
            ZeroTraceId,
            UnreadableId,
            UnknownStart,
            UnknownEnd,
            EndBeforeStart,
            ImpossibleTime,
            ClockSkew,
            InvalidUtf8,
            InvalidField,
            SkippedContent,
            DroppedBySdk,
        ]
    };

    #[test]
    fn every_kind_has_words_of_its_own() {
        let titles: BTreeSet<&str> = ALL.map(|kind| meaning(kind).title).into();
        let meanings: BTreeSet<&str> = ALL.map(|kind| meaning(kind).meaning).into();
        let advices: BTreeSet<&str> = ALL.map(|kind| meaning(kind).advice).into();
        assert_eq!([titles.len(), meanings.len(), advices.len()], [ALL.len(); 3]);
        for kind in ALL {
            let Meaning { title, meaning, advice, .. } = meaning(kind);
            assert!(title.len() <= 40 && !title.ends_with('.'), "{title}");
            for text in [meaning, advice] {
                assert!(text.ends_with('.') && !text.contains("  ") && !text.contains('\n'), "{text}");
                assert!((60..=480).contains(&text.len()), "{kind:?}: {} bytes", text.len());
            }
            assert!(!meaning.contains(title) && !advice.contains(title), "{title}");
        }
    }

    #[test]
    fn titles_are_not_what_the_messages_say_already() {
        let trace = trace(&[
            Draft::new(1, 9, 50_000_000, 90_000_000),
            Draft::new(2, 1, 0, 10).service("b"),
            Draft::new(3, 4, 0, 10),
            Draft::new(4, 3, 0, 10),
            Draft::new(5, 1, 60, 50),
        ]);
        let kinds: Vec<WarningKind> = trace.warnings.iter().map(|warning| warning.kind).collect();
        use WarningKind::*;
        assert_eq!(kinds, [MissingRoot, Orphan, Cycle, EndBeforeStart, ClockSkew]);
        for warning in &trace.warnings {
            let Meaning { title, meaning, .. } = meaning(warning.kind);
            assert!(!warning.message.contains(title), "{}", warning.message);
            assert!(!meaning.contains(warning.message.as_str()), "{}", warning.message);
        }
    }

    #[test]
    fn groups_stand_by_severity_then_first_appearance() {
        let of = |kind| Warning::of_span(kind, SpanId(1), "x");
        use WarningKind::*;
        let warnings = [
            of(SeveralRoots),
            of(ClockSkew),
            of(Orphan),
            of(ClockSkew),
            of(RepeatedSpan),
            Warning::of_more(Orphan, 1_200),
        ];
        let groups: Vec<(WarningKind, Vec<u32>, u64)> =
            grouped(&warnings).into_iter().map(|group| (group.kind, group.warnings, group.count)).collect();
        assert_eq!(
            groups,
            [
                (ClockSkew, vec![1, 3], 2),
                (Orphan, vec![2, 5], 1_201),
                (SeveralRoots, vec![0], 1),
                (RepeatedSpan, vec![4], 1)
            ]
        );
        assert_eq!(grouped(&[]), []);
    }

    #[test]
    fn a_trace_of_orphans_counts_them_all_in_one_group() {
        let drafts: Vec<Draft> = (1..=1_000).map(|id| Draft::new(id, id + 5_000, id, id + 1)).collect();
        let trace = trace(&drafts);
        let groups = grouped(&trace.warnings);
        let orphans = groups.iter().find(|group| group.kind == WarningKind::Orphan).unwrap();
        assert_eq!((orphans.warnings.len(), orphans.count), (201, 1_000));
    }

    #[test]
    fn what_was_only_counted_while_reading_is_counted_still() {
        let mut set = SpanSet::new();
        sample::add(&mut set, 7, &Draft::new(1, 0, 0, 100));
        set.close(0);
        for _ in 0..1_500 {
            set.defect(WarningKind::InvalidField, Some(0), "flags: expected a number");
        }
        let trace = Trace::build(&Arc::new(set), TraceId(7)).unwrap();
        assert_eq!(trace.warnings.last().unwrap().message, "1,300 more of this kind.");
        let groups = grouped(&trace.warnings);
        assert_eq!(groups.iter().map(|group| (group.warnings.len(), group.count)).collect::<Vec<_>>(), [(201, 1_500)]);
    }
}
