//! How much a trace may take before the worker says so, instead of ending in the middle. Only the rule; the figures are the
//! worker's.

use crate::base::format::{bytes, count, percent};

/// wasm32 ends at 4 GB, and browsers on small machines before that.
const MOST_BYTES: u64 = 3_000_000_000;
/// What showing a span takes beyond its row: the tree, what is derived, and the columns on their way to the page.
const SHOWN_BYTES_A_SPAN: u64 = 150;

/// Why reading should stop now; `None` while there is room. `read` of `total` bytes of the file made `spans` rows, and wasm
/// memory is `used` bytes.
pub fn refusal(used: u64, spans: u64, read: u64, total: u64) -> Option<String> {
    let shown = spans * SHOWN_BYTES_A_SPAN;
    if used + shown <= MOST_BYTES {
        return None;
    }
    Some(format!(
        "there is no room for more: {} spans take {}, showing them takes {} more, and a page has {} here; {} of the file is read",
        count(spans),
        bytes(used),
        bytes(shown),
        bytes(MOST_BYTES),
        percent(read, total),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_spans_have_room() {
        assert_eq!(refusal(700_000_000, 1_000_000, 1, 2), None);
    }

    #[test]
    fn a_refusal_names_the_numbers() {
        let words = refusal(2_500_000_000, 4_000_000, 610, 1_000).unwrap();
        for figure in ["4,000,000 spans", "2.50 GB", "600.0 MB", "3.00 GB", "61 %"] {
            assert!(words.contains(figure), "no {figure}: {words}");
        }
    }
}
