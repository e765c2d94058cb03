//! Documents one behind the other: on lines, or concatenated. One that breaks costs itself.

use super::super::DecodeError;
use super::super::sniff::DEEPEST;
use super::{Reader, Step};

/// A decoder of documents.
pub(crate) trait Documents<'r, 'a: 'r> {
    fn reader(&mut self) -> &mut Reader<'r, 'a>;

    /// Reads the next document, which begins with `{` or `[`.
    fn document(&mut self) -> Step<()>;

    /// Reads an object that is part of the format, or holds what is, `depth` levels deep.
    fn object(&mut self, depth: usize) -> Step<()>;

    /// Nothing more is to be read.
    fn refused(&self) -> bool;

    /// Reads a value that may hold the format, `depth` levels deep: objects in lists too; all else is skipped.
    fn around(&mut self, depth: usize) -> Step<()> {
        match self.reader().next_byte()? {
            b'{' if depth <= DEEPEST => self.object(depth),
            b'[' if depth < DEEPEST => {
                self.reader().begin_array()?;
                while self.reader().next_element()? {
                    self.around(depth + 1)?;
                }
                Ok(())
            }
            _ => self.reader().skip_value(),
        }
    }
}

/// How many documents there were, and the first error. Behind an error, reading goes on at the next line that starts
/// with `{`.
pub(crate) fn read_documents<'r, 'a: 'r>(decoder: &mut impl Documents<'r, 'a>) -> (u64, Option<DecodeError>) {
    let mut first = None;
    let mut documents = 0;
    loop {
        let reader = decoder.reader();
        let read = match reader.next_document() {
            Ok(None) if documents > 0 => return (documents, first),
            Ok(None) => Err(reader.empty()),
            Ok(Some(b'{' | b'[')) => {
                documents += 1;
                decoder.document()
            }
            Ok(Some(_)) if documents > 0 => Err(reader.broken_by_next("expected the end of the file")),
            Ok(Some(_)) => Err(reader.broken_by_next("expected an object")),
            Err(stop) => Err(stop),
        };
        if read.is_err() {
            let error = decoder.reader().take_error();
            let truncated = error.truncated;
            first.get_or_insert(error);
            if truncated || decoder.refused() || !decoder.reader().next_line() {
                return (documents, first);
            }
        }
    }
}
