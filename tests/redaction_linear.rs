//! What redaction costs, in instructions, of texts that are made to be slow: beginnings of everything that it looks for, over and over. Twice
//! the text may cost twice the instructions, at four sizes. Run where there is a valgrind, as `findings_linear` is.

mod counting;

use std::hint::black_box;

use spanloom::analysis::redact::{Redactor, Rules};

const BYTES: &str = "SPANLOOM_LINEAR_BYTES";

/// Instructions of a byte at the largest size may be this many percent of those at the smallest.
const MOST_PERCENT: u64 = 130;

/// Beginnings without an end.
const BEGINNINGS: [&str; 40] = [
    "[",
    "[ip ",
    "…",
    "...",
    "ORD-1…",
    "secret-value-17…",
    "@",
    "a@b.",
    "é@é.",
    "1.",
    "1:",
    ":",
    "::1",
    "4111 ",
    "4111",
    "+1 ",
    "(5) ",
    "DE89 ",
    "eyJ",
    "aeyJ",
    "eyJ.",
    "Bearer ",
    "bearer+",
    "sk-",
    "-----BEGIN ",
    "://a:",
    "hooks.slack.com/services/",
    "password=",
    "token:\"",
    "%25",
    "\\\\",
    "\\u005c",
    "&amp;",
    "&",
    "bearer",
    "xbearer=",
    "x",
    "<token>",
    "password:\"\"",
    "cookie: a=\"",
];

fn redact(bytes: usize) {
    let mut texts: Vec<String> = BEGINNINGS.iter().map(|one| one.repeat(bytes / one.len())).collect();
    texts.push(format!("{}x", "\\".repeat(bytes)));
    texts.push(format!("token={}", "a.".repeat(bytes / 2)));
    let rules = Rules { texts: vec!["ORD-*".to_owned(), "*x*y".to_owned()], ..Rules::every() };
    let learn = |redactor: &mut Redactor<'_>| {
        // Values whose copies and beginnings are looked for.
        for nth in 0..100 {
            redactor.loose(&format!("password=secret-value-17-{nth}"), "");
        }
        texts.iter().for_each(|text| drop(redactor.loose(text, "")));
    };
    let mut redactor = Redactor::learn(&rules, learn);
    for text in &texts {
        black_box(redactor.loose(text, "texts"));
    }
}

/// What runs under valgrind.
#[test]
#[ignore = "is started under valgrind by the test below"]
fn work() {
    redact(std::env::var(BYTES).ok().and_then(|text| text.parse().ok()).unwrap_or(1_000));
}

fn instructions(bytes: usize) -> u64 {
    counting::instructions(&[(BYTES, &bytes.to_string())])
}

#[test]
#[ignore = "needs valgrind; scripts/test.sh runs it where there is one"]
fn a_text_that_is_made_to_be_slow_costs_as_much_a_byte_at_eight_times_the_length() {
    let nothing = instructions(1);
    let sizes = [2_000, 4_000, 8_000, 16_000];
    let costs = sizes.map(|bytes| (instructions(bytes) - nothing) / (bytes * BEGINNINGS.len()) as u64);
    println!("redaction: {costs:?} instructions a byte at {sizes:?} bytes of each beginning");
    for cost in costs {
        assert!(cost * 100 <= costs[0] * MOST_PERCENT, "{costs:?}");
    }
}
