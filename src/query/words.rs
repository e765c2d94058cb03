//! The words of TraceQL: what the lexer colours, and what completion offers. As documented in Tempo's "Construct a TraceQL
//! query" and "TraceQL metrics functions".
//!
//! A word that is missing here is coloured as unknown and nothing else: a newer Tempo may know it.

/// What a field holds, and so what may stand beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    Text,
    Number,
    Duration,
    Status,
    Kind,
    /// An attribute: whatever its sender wrote.
    Anything,
}

/// A field that every span has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Intrinsic {
    /// With its scope, `span:duration`; bare for those that have none.
    pub name: &'static str,
    /// The older name without a scope; empty where there is none.
    pub short: &'static str,
    pub holds: Holds,
    /// What it is, for the list of completions.
    pub doc: &'static str,
}

const fn intrinsic(name: &'static str, short: &'static str, holds: Holds, doc: &'static str) -> Intrinsic {
    Intrinsic { name, short, holds, doc }
}

pub const INTRINSICS: [Intrinsic; 22] = [
    intrinsic("span:name", "name", Holds::Text, "operation"),
    intrinsic("span:status", "status", Holds::Status, "error, ok or unset"),
    intrinsic("span:duration", "duration", Holds::Duration, "of one span"),
    intrinsic("span:kind", "kind", Holds::Kind, "server, client, producer, …"),
    intrinsic("span:statusMessage", "statusMessage", Holds::Text, "text of the status"),
    intrinsic("span:id", "", Holds::Text, "hex"),
    intrinsic("span:parentID", "", Holds::Text, "hex"),
    intrinsic("span:childCount", "childCount", Holds::Number, "direct children"),
    intrinsic("trace:duration", "traceDuration", Holds::Duration, "first start to last end"),
    intrinsic("trace:rootService", "rootServiceName", Holds::Text, "service of the root span"),
    intrinsic("trace:rootName", "rootName", Holds::Text, "operation of the root span"),
    intrinsic("trace:id", "", Holds::Text, "hex"),
    intrinsic("event:name", "", Holds::Text, "name of an event"),
    intrinsic("event:timeSinceStart", "", Holds::Duration, "from the span's start"),
    intrinsic("link:traceID", "", Holds::Text, "hex"),
    intrinsic("link:spanID", "", Holds::Text, "hex"),
    intrinsic("instrumentation:name", "", Holds::Text, "library that made the span"),
    intrinsic("instrumentation:version", "", Holds::Text, "its version"),
    intrinsic("nestedSetParent", "", Holds::Number, "below 0: a root span"),
    intrinsic("nestedSetLeft", "", Holds::Number, "place in the tree"),
    intrinsic("nestedSetRight", "", Holds::Number, "place in the tree"),
    intrinsic("parent", "", Holds::Anything, "the parent span"),
];

/// Scopes that attributes have. `.name` alone looks into span and resource.
pub const ATTRIBUTE_SCOPES: [&str; 6] = ["span", "resource", "event", "link", "instrumentation", "parent"];
/// Scopes that intrinsics have.
pub const INTRINSIC_SCOPES: [&str; 5] = ["span", "trace", "event", "link", "instrumentation"];

pub const STATUSES: [&str; 3] = ["error", "ok", "unset"];
pub const KINDS: [&str; 6] = ["server", "client", "producer", "consumer", "internal", "unspecified"];
const OTHER_CONSTANTS: [&str; 5] = ["true", "false", "nil", "minInt", "maxInt"];

/// A function after a pipe, and whether it makes metrics of the spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Function {
    pub name: &'static str,
    pub makes_metrics: bool,
    /// What stands in the text once it is chosen, the caret between the parentheses.
    pub doc: &'static str,
}

const fn function(name: &'static str, makes_metrics: bool, doc: &'static str) -> Function {
    Function { name, makes_metrics, doc }
}

pub const FUNCTIONS: [Function; 20] = [
    function("count", false, "spans of a trace that match"),
    function("avg", false, "of a field over the spans of a trace"),
    function("max", false, "of a field over the spans of a trace"),
    function("min", false, "of a field over the spans of a trace"),
    function("sum", false, "of a field over the spans of a trace"),
    function("by", false, "groups the spans of a trace"),
    function("select", false, "attributes to return"),
    function("coalesce", false, "groups back into one"),
    function("rate", true, "spans a second"),
    function("count_over_time", true, "spans an interval"),
    function("quantile_over_time", true, "quantiles of a field"),
    function("histogram_over_time", true, "distribution of a field"),
    function("avg_over_time", true, "of a field"),
    function("max_over_time", true, "of a field"),
    function("min_over_time", true, "of a field"),
    function("sum_over_time", true, "of a field"),
    function("compare", true, "what sets some spans apart"),
    function("topk", true, "the largest series"),
    function("bottomk", true, "the smallest series"),
    function("with", false, "hints: most_recent, exemplars, sample"),
];

/// What `with (…)` takes, of what Tempo takes from everybody.
pub const HINTS: [&str; 5] = ["most_recent", "exemplars", "sample", "span_sample", "trace_sample"];

pub fn intrinsic_named(name: &str) -> Option<&'static Intrinsic> {
    INTRINSICS.iter().find(|known| known.name == name || (!known.short.is_empty() && known.short == name))
}

pub fn function_named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|known| known.name == name)
}

/// A bare word that is a value: `error`, `server`, `nil`.
pub fn is_constant(word: &str) -> bool {
    STATUSES.contains(&word) || KINDS.contains(&word) || OTHER_CONSTANTS.contains(&word)
}
