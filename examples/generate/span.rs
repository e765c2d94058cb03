//! A span as every writer takes it.

use std::borrow::Cow;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Internal = 1,
    Server,
    Client,
    Producer,
    Consumer,
}

pub enum Value {
    Text(Cow<'static, str>),
    Int(i64),
    Double(f64),
    Bool(bool),
}

pub type Attributes = Vec<(&'static str, Value)>;

pub struct Event {
    pub name: &'static str,
    pub time_unix_nano: u64,
    pub attributes: Attributes,
}

pub struct Span {
    pub span_id: u64,
    /// 0 for the root.
    pub parent_id: u64,
    /// Index of the service, and which of its instances.
    pub service: u32,
    pub instance: u32,
    pub kind: Kind,
    pub name: Cow<'static, str>,
    pub start_unix_nano: u64,
    pub end_unix_nano: u64,
    /// The message of a failed span.
    pub failed: Option<&'static str>,
    pub attributes: Attributes,
    pub events: Vec<Event>,
    /// Span of the same trace that it links to.
    pub link: Option<u64>,
}
