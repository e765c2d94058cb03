//! A `Blob` read piece by piece, synchronously: a worker may block. A file is never held whole.

use std::io;

use js_sys::Uint8Array;
use web_sys::{Blob, FileReaderSync};

/// How much is asked of the browser at once. Each time costs a millisecond or two, so pieces of 16 MiB take a third less than
/// those of 4; the first is small, so that there is something to show of it soon.
const FIRST_SLICE: f64 = 1024.0 * 1024.0;
const SLICE: f64 = 16.0 * 1024.0 * 1024.0;

pub struct BlobRead {
    blob: Blob,
    reader: FileReaderSync,
    /// Where the next slice begins.
    at: f64,
    /// The slice at hand, outside of wasm memory, and how much of it is taken.
    slice: Uint8Array,
    taken: u32,
}

impl BlobRead {
    pub fn new(blob: Blob) -> io::Result<Self> {
        let reader =
            FileReaderSync::new().map_err(|_| io::Error::other("this browser cannot read files in a worker"))?;
        Ok(BlobRead { blob, reader, at: 0.0, slice: Uint8Array::new_with_length(0), taken: 0 })
    }

    fn next_slice(&mut self) -> io::Result<()> {
        let size = if self.at == 0.0 { FIRST_SLICE } else { SLICE };
        let end = (self.at + size).min(self.blob.size());
        let changed = || io::Error::other("the browser could not read on: the file was changed, moved or removed");
        let part = self.blob.slice_with_f64_and_f64(self.at, end).map_err(|_| changed())?;
        // The slice before is let go first: two at once are needed by nobody.
        self.slice = Uint8Array::new_with_length(0);
        let buffer = self.reader.read_as_array_buffer(&part).map_err(|_| changed())?;
        self.slice = Uint8Array::new(&buffer);
        self.taken = 0;
        self.at = end;
        Ok(())
    }
}

impl io::Read for BlobRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.slice.length() {
            if self.at >= self.blob.size() {
                return Ok(0);
            }
            self.next_slice()?;
        }
        let end = self.slice.length().min(self.taken.saturating_add(into.len() as u32));
        let count = (end - self.taken) as usize;
        self.slice.subarray(self.taken, end).copy_to(&mut into[..count]);
        self.taken = end;
        Ok(count)
    }
}
