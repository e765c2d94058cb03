//! Ids, interned strings, and how numbers are written. The bottom room: it imports nothing of ours.

pub mod format;
pub mod id;
pub mod strings;
pub mod utc;

pub use id::{SpanId, TraceId};
pub use strings::{Strings, Sym, Texts};
