//! A window on the bytes of an input: what a decoder reads, however large the input is.
//!
//! The source is pulled in steps; bytes that were consumed are forgotten, so memory holds one token or message, not the
//! file. Offsets count from the start of the (unpacked) input.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

/// What a reader of progress is told: packed bytes taken from the source so far, spans so far.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Progress {
    pub bytes_read: u64,
    pub spans: u64,
}

/// How much is asked of the source at first and in the long run; an input can also be one small message of many.
const FIRST_STEP: usize = 16 * 1024;
const STEP: usize = 256 * 1024;

/// How many consumed bytes survive a refill, so that an error can show what stood before it.
const KEPT_BEHIND: usize = 32;

/// Counts what is taken from a source, below any decompression.
pub struct Counted<R> {
    source: R,
    taken: Rc<Cell<u64>>,
}

impl<R: Read> Counted<R> {
    pub fn new(source: R) -> (Self, Rc<Cell<u64>>) {
        let taken = Rc::new(Cell::new(0));
        (Counted { source, taken: taken.clone() }, taken)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(into)?;
        self.taken.set(self.taken.get() + count as u64);
        Ok(count)
    }
}

pub struct Input<'a> {
    source: Box<dyn Read + 'a>,
    window: Vec<u8>,
    /// Where in `window` the next byte stands.
    at: usize,
    /// Offset in the input of `window[0]`.
    base: u64,
    ended: bool,
    step: usize,
    failure: Option<(io::ErrorKind, String)>,
    taken: Rc<Cell<u64>>,
    /// Set by decoders; reported with every refill.
    pub spans: u64,
    watch: &'a mut dyn FnMut(Progress),
}

impl<'a> Input<'a> {
    /// `taken` counts the packed bytes (see [`Counted`]); `watch` hears of progress at every refill.
    pub fn new(source: Box<dyn Read + 'a>, taken: Rc<Cell<u64>>, watch: &'a mut dyn FnMut(Progress)) -> Self {
        Input {
            source,
            window: Vec::new(),
            at: 0,
            base: 0,
            ended: false,
            step: FIRST_STEP,
            failure: None,
            taken,
            spans: 0,
            watch,
        }
    }

    /// Offset of the next byte in the unpacked input.
    pub fn offset(&self) -> u64 {
        self.base + self.at as u64
    }

    /// The bytes at hand, without asking for more.
    pub fn window(&self) -> &[u8] {
        self.window.get(self.at..).unwrap_or_default()
    }

    /// The last `count` consumed bytes, fewer when they are forgotten: all since the last refill are there, and 32 before.
    pub fn behind(&self, count: usize) -> &[u8] {
        self.window.get(self.at.saturating_sub(count)..self.at).unwrap_or_default()
    }

    /// Steps over `count` bytes of the window.
    pub fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.window.len());
    }

    /// Pulls more bytes behind the window; false at the end of the input (or when the source failed).
    pub fn refill(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let forgotten = self.at.saturating_sub(KEPT_BEHIND);
        self.window.drain(..forgotten);
        self.base += forgotten as u64;
        self.at -= forgotten;
        let held = self.window.len();
        // Large tokens double the step, so that a value of n bytes costs O(n) copies.
        let step = self.step.max(held);
        self.step = (self.step * 2).min(STEP);
        self.window.resize(held + step, 0);
        let count = loop {
            match self.source.read(&mut self.window[held..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some((error.kind(), error.to_string()));
                    break 0;
                }
            }
        };
        self.window.truncate(held + count);
        self.ended = count == 0;
        (self.watch)(Progress { bytes_read: self.taken.get(), spans: self.spans });
        count > 0
    }

    /// At least `count` bytes in the window; false when the input ends before.
    pub fn need(&mut self, count: usize) -> bool {
        while self.window().len() < count {
            if !self.refill() {
                return false;
            }
        }
        true
    }

    /// The next byte, not consumed.
    pub fn peek(&mut self) -> Option<u8> {
        if self.need(1) { self.window().first().copied() } else { None }
    }

    /// Why the source broke off, when it did not simply end: damaged compression, a file that changed while it was read.
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_ref().map(|(_, why)| why.as_str())
    }

    /// Whether the source says that it is over before its end: compressed data that was cut off.
    pub fn is_cut_off(&self) -> bool {
        self.failure.as_ref().is_some_and(|(kind, _)| *kind == io::ErrorKind::UnexpectedEof)
    }

    /// Packed bytes taken from the source.
    pub fn bytes_read(&self) -> u64 {
        self.taken.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A source that gives one byte at a time.
    struct Drip<'a>(&'a [u8]);

    impl Read for Drip<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let (Some(byte), Some(slot)) = (self.0.first(), into.first_mut()) else { return Ok(0) };
            *slot = *byte;
            self.0 = &self.0[1..];
            Ok(1)
        }
    }

    #[test]
    fn offsets_survive_refills_and_the_end_is_told() {
        let mut heard = 0;
        let mut watch = |_| heard += 1;
        let (source, taken) = Counted::new(Drip(b"abcdef"));
        let mut input = Input::new(Box::new(source), taken, &mut watch);
        assert!(input.need(3));
        assert_eq!(input.window(), b"abc");
        input.consume(2);
        assert_eq!((input.peek(), input.offset()), (Some(b'c'), 2));
        assert!(input.need(4));
        assert_eq!((input.window(), input.behind(9)), (&b"cdef"[..], &b"ab"[..]));
        input.consume(4);
        assert_eq!((input.peek(), input.offset(), input.bytes_read()), (None, 6, 6));
        assert!(!input.need(1));
        drop(input);
        assert!(heard >= 6);
    }
}
