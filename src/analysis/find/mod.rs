//! Find: one grammar for spans of a trace and for a list of traces.
//!
//! ```text
//! text  "two words"            in service, name, label, attributes, status message, events; ids from 6 digits on
//! service:order  operation:"GET /"  name:GET              contains; with = instead of : equals
//! kind:client  status:error
//! http.route=/orders  sku~41  retry.attempt=              an attribute equals, contains, exists
//! duration>100ms  self>=1.5s  retry.attempt>1             ns us µs ms s m
//! error                                                   spans with status ERROR
//! -term                                                   not
//! a b OR c                                                (a and b) or c
//! ```
//!
//! Text is compared without regard to case. A query never fails: what cannot be read is searched as text, with a note.

mod free_text;
mod grammar;
mod needle;
mod search;
mod texts;
mod write;

pub(crate) use grammar::Field;
pub use grammar::{Note, Query};
pub use search::Search;
pub(crate) use write::{attribute_absent, attribute_equals, field_equals};
