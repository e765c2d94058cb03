//! Times and memory of everything below the worker's messages: decode, build, analyses, find, layout. Native, so the
//! figures are to be compared with one another and not with the budgets, which are for wasm. Nothing is asserted here;
//! what must hold is in `tests/memory.rs`.
//!
//! ```text
//! cargo bench --bench native -- [SIZE…] [WORD…]     sizes 1k 10k 100k 1m (100k unless given); words choose lines
//! ```
//!
//! Reads `SIZE.pb`, `SIZE.pb.gz` and `SIZE.json` in the folder `SPANLOOM_BENCH_DATA` names, `target/bench-data` unless
//! it is set; `examples/generate` writes them. A median of [`RUNS`] runs at 100,000 spans and less, of three beyond.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot read its input fails")]

mod questions;

use std::alloc::System;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use spanloom::analysis::{Derived, outline};
use spanloom::decode::decode;
use spanloom::model::{SpanSet, Trace};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const RUNS: usize = 7;

/// What is asked for on the command line.
struct Wish {
    sizes: Vec<String>,
    words: Vec<String>,
}

impl Wish {
    fn read() -> Wish {
        let words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
        let (sizes, words): (Vec<_>, Vec<_>) =
            words.partition(|word| ["1k", "10k", "100k", "1m"].contains(&word.as_str()));
        Wish { sizes: if sizes.is_empty() { vec!["100k".to_owned()] } else { sizes }, words }
    }

    fn wants(&self, line: &str) -> bool {
        self.words.is_empty() || self.words.iter().any(|word| line.contains(word.as_str()))
    }
}

/// Runs and prints what is wanted.
pub struct Bench {
    wish: Wish,
    runs: usize,
    spans: usize,
}

impl Bench {
    /// The median time of `run`, a span; `bytes` is what it read, if it read something.
    pub fn time<T>(&self, line: &str, bytes: u64, mut run: impl FnMut() -> T) {
        if !self.wish.wants(line) {
            return;
        }
        let mut seconds = Vec::new();
        let mut allocations = 0;
        for _ in 0..self.runs {
            let region = Region::new(ALLOCATOR);
            let begin = Instant::now();
            let made = run();
            seconds.push(begin.elapsed().as_secs_f64());
            let change = region.change();
            allocations = change.allocations + change.reallocations;
            drop(made);
        }
        seconds.sort_by(f64::total_cmp);
        let median = seconds[seconds.len() / 2];
        let spans = self.spans as f64;
        let rate = if bytes > 0 { format!("{:7.0} MB/s", bytes as f64 / median / 1e6) } else { String::new() };
        println!(
            "{line:<34} {:9.2} ms {:8.1} ns/span {:8.4} allocs/span {rate}",
            median * 1e3,
            median * 1e9 / spans,
            allocations as f64 / spans,
        );
    }
}

fn read(path: &Path) -> SpanSet {
    let mut set = SpanSet::new();
    let outcome = decode(Box::new(File::open(path).unwrap()), &mut set, &mut |_| {});
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    set
}

fn main() {
    let folder =
        std::env::var_os("SPANLOOM_BENCH_DATA").map_or_else(|| PathBuf::from("target/bench-data"), PathBuf::from);
    let wish = Wish::read();
    for size in wish.sizes.clone() {
        let path = |ending: &str| folder.join(format!("{size}.{ending}"));
        if !path("pb").exists() {
            println!("{}: not there; examples/generate writes it", path("pb").display());
            continue;
        }
        let runs = if size == "1m" { 3 } else { RUNS };
        let mut bench = Bench { wish: Wish { sizes: Vec::new(), words: wish.words.clone() }, runs, spans: 1 };
        let mut set = read(&path("pb"));
        bench.spans = set.len();
        println!("== {size}: {} spans; peak of the process {} MB", set.len(), peak_mb());
        for ending in ["pb", "pb.gz", "json"] {
            if let Ok(data) = std::fs::metadata(path(ending)) {
                bench.time(&format!("decode {ending}"), data.len(), || read(&path(ending)));
            }
        }
        set.close(0);
        let set = Arc::new(set);
        let id = set.trace_ids[0];
        bench.time("Trace::build", 0, || Trace::build(&set, id).unwrap());
        let trace = Trace::build(&set, id).unwrap();
        bench.time("Derived::of", 0, || Derived::of(&trace));
        let derived = Derived::of(&trace);
        bench.time("outline", 0, || outline(&trace, &derived));
        questions::ask(&bench, &trace, &derived);
        println!("peak of the process {} MB", peak_mb());
    }
}

/// The most memory this process has held (VmHWM), where Linux says it; 0 elsewhere.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap_or_default() / 1000
}
