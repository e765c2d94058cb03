//! Writes a trace of any size, for benchmarks and for trying things out: a shop's order platform, the same spans in every
//! format, the same bytes for the same arguments. Not a recording: what a real system sends is in `tests/fixtures`.
//!
//! ```text
//! cargo run --profile bench --example generate -- --spans 100000 --format otlp-proto --out trace.pb
//! ```

mod args;
mod facts;
mod jaeger;
mod otlp_json;
mod otlp_proto;
mod platform;
mod random;
mod span;
mod tree;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use args::{Args, Format};

fn main() -> ExitCode {
    match Args::parse(std::env::args().skip(1)).and_then(|args| run(&args).map_err(|error| error.to_string())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("generate: {problem}\n\n{}", args::USAGE);
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let sink: Box<dyn Write> = match &args.out {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout().lock()),
    };
    let buffered = BufWriter::with_capacity(1 << 20, sink);
    let facts = if args.gzip {
        let mut packed = flate2::write::GzEncoder::new(buffered, flate2::Compression::fast());
        let facts = write(args, &mut packed)?;
        packed.finish()?.flush()?;
        facts
    } else {
        let mut buffered = buffered;
        let facts = write(args, &mut buffered)?;
        buffered.flush()?;
        facts
    };
    match &args.facts {
        Some(path) => std::fs::write(path, facts.to_json()),
        None => Ok(()),
    }
}

/// Writes the trace; gives what is true of it.
fn write(args: &Args, out: &mut dyn Write) -> io::Result<facts::Facts> {
    let trace = tree::Tree::new(args.seed, args.spans, args.services);
    match args.format {
        Format::OtlpJson => otlp_json::write(trace, out),
        Format::OtlpJsonLines => otlp_json::write_lines(trace, out),
        Format::OtlpProto => otlp_proto::write(trace, out),
        Format::Jaeger => jaeger::write(trace, out),
    }
}
