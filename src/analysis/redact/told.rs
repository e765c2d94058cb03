//! What a redaction comes to, for the page: by rule how many values, in how many places, under which keys, and what a few of them become.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::Piece;
use super::banished::AllBanished;
use super::rules::Rule;
use crate::base::sort;

/// Keys, and examples, that are told of a rule.
const MOST_KEYS: usize = 8;
const MOST_EXAMPLES: usize = 5;
/// Characters of an example.
const EXAMPLE_LEN: usize = 80;

/// What was taken out.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Redaction {
    /// Rules that took something out, in their order.
    pub taken: Vec<Taken>,
}

/// What one rule took out.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Taken {
    pub rule: Rule,
    /// Distinct values; literals that were taken out of their statements alone are not numbered and not counted.
    pub values: u32,
    pub places: u64,
    /// Under which keys, or in which texts, and how often; most first.
    pub keys: Vec<(String, u64)>,
    /// What stood there and what stands there now. Not for strangers.
    pub examples: Vec<(String, String)>,
}

impl Redaction {
    pub fn places(&self) -> u64 {
        self.taken.iter().map(|taken| taken.places).sum()
    }
}

#[derive(Default)]
pub(super) struct Counts {
    places: FxHashMap<(Rule, String), u64>,
    examples: FxHashMap<Rule, Vec<(String, String)>>,
}

impl Counts {
    pub fn add(&mut self, place: &str, text: &str, pieces: &[Piece]) {
        for piece in pieces {
            *self.places.entry((piece.rule, place.to_owned())).or_default() += 1;
            let examples = self.examples.entry(piece.rule).or_default();
            let was: String = text.get(piece.place.clone()).unwrap_or_default().chars().take(EXAMPLE_LEN).collect();
            if examples.len() < MOST_EXAMPLES && !examples.iter().any(|(known, _)| *known == was) {
                examples.push((was, piece.words().into_owned()));
            }
        }
    }

    pub fn finish(mut self, all: &AllBanished) -> Redaction {
        let of = |rule: Rule, counts: &mut Counts| {
            let mut keys: Vec<(String, u64)> = counts
                .places
                .iter()
                .filter(|((of, _), _)| *of == rule)
                .map(|((_, key), places)| (key.clone(), *places))
                .collect();
            sort::by(&mut keys, |(a_key, a), (b_key, b)| b.cmp(a).then_with(|| a_key.cmp(b_key)));
            let places = keys.iter().map(|(_, places)| places).sum();
            keys.truncate(MOST_KEYS);
            let examples = counts.examples.remove(&rule).unwrap_or_default();
            Taken { rule, values: all.count(rule), places, keys, examples }
        };
        let rules = core::iter::once(Rule::Own).chain(Rule::OFFERED);
        Redaction { taken: rules.map(|rule| of(rule, &mut self)).filter(|taken| taken.places > 0).collect() }
    }
}
