//! Ids, interned strings, columns, and how numbers are written. The bottom room: it imports nothing of ours.

pub mod base64;
pub mod column;
pub mod format;
pub mod id;
pub mod id_text;
pub mod ints;
pub mod sort;
pub mod sparse;
pub mod strings;
pub mod utc;

pub use column::Column;
pub use id::{SpanId, TraceId};
pub use ints::Ints;
pub use sparse::Sparse;
pub use strings::{Strings, Sym, Texts};
