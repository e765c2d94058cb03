//! What the tests of the JSON decoders share: reading bytes however they arrive, fixtures, and damage done to them.

use std::collections::BTreeMap;
use std::io::{self, Read};

use super::{Counted, DecodeError, Decoded, Format, Input, Sink};
use crate::model::SpanSet;

pub type Decoder = fn(&mut Input<'_>, &mut Sink<'_>) -> Decoded;

/// What reading came to.
pub struct Came {
    pub set: SpanSet,
    pub skipped_logs: u64,
    pub skipped_metrics: u64,
    pub partial: Option<String>,
    pub error: Option<DecodeError>,
}

pub fn otlp(input: &mut Input<'_>, sink: &mut Sink<'_>) -> Decoded {
    super::otlp_json::decode(input, sink).1
}

/// The source gives at most `step` bytes at a time.
pub struct Drip<'a> {
    pub bytes: &'a [u8],
    pub step: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.step.min(into.len()).min(self.bytes.len());
        into[..count].copy_from_slice(&self.bytes[..count]);
        self.bytes = &self.bytes[count..];
        Ok(count)
    }
}

pub fn read_from(source: impl Read, decoder: Decoder) -> Came {
    let mut set = SpanSet::new();
    let mut no_look = |_: &SpanSet| Ok(());
    let mut sink = Sink::new(&mut set, &mut no_look);
    let mut watch = |_| {};
    let (source, taken) = Counted::new(source);
    let mut input = Input::new(Box::new(source), taken, &mut watch);
    let error = decoder(&mut input, &mut sink).err();
    let spans = input.spans;
    let Sink { skipped_logs, skipped_metrics, partial, mut skipped, .. } = sink;
    skipped.report(&mut set, Format::OtlpJson);
    set.cut_cycles(0);
    assert_eq!(spans, set.len() as u64, "progress counts the spans");
    assert!(set.resource.iter().all(|index| (index as usize) < set.resources.len()), "every row has a resource");
    assert!(set.scope.iter().all(|index| (index as usize) < set.scopes.len()), "every row has a scope");
    Came { set, skipped_logs, skipped_metrics, partial, error }
}

pub fn read(bytes: &[u8], decoder: Decoder) -> Came {
    read_from(bytes, decoder)
}

/// Reads what must be whole.
pub fn whole(bytes: &[u8], decoder: Decoder) -> SpanSet {
    let came = read(bytes, decoder);
    assert_eq!(came.error, None);
    came.set
}

fn root() -> std::path::PathBuf {
    std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo")
}

/// A fixture's bytes, unpacked; `None` when there is none of that name, packed or not.
pub fn fixture(path: &str) -> Option<Vec<u8>> {
    if let Ok(bytes) = std::fs::read(root().join(path)) {
        return Some(bytes);
    }
    let packed = std::fs::read(root().join(format!("{path}.gz"))).ok()?;
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(&packed[..]).read_to_end(&mut bytes).expect("a gzip fixture");
    Some(bytes)
}

/// `facts.json`: what is true of each trace, by its name.
pub fn facts() -> BTreeMap<String, serde_json::Value> {
    serde_json::from_slice(&fixture("facts.json").expect("facts.json")).expect("facts.json is JSON")
}

/// Every fixture trace that has a file of one of these names, with its bytes.
pub fn traces(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let found: Vec<(String, Vec<u8>)> = facts()
        .into_keys()
        .flat_map(|trace| names.iter().map(move |name| format!("traces/{trace}/{name}")))
        .filter_map(|path| Some((path.clone(), fixture(&path)?)))
        .collect();
    assert!(found.len() >= names.len(), "the fixtures are there");
    found
}

/// How often a fixture is damaged: unoptimised tests read some 20 MB a second.
fn times(bytes: &[u8]) -> usize {
    if bytes.len() > 300_000 { 8 } else { 200 }
}

/// Cut at any offset, a file gives the spans that are complete before it, and an error at its end.
pub fn survives_truncation(path: &str, bytes: &[u8], decoder: Decoder, format: Format) {
    let full = whole(bytes, decoder);
    let times = times(bytes);
    let mut before = 0;
    for time in 0..times {
        let cut = bytes.len() * time / times + time % 3;
        let came = read(&bytes[..cut], decoder);
        let spans = came.set.len();
        assert!(spans >= before && spans <= full.len(), "{path} cut at {cut}: {spans} spans after {before}");
        assert!(came.set.span_id.iter().eq(full.span_id.iter().take(spans)), "{path} cut at {cut}");
        assert!(came.set.end_unix_nano.iter().eq(full.end_unix_nano.iter().take(spans)), "{path} cut at {cut}");
        before = spans;
        let error = came.error.unwrap_or_else(|| panic!("{path} cut at {cut} gives no error"));
        assert!(error.truncated, "{path} cut at {cut}: {error:?}");
        assert_eq!((error.offset, error.format), (cut as u64, Some(format)), "{path} cut at {cut}");
    }
    assert!(before > 0 || full.len() < 3, "{path}: no cut kept a span");
}

