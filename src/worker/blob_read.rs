//! A `Blob` read piece by piece, synchronously: a worker may block. A file is never held whole.

use std::io;

use js_sys::Uint8Array;
use web_sys::{Blob, FileReaderSync};

/// How much is asked of the browser at once: large enough that its overhead vanishes, small against memory.
const SLICE: f64 = 4.0 * 1024.0 * 1024.0;

pub struct BlobRead {
    blob: Blob,
    reader: FileReaderSync,
    /// Where the next slice begins.
    at: f64,
    slice: Vec<u8>,
    taken: usize,
}

impl BlobRead {
    pub fn new(blob: Blob) -> io::Result<Self> {
        let reader =
            FileReaderSync::new().map_err(|_| io::Error::other("this browser cannot read files in a worker"))?;
        Ok(BlobRead { blob, reader, at: 0.0, slice: Vec::new(), taken: 0 })
    }

    fn next_slice(&mut self) -> io::Result<()> {
        let end = (self.at + SLICE).min(self.blob.size());
        let changed = || io::Error::other("the browser could not read on: the file was changed, moved or removed");
        let part = self.blob.slice_with_f64_and_f64(self.at, end).map_err(|_| changed())?;
        let buffer = self.reader.read_as_array_buffer(&part).map_err(|_| changed())?;
        self.slice = Uint8Array::new(&buffer).to_vec();
        self.taken = 0;
        self.at = end;
        Ok(())
    }
}

impl io::Read for BlobRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.slice.len() {
            if self.at >= self.blob.size() {
                return Ok(0);
            }
            self.next_slice()?;
        }
        let rest = self.slice.get(self.taken..).unwrap_or_default();
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}
