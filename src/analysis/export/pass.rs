//! What stands between a trace and its writer: every text and every attribute value goes through a [`Pass`], which may put
//! another in its place. Ids, times, numbers of dropped things, kinds and status codes do not.

use std::borrow::Cow;

use crate::model::Value;

/// Whose attributes they are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Owner {
    Resource,
    Scope,
    Span,
    Event,
    Link,
}

/// Which text of a trace, other than attributes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Text {
    SpanName,
    StatusMessage,
    TraceState,
    EventName,
    LinkTraceState,
    ScopeName,
    ScopeVersion,
    /// Of a resource or a scope.
    SchemaUrl,
}

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct At<'a> {
    pub owner: Owner,
    /// The key of the attribute, as it was recorded.
    pub attribute: &'a str,
    /// The nearest key: within a map the entry's own, elsewhere the attribute's.
    pub key: &'a str,
}

/// What becomes of a value.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Passed<'t> {
    /// It is written as it is. The elements of an array or a map go through in their turn.
    Kept,
    /// This text is written instead, whatever type the value had.
    Text(Cow<'t, str>),
}

/// Sees all that is written of a trace, in the order of the document. What resources and scopes say comes again with
/// each batch of their spans. Written as it is unless a method says otherwise.
pub trait Pass {
    fn text<'t>(&mut self, _which: Text, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    /// A key of an attribute, or of an entry of a map within one.
    fn key<'t>(&mut self, _owner: Owner, key: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(key)
    }

    fn value<'t>(&mut self, _at: At<'_>, _value: Value<'t>) -> Passed<'t> {
        Passed::Kept
    }
}

/// Everything as it is; costs nothing.
pub struct AsIs;

impl Pass for AsIs {}
