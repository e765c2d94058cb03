//! The targets of `fuzz/` on the stable compiler: over their corpora, and over a bounded number of mutations of them. Overflow checks are on in
//! tests. The same inputs each time: what fails is named, and can be run again.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its corpus fails")]

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

/// Mutations of all of a target's corpus together; cargo-fuzz runs as many a second.
const MUTATIONS: u64 = 3_000;
/// Inputs are cut to this, as cargo-fuzz cuts them.
const MAX_BYTES: usize = 4_096;

/// Pieces that formats are made of: a byte alone seldom leads anywhere.
const PIECES: [&[u8]; 16] = [
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\",
    b",",
    b":",
    b"\n",
    b"null",
    b"-1",
    b"18446744073709551615",
    b"\"spans\":[",
    b"%2525",
    b"\xff\xff\xff\xff\x0f",
    b"1e999",
];

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

fn mutated(random: &mut Random, corpus: &[(PathBuf, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = corpus[random.below(corpus.len())].1.clone();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len() + 1);
        match random.below(6) {
            0 if !bytes.is_empty() => {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
            1 => bytes.truncate(at),
            2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].iter().copied())),
            3 => drop(bytes.splice(at..(at + random.below(16)).min(bytes.len()), [])),
            4 => {
                let other = &corpus[random.below(corpus.len())].1;
                let from = random.below(other.len() + 1);
                drop(bytes.splice(at..at, other[from..(from + random.below(64)).min(other.len())].iter().copied()));
            }
            _ => drop(bytes.splice(at..at, [random.next() as u8])),
        }
    }
    bytes.truncate(MAX_BYTES);
    bytes
}

fn corpus(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(name);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

fn run(name: &str) {
    let (_, target) = targets::TARGETS.into_iter().find(|(known, _)| *known == name).unwrap();
    let corpus = corpus(name);
    assert!(corpus.len() >= 3, "{name}: a corpus of {} files", corpus.len());
    for (path, bytes) in &corpus {
        assert!(catch_unwind(|| target(bytes)).is_ok(), "{name}: {}", path.display());
    }
    let mut random = Random(0x5EED_0000 + name.len() as u64);
    for nth in 0..MUTATIONS {
        let bytes = mutated(&mut random, &corpus);
        assert!(catch_unwind(|| target(&bytes)).is_ok(), "{name}, mutation {nth}: {}", bytes.escape_ascii());
    }
}

macro_rules! targets {
    ($($name:ident),+) => {
        $(#[test] fn $name() { run(stringify!($name)); })+
        /// No target is left out.
        #[test]
        fn every_target_is_run() {
            assert_eq!([$(stringify!($name)),+], targets::TARGETS.map(|(name, _)| name));
        }
    };
}

targets!(decode, round_trip, redact, geometry, traceql, find, address, config, host, answers);
