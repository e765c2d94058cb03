//! Selected spans beside the rest, as a backend counts them: how many of each have which value of which attribute.

/// Which spans a count is of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Part {
    Selected,
    Rest,
    /// All that have any value of the attribute.
    SelectedTotal,
    RestTotal,
}

/// Spans with a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Counted {
    pub part: Part,
    /// As TraceQL names it: `span.http.route`, `rootName`.
    pub field: String,
    /// As people read it; empty for none.
    pub value: String,
    /// As TraceQL writes it: `"/orders"`, `404`, `error`, `nil`.
    pub literal: String,
    pub count: u64,
}
