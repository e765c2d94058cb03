//! A set of small numbers (spans, services), one bit each: collapsed spans of a million cost 125 kB. Not a general set:
//! no shrinking, no set algebra.

use core::ops::Range;

use crate::model::SpanIdx;

/// A growing bit set. What was never inserted reads as absent; two sets are equal when they hold the same numbers.
#[derive(Clone, Default, Debug)]
pub struct Bits {
    words: Vec<u64>,
}

impl Bits {
    /// All numbers below `len`.
    pub fn below(len: u32) -> Bits {
        let mut words = vec![u64::MAX; len as usize / 64];
        if !len.is_multiple_of(64) {
            words.push((1 << (len % 64)) - 1);
        }
        Bits { words }
    }

    pub fn contains(&self, number: u32) -> bool {
        self.words.get(number as usize / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    pub fn has(&self, span: SpanIdx) -> bool {
        self.contains(span.0)
    }

    pub fn insert(&mut self, number: u32) {
        let at = number as usize / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        self.words[at] |= 1 << (number % 64);
    }

    pub fn remove(&mut self, number: u32) {
        if let Some(word) = self.words.get_mut(number as usize / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    pub fn set(&mut self, number: u32, present: bool) {
        if present {
            self.insert(number);
        } else {
            self.remove(number);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// How many numbers are in the set.
    pub fn count(&self) -> u32 {
        self.words.iter().map(|word| word.count_ones()).sum()
    }

    pub fn any_in(&self, range: Range<u32>) -> bool {
        let mut at = range.start;
        while at < range.end {
            let Some(word) = self.words.get(at as usize / 64) else { return false };
            let stop = range.end.min((at / 64 + 1) * 64);
            if word >> (at % 64) << (64 - (stop - at)) != 0 {
                return true;
            }
            at = stop;
        }
        false
    }

    /// Numbers in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut rest = *word;
            core::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }

    /// All numbers below `len` that are not in the set: of the services to isolate, those to hide.
    pub fn complement(&self, len: u32) -> Bits {
        (0..len).filter(|number| !self.contains(*number)).collect()
    }
}

impl PartialEq for Bits {
    fn eq(&self, other: &Bits) -> bool {
        let shared = self.words.len().min(other.words.len());
        self.words[..shared] == other.words[..shared]
            && self.words[shared..].iter().chain(&other.words[shared..]).all(|word| *word == 0)
    }
}

impl Eq for Bits {}

impl FromIterator<u32> for Bits {
    fn from_iter<I: IntoIterator<Item = u32>>(numbers: I) -> Bits {
        let mut bits = Bits::default();
        numbers.into_iter().for_each(|number| bits.insert(number));
        bits
    }
}

impl FromIterator<SpanIdx> for Bits {
    fn from_iter<I: IntoIterator<Item = SpanIdx>>(spans: I) -> Bits {
        spans.into_iter().map(|span| span.0).collect()
    }
}

/// A set that is no longer changed, with counts: how many of a range are in it, in constant time.
pub struct Rank {
    bits: Bits,
    /// How many numbers are in the words before each word.
    before: Vec<u32>,
}

impl Rank {
    pub fn new(bits: Bits) -> Rank {
        let mut sum = 0;
        let mut before: Vec<u32> = Vec::with_capacity(bits.words.len() + 1);
        for word in &bits.words {
            before.push(sum);
            sum += word.count_ones();
        }
        before.push(sum);
        Rank { bits, before }
    }

    pub fn contains(&self, number: u32) -> bool {
        self.bits.contains(number)
    }

    pub fn count_in(&self, range: Range<u32>) -> u32 {
        self.below(range.end).saturating_sub(self.below(range.start))
    }

    fn below(&self, number: u32) -> u32 {
        let at = (number as usize / 64).min(self.bits.words.len());
        let part = match self.bits.words.get(number as usize / 64) {
            Some(word) => (word & ((1u64 << (number % 64)) - 1)).count_ones(),
            None => 0,
        };
        self.before[at] + part
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_the_same_numbers_are_equal_whatever_their_history() {
        let mut long: Bits = [3u32, 900].into_iter().collect();
        long.remove(900);
        assert_eq!(long, [3u32].into_iter().collect());
        assert_ne!(long, Bits::default());
        assert_eq!(long.complement(5).iter().collect::<Vec<_>>(), [0, 1, 2, 4]);
    }

    #[test]
    fn counts_of_ranges_agree_with_membership() {
        let numbers = [0u32, 1, 63, 64, 65, 127, 128, 200];
        let bits: Bits = numbers.into_iter().collect();
        let rank = Rank::new(bits.clone());
        for start in 0..260 {
            for end in start..260 {
                let truth = numbers.iter().filter(|number| (start..end).contains(*number)).count() as u32;
                assert_eq!(rank.count_in(start..end), truth, "{start}..{end}");
                assert_eq!(bits.any_in(start..end), truth > 0, "{start}..{end}");
            }
        }
    }
}
