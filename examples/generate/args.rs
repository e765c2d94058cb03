//! What is asked for on the command line.

pub const USAGE: &str = "generate --spans N [--seed N] [--services N] [--format otlp-json|otlp-proto|jsonl|jaeger]
         [--gzip] [--out FILE] [--facts FILE]

--spans     1 to 4000000
--services  12 to 60; more spans have more when it is not said
--out       standard output when it is not said
--facts     what is true of the trace, as JSON";

#[derive(Clone, Copy)]
pub enum Format {
    OtlpJson,
    OtlpJsonLines,
    OtlpProto,
    Jaeger,
}

pub struct Args {
    pub spans: u32,
    pub seed: u64,
    pub services: Option<u32>,
    pub format: Format,
    pub gzip: bool,
    pub out: Option<String>,
    pub facts: Option<String>,
}

impl Args {
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Args, String> {
        let mut args =
            Args { spans: 0, seed: 1, services: None, format: Format::OtlpJson, gzip: false, out: None, facts: None };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or(format!("{word} needs a value"));
            match word.as_str() {
                "--spans" => args.spans = number(&value()?)?,
                "--seed" => args.seed = number(&value()?)?,
                "--services" => args.services = Some(number(&value()?)?),
                "--format" => args.format = format_of(&value()?)?,
                "--gzip" => args.gzip = true,
                "--out" => args.out = Some(value()?),
                "--facts" => args.facts = Some(value()?),
                other => return Err(format!("`{other}` is not known")),
            }
        }
        if !(1..=4_000_000).contains(&args.spans) {
            return Err("--spans is a number from 1 to 4000000".to_owned());
        }
        if args.services.is_some_and(|services| !(12..=60).contains(&services)) {
            return Err("--services is a number from 12 to 60".to_owned());
        }
        Ok(args)
    }
}

fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}

fn format_of(name: &str) -> Result<Format, String> {
    Ok(match name {
        "otlp-json" => Format::OtlpJson,
        "jsonl" => Format::OtlpJsonLines,
        "otlp-proto" => Format::OtlpProto,
        "jaeger" => Format::Jaeger,
        other => return Err(format!("`{other}` is no format")),
    })
}