/// With one bit flipped anywhere, reading ends, and says something true of the file's length.
pub fn survives_bit_flips(path: &str, bytes: &[u8], decoder: Decoder) {
    let full = whole(bytes, decoder).len();
    let mut seed = 0x9e37_79b9_7f4a_7c15u64 ^ bytes.len() as u64;
    for _ in 0..times(bytes) {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let (place, bit) = ((seed >> 8) as usize % bytes.len(), seed % 8);
        let mut damaged = bytes.to_vec();
        damaged[place] ^= 1 << bit;
        let came = read(&damaged, decoder);
        assert!(came.set.len() <= full, "{path} flipped at {place}.{bit}");
        if let Some(error) = came.error {
            assert!(error.offset <= bytes.len() as u64, "{path} flipped at {place}.{bit}: {error:?}");
        }
    }
}

/// One line a span, in order of ids: all that a format may carry, for comparing two readings.
pub fn lines(set: &SpanSet) -> Vec<String> {
    let mut lines: Vec<String> = (0..set.len()).map(|row| line(set, row)).collect();
    lines.sort();
    lines
}

fn line(set: &SpanSet, row: usize) -> String {
    let text = |sym| set.strings.get(sym);
    let attrs = |range| {
        let mut attrs: Vec<String> =
            set.attrs.iter(&set.strings, range).map(|(key, value)| format!("{}={:?}", text(key), value)).collect();
        attrs.sort();
        attrs.join(",")
    };
    let resource = set.resources[set.resource.at(row) as usize];
    let scope = set.scopes[set.scope.at(row) as usize];
    let events: Vec<String> = set.events[set.span_events.at(row).indexes()]
        .iter()
        .map(|event| format!("{}@{}[{}]", text(event.name), event.time_unix_nano, attrs(event.attrs)))
        .collect();
    let links: Vec<String> = set.links[set.span_links.at(row).indexes()]
        .iter()
        .map(|link| format!("{}/{}/{}[{}]", link.trace_id, link.span_id, text(link.trace_state), attrs(link.attrs)))
        .collect();
    format!(
        "{} {} < {} {:?} {:?} {:?} {:?} {:?} {}..{} [{}] events {:?} links {:?} scope {}/{}[{}] resource [{}] dropped {:?}",
        set.span_id[row],
        set.trace_ids[set.trace.at(row) as usize],
        set.parent_id[row],
        text(set.name[row]),
        set.kind[row],
        set.status[row],
        text(set.status_message.at(row)),
        text(set.trace_state.at(row)),
        set.start_unix_nano[row],
        set.end_unix_nano[row],
        attrs(set.span_attrs.at(row)),
        events,
        links,
        text(scope.name),
        text(scope.version),
        attrs(scope.attrs),
        attrs(resource.attrs),
        set.dropped.get(&(row as u32)),
    )
}

/// Distinct attribute keys of all spans: what `facts.json` counts.
pub fn attribute_count(set: &SpanSet) -> u64 {
    let keys = |range| {
        let mut keys: Vec<_> = set.attrs.iter(&set.strings, range).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        keys.len() as u64
    };
    set.span_attrs.iter().map(keys).sum()
}

/// Compares what every format carries with `facts.json`: counts, services, kinds, statuses, parents.
pub fn agrees_with_facts(path: &str, set: &SpanSet, truth: &serde_json::Value) {
    let number = |key: &str| truth[key].as_u64().unwrap_or_else(|| panic!("facts.json has {key}"));
    assert_eq!(set.len() as u64, number("span_count"), "{path}: spans");
    let events = set.span_events.iter().map(|range| u64::from(range.len)).sum::<u64>();
    assert_eq!(events, number("event_count"), "{path}: events");
    let exceptions = set.events.iter().filter(|event| set.strings.get(event.name) == "exception").count();
    assert_eq!(exceptions as u64, number("exception_events"), "{path}: exceptions");
    let links = set.span_links.iter().map(|range| u64::from(range.len)).sum::<u64>();
    assert_eq!(links, number("link_count"), "{path}: links");

    let mut services: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
    let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
    for row in 0..set.len() {
        let service = services.entry(set.service_of_resource(set.resource.at(row))).or_default();
        service[0] += 1;
        service[1] += u64::from(set.status[row] == crate::model::Status::Error);
        *kinds.entry(set.kind[row].name()).or_default() += 1;
        *statuses.entry(set.status[row].name()).or_default() += 1;
    }
    let services: BTreeMap<String, [u64; 2]> =
        services.into_iter().map(|(name, counts)| (name.to_owned(), counts)).collect();
    let true_services: BTreeMap<String, [u64; 2]> = truth["services"]
        .as_object()
        .expect("services")
        .iter()
        .map(|(name, facts)| {
            let counts = ["spans", "error_spans"].map(|key| facts[key].as_u64().expect("a count"));
            (name.clone(), counts)
        })
        .collect();
    assert_eq!(services, true_services, "{path}: services");
    assert_eq!(serde_json::json!(kinds), truth["kinds"], "{path}: kinds");
    assert_eq!(serde_json::json!(statuses), truth["status_codes"], "{path}: statuses");

    let known: std::collections::BTreeSet<_> = set.span_id.iter().collect();
    let parents: Vec<_> = set.parent_id.iter().filter(|parent| !parent.is_zero()).collect();
    assert_eq!((set.len() - parents.len()) as u64, number("root_count"), "{path}: roots");
    let orphans = parents.iter().filter(|parent| !known.contains(*parent)).count();
    assert_eq!(orphans as u64, number("orphan_count"), "{path}: orphans");
}
