//! Whatever is dropped on the page: every recorded file in every format, cut off and bit-flipped at hundreds of places,
//! and files that are no traces at all. Nothing may panic or hang, and nothing may be invented.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // The package denies them outside tests.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use spanloom::decode::{Format, Outcome, decode};
use spanloom::model::SpanSet;

/// How many places of a file are damaged: 200, fewer when it takes long to read (a debug build reads 20 MB a second).
fn places_in(bytes: &[u8]) -> usize {
    if bytes.len() < 40_000 { 200 } else { 4 }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo")
}

fn read(bytes: &[u8]) -> (SpanSet, Outcome) {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(bytes), &mut set, &mut |_| {});
    // Damage may take a time away, and then two rows of one id become one.
    assert!(set.len() <= outcome.spans as usize);
    assert!(set.resource.iter().all(|resource| (resource as usize) < set.resources.len()));
    assert!(set.scope.iter().all(|scope| (scope as usize) < set.scopes.len()));
    (set, outcome)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Files below a folder of the fixtures, in order.
fn files(folder: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let bytes = std::fs::read(&path).unwrap();
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    found
}

fn promised_format(path: &Path) -> Format {
    let name = path.file_name().unwrap().to_str().unwrap();
    match name.trim_end_matches(".gz") {
        "v1.pb" | "v2.pb" => Format::OtlpProtobuf,
        "conv.jaeger.json" => Format::JaegerJson,
        "conv.zipkin.json" => Format::ZipkinJson,
        "v1.json" | "v2.json" | "conv.otlp.json" => Format::OtlpJson,
        other => panic!("a fixture of unknown format: {other}"),
    }
}

/// A xorshift generator: the same places on every machine.
struct Places(u64);

impl Places {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below as u64) as usize
    }
}

#[test]
fn every_recorded_trace_is_recognised_and_read_to_its_end() {
    let files = files("traces");
    assert!(files.len() >= 40, "only {} files", files.len());
    for (path, bytes) in files {
        let (set, outcome) = read(&bytes);
        assert_eq!(outcome.format, Some(promised_format(&path)), "{}", path.display());
        assert_eq!(outcome.error, None, "{}", path.display());
        assert!(!set.is_empty(), "{}", path.display());
        assert_eq!(outcome.compression.is_some(), path.extension().is_some_and(|end| end == "gz"));
    }
}

/// The recorded traces, unpacked.
fn unpacked_traces() -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = files("traces");
    for (_, bytes) in files.iter_mut().filter(|(path, _)| path.extension().is_some_and(|end| end == "gz")) {
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
        *bytes = unpacked;
    }
    files
}

#[test]
fn a_file_that_is_cut_off_keeps_its_complete_spans_and_says_so() {
    let mut places = Places(0x5eed);
    for (path, bytes) in unpacked_traces() {
        let full = read(&bytes).0.len();
        let packed = gzip(&bytes);
        let text_ends = bytes.trim_ascii_end().len();
        for _ in 0..places_in(&bytes) {
            let end = 1 + places.next(bytes.len() - 1);
            let (set, outcome) = read(&bytes[..end]);
            assert!(set.len() <= full, "{} cut at {end}", path.display());
            // Before there is enough to recognise a format by, there is an error of another kind; and protobuf may be
            // cut between two of its outermost fields, which nothing can tell.
            if let Some(error) = outcome.error.filter(|error| error.format.is_some()) {
                assert!(error.truncated, "{} cut at {end}: {error:?}", path.display());
            } else {
                let between = outcome.format == Some(Format::OtlpProtobuf) || end >= text_ends;
                assert!(outcome.format.is_none() || between, "{} cut at {end} without a word", path.display());
            }
            let end = 1 + places.next(packed.len() - 1);
            let (set, outcome) = read(&packed[..end]);
            assert!(set.len() <= full);
            let error = outcome.error.unwrap_or_else(|| panic!("{}: gzip cut at {end} without a word", path.display()));
            assert!(error.truncated || end < 4, "{}: gzip cut at {end}: {error:?}", path.display());
        }
    }
}

