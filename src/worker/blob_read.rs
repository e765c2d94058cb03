//! A `Blob` read piece by piece, synchronously: a worker may block. A file is never held whole, except where no worker may
//! read a `Blob`: WebKit allows that to none of a page that was opened out of a folder. There the page reads it and sends the bytes.

use std::io;

use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, FileReaderSync};

/// How much is asked of the browser at once. Each time costs a millisecond or two, so pieces of 16 MiB take a third less than
/// those of 4; the first is small, so that there is something to show of it soon.
const FIRST_SLICE: f64 = 1024.0 * 1024.0;
const SLICE: f64 = 16.0 * 1024.0 * 1024.0;

/// A file as it comes beside a message.
#[derive(Clone)]
pub enum Sent {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl Sent {
    /// `None` for what is neither.
    pub fn of(item: JsValue) -> Option<Sent> {
        item.dyn_into::<Blob>().map(Sent::Blob).or_else(|item| item.dyn_into().map(Sent::Bytes)).ok()
    }

    /// In bytes.
    pub fn size(&self) -> f64 {
        match self {
            Sent::Blob(blob) => blob.size(),
            Sent::Bytes(bytes) => f64::from(bytes.length()),
        }
    }

    /// Whether this worker may read it at all.
    pub fn can_be_read(&self) -> bool {
        let Sent::Blob(blob) = self else { return true };
        let first = blob.slice_with_f64_and_f64(0.0, blob.size().min(1.0));
        first.and_then(|first| FileReaderSync::new()?.read_as_array_buffer(&first)).is_ok()
    }
}

pub struct BlobRead {
    blob: Sent,
    reader: FileReaderSync,
    /// Where the next slice begins.
    at: f64,
    /// The slice at hand, outside of wasm memory, and how much of it is taken.
    slice: Uint8Array,
    taken: u32,
}

impl BlobRead {
    pub fn new(blob: Sent) -> io::Result<Self> {
        let reader =
            FileReaderSync::new().map_err(|_| io::Error::other("this browser cannot read files in a worker"))?;
        Ok(BlobRead { blob, reader, at: 0.0, slice: Uint8Array::new_with_length(0), taken: 0 })
    }

    fn next_slice(&mut self) -> io::Result<()> {
        let size = if self.at == 0.0 { FIRST_SLICE } else { SLICE };
        let end = (self.at + size).min(self.blob.size());
        // The slice before is let go first: two at once are needed by nobody.
        self.slice = Uint8Array::new_with_length(0);
        self.slice = match &self.blob {
            Sent::Bytes(bytes) => bytes.subarray(self.at as u32, end as u32),
            Sent::Blob(blob) => {
                let part = blob.slice_with_f64_and_f64(self.at, end);
                let read = part.and_then(|part| self.reader.read_as_array_buffer(&part));
                let why = match self.at == 0.0 {
                    true => {
                        "the browser could not read the file: it was changed, moved or removed, or is too large for this browser"
                    }
                    false => "the browser could not read on: the file was changed, moved or removed",
                };
                Uint8Array::new(&read.map_err(|_| io::Error::other(why))?.into())
            }
        };
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
