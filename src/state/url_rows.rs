//! What the query string says of the rows of a trace: the two switches, and what the reader has shut and opened. Pure text; reading the rest
//! is `url`'s.

use crate::base::{SpanId, id_text};

/// Names of the parameters.
pub const NAMES: [&str; 4] = ["fold", "critical", "closed", "opened"];
/// A link stays short: of more than so many none is named.
pub const MOST: usize = 20;
const SWITCH: &str = "`1` or `0`";
const IDS: &str = "span ids with commas between";

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rows {
    /// Whether rows that add nothing are folded, where it is not as `config.json` has it.
    pub fold: Option<bool>,
    /// Whether the critical path is shown.
    pub critical: Option<bool>,
    /// Spans whose rows below are shut.
    pub closed: Vec<SpanId>,
    /// First spans of groups that are opened.
    pub opened: Vec<SpanId>,
}

impl Rows {
    /// Takes a parameter; what it should have been if it cannot be read.
    pub fn take(&mut self, name: &str, value: &str) -> Result<(), &'static str> {
        match name {
            "fold" => self.fold = Some(switch(value)?),
            "critical" => self.critical = Some(switch(value)?),
            "closed" => self.closed = ids(value)?,
            _ => self.opened = ids(value)?,
        }
        Ok(())
    }

    /// Names and values, in a fixed order; what is as usual is left out.
    pub fn pairs(&self) -> [(&'static str, Option<String>); 4] {
        let word = |is: bool| if is { "1" } else { "0" }.to_owned();
        let list = |ids: &[SpanId]| {
            let few = !ids.is_empty() && ids.len() <= MOST;
            few.then(|| ids.iter().map(SpanId::to_string).collect::<Vec<_>>().join(","))
        };
        [
            ("fold", self.fold.map(word)),
            ("critical", self.critical.map(word)),
            ("closed", list(&self.closed)),
            ("opened", list(&self.opened)),
        ]
    }
}

fn switch(value: &str) -> Result<bool, &'static str> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(SWITCH),
    }
}

fn ids(value: &str) -> Result<Vec<SpanId>, &'static str> {
    let id = |text: &str| id_text::span_id(text).filter(|id| !id.is_zero());
    value.split(',').take(MOST).map(id).collect::<Option<Vec<_>>>().ok_or(IDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let full = Rows {
            fold: Some(false),
            critical: Some(true),
            closed: vec![SpanId(1), SpanId(0xa2)],
            opened: vec![SpanId(9)],
        };
        let mut read = Rows::default();
        for (name, value) in full.pairs() {
            assert_eq!(read.take(name, &value.unwrap()), Ok(()), "{name}");
        }
        assert_eq!(read, full);
        assert!(Rows::default().pairs().iter().all(|(_, value)| value.is_none()));
    }

    #[test]
    fn a_link_names_twenty_or_none_and_what_cannot_be_read_is_told() {
        let many = Rows { closed: (1..=21).map(SpanId).collect(), ..Rows::default() };
        assert!(many.pairs().iter().all(|(_, value)| value.is_none()));
        let mut read = Rows::default();
        for (name, value) in [("fold", "yes"), ("critical", ""), ("closed", "x"), ("opened", "00a1,,"), ("opened", "0")]
        {
            assert!(read.take(name, value).is_err(), "{name}={value}");
        }
        assert_eq!(read, Rows::default());
    }
}