#[test]
fn a_flipped_bit_costs_no_panic_and_invents_no_spans() {
    let mut places = Places(0xb17);
    for (path, bytes) in unpacked_traces() {
        let full = read(&bytes).0.len();
        let packed = gzip(&bytes);
        for _ in 0..places_in(&bytes) {
            let (set, _) = read(&flipped(&bytes, &mut places));
            assert!(set.len() <= full, "{}: {} of {full}", path.display(), set.len());
            // A bit of packed data can copy whole spans, but not without its checksum telling.
            let (set, outcome) = read(&flipped(&packed, &mut places));
            assert!(set.len() <= full || outcome.error.is_some(), "{}: {} of {full}", path.display(), set.len());
        }
    }
}

fn flipped(bytes: &[u8], places: &mut Places) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    let (place, bit) = (places.next(bytes.len()), places.next(8));
    damaged[place] ^= 1 << bit;
    damaged
}

#[test]
fn a_zstd_file_with_a_flipped_bit_costs_no_panic() {
    let bytes = std::fs::read(root().join("traces/get-order/v1.pb")).unwrap();
    let whole = ruzstd::encoding::compress_to_vec(bytes.as_slice(), ruzstd::encoding::CompressionLevel::Fastest);
    for place in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 1 << (place % 8);
        read(&damaged);
        let (_, outcome) = read(&whole[..place]);
        assert!(outcome.error.is_some(), "cut at {place} without a word");
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut places = Places(0xabc);
    for round in 0..2_000 {
        let length = places.next(600);
        let bytes: Vec<u8> = (0..length).map(|_| places.next(256) as u8).collect();
        let (set, outcome) = read(&bytes);
        assert!(set.is_empty() && outcome.error.is_some(), "round {round}: {:?}", outcome.format);
        for start in [&b"{"[..], b"[{", b"\x0a", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd", b"{\"resourceSpans\":["] {
            read(&[start, &bytes].concat());
        }
    }
}

/// What the reader sees of a file that is no trace.
fn refusal(bytes: &[u8]) -> String {
    let (set, outcome) = read(bytes);
    let error = outcome.error.expect("an error");
    assert!(set.is_empty() && outcome.format.is_none() && error.format.is_none());
    assert!(error.problem.contains("; expected a trace as OTLP/JSON"), "{}", error.problem);
    error.problem.split("; ").next().unwrap().to_owned()
}

#[test]
fn what_is_no_trace_is_named() {
    for (bytes, expected) in [
        (&b""[..], "this is an empty file"),
        (b"\xef\xbb\xbf", "this is an empty file"),
        (b"<!DOCTYPE html>\n<title>Sign in</title>", "this is an HTML page (“Sign in”), perhaps of a login"),
        (
            b"trace exceeds max size (max bytes: 20000)",
            "this is plain text (“trace exceeds max size (max bytes: 20000)”)",
        ),
        (b"time,service,ms\n1,a,2\n", "this is a CSV table (“time,service,ms”)"),
        (b"\x89PNG\r\n\x1a\n", "this is a PNG image"),
        (b"%PDF-1.7", "this is a PDF document"),
        (b"PK\x03\x04\x14\x00\x00\x00", "this is a ZIP archive"),
        (br#"{"traces":[],"metrics":{}}"#, "this is a search result of Tempo, which lists traces but holds none"),
        (br#"{"name":"x","version":1}"#, "this is a JSON object with the keys `name`, `version`"),
        (b"[1,2]", "this is a JSON list without objects"),
    ] {
        assert_eq!(refusal(bytes), expected);
        if !bytes.is_empty() {
            assert_eq!(refusal(&gzip(bytes)), expected);
        }
    }
}

#[test]
fn recorded_answers_that_are_no_traces_are_refused() {
    let mut refused = 0;
    for folder in ["search", "metrics", "tags", "prometheus", "errors"] {
        for (path, bytes) in files(folder) {
            // Tempo says "not found" with an empty trace, which is one.
            if path.ends_with("v2-notfound.txt") {
                continue;
            }
            let problem = refusal(&bytes);
            assert!(problem.len() > 20, "{}: {problem}", path.display());
            refused += 1;
        }
    }
    assert!(refused >= 30, "only {refused} files");
}

#[test]
fn keys_behind_a_megabyte_are_found() {
    let filler = "x".repeat(1 << 20);
    let file = format!("\u{feff}\n {{\"comment\":\"{filler}\",\"resourceSpans\":[]}}");
    let (_, outcome) = read(file.as_bytes());
    assert_eq!((outcome.format, outcome.error), (Some(Format::OtlpJson), None));
}
