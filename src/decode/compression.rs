//! gzip and zstd, recognised by their magic numbers and unpacked as a stream. Nothing is known here of what is packed.
//!
//! Bounded in memory by the window of the format (32 KiB; at most 128 MiB for zstd), however far the data expands. Data
//! that is damaged or cut off gives what could be unpacked first, then an error that says so. ruzstd is built without
//! its hash, so checksums of zstd frames are stepped over, not verified; gzip's are verified.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use flate2::bufread::GzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

use super::Compression;

/// What is packed in what is packed is unpacked too; deeper nesting is left as it is.
const MAX_LAYERS: usize = 2;

/// What the first bytes of packed data say.
pub fn of_magic(bytes: &[u8]) -> Option<Compression> {
    match bytes {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Compression::Zstd),
        // A skippable frame; pzstd and seekable archives begin with one.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
        _ => None,
    }
}

/// The source unpacked, and what it was packed with (the outer layer's, when there are two).
pub fn unpack<'a>(source: Box<dyn Read + 'a>) -> (Box<dyn Read + 'a>, Option<Compression>) {
    let mut source = source;
    let mut outermost = None;
    for _ in 0..MAX_LAYERS {
        let (whole, start) = peeked(source);
        source = match of_magic(&start) {
            None => return (whole, outermost),
            Some(Compression::Gzip) => {
                outermost = outermost.or(Some(Compression::Gzip));
                Box::new(Gzip { member: Some(GzDecoder::new(BufReader::new(whole))) })
            }
            Some(Compression::Zstd) => {
                outermost = outermost.or(Some(Compression::Zstd));
                Box::new(Zstd::new(whole))
            }
        };
    }
    (source, outermost)
}

/// The source as it was, and its first bytes, at most four.
fn peeked<'a>(mut source: Box<dyn Read + 'a>) -> (Box<dyn Read + 'a>, Vec<u8>) {
    let mut start = Vec::new();
    let failure = (&mut source).take(4).read_to_end(&mut start).err();
    let rest: Box<dyn Read + 'a> = match failure {
        Some(error) => Box::new(Failing(Some(error))),
        None => source,
    };
    (Box::new(Cursor::new(start.clone()).chain(rest)), start)
}

/// Gives its error once, then ends.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// gzip with any number of members, and zeros behind them, as tapes leave; says in a person's words what went wrong.
struct Gzip<R> {
    /// `None` behind the last member.
    member: Option<GzDecoder<BufReader<R>>>,
}

impl<R: Read> Read for Gzip<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            let count = member.read(into).map_err(|error| match error.kind() {
                io::ErrorKind::Interrupted => error,
                io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "the gzip data is cut off"),
                _ => io::Error::new(error.kind(), format!("the gzip data is damaged ({error})")),
            })?;
            if count > 0 || into.is_empty() {
                return Ok(count);
            }
            self.next_member()?;
        }
        Ok(0)
    }
}

impl<R: Read> Gzip<R> {
    fn next_member(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut source = member.into_inner();
        loop {
            let held = source.fill_buf()?;
            let zeros = held.iter().take_while(|byte| **byte == 0).count();
            match held.get(zeros) {
                // Half a magic number is enough to expect a member.
                Some(0x1f) => {
                    source.consume(zeros);
                    self.member = Some(GzDecoder::new(source));
                    return Ok(());
                }
                Some(_) => {
                    return Err(io::Error::other("the gzip data is damaged (its end is followed by other data)"));
                }
                None if zeros == 0 => return Ok(()),
                None => source.consume(zeros),
            }
        }
    }
}

/// zstd with any number of frames, skippable ones too.
struct Zstd<R> {
    source: BufReader<R>,
    frame: FrameDecoder,
    /// Inside a frame, or with bytes of one that were not taken yet.
    open: bool,
    /// What is wrong with the source; told once everything before it was given.
    failure: Option<io::Error>,
}

impl<R: Read> Zstd<R> {
    fn new(source: R) -> Self {
        Zstd { source: BufReader::new(source), frame: FrameDecoder::new(), open: false, failure: None }
    }

    /// Unpacks until there is something to give; false at the end of the data.
    fn advance(&mut self) -> io::Result<bool> {
        loop {
            if self.frame.can_collect() > 0 {
                return Ok(true);
            }
            if !self.open || self.frame.is_finished() {
                self.open = false;
                if self.failure.is_some() || self.source.fill_buf()?.is_empty() {
                    return Ok(false);
                }
                self.begin();
            } else if let Err(error) = self.frame.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1))
            {
                self.failure = Some(self.describe(&error));
                self.close_broken_frame();
            }
        }
    }

    fn begin(&mut self) {
        match self.frame.reset(&mut self.source) {
            Ok(()) => self.open = true,
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                let skipped = io::copy(&mut (&mut self.source).take(u64::from(length)), &mut io::sink());
                match skipped {
                    Ok(count) if count == u64::from(length) => {}
                    Ok(_) => self.failure = Some(cut_off()),
                    Err(error) => self.failure = Some(error),
                }
            }
            Err(error) => self.failure = Some(self.describe(&error)),
        }
    }

    /// ruzstd holds a window back until a frame ends: an empty last block (with a checksum, should the frame have one)
    /// makes it give that up too.
    fn close_broken_frame(&mut self) {
        let last_block: &[u8] = &[1, 0, 0, 0, 0, 0, 0];
        if self.frame.decode_blocks(last_block, BlockDecodingStrategy::UptoBlocks(1)).is_err() {
            self.open = false;
        }
    }

    fn describe(&mut self, error: &FrameDecoderError) -> io::Error {
        match self.source.fill_buf() {
            Ok([]) => cut_off(),
            Err(error) => error,
            Ok(_) => io::Error::other(format!("the zstd data is damaged ({error})")),
        }
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the zstd data is cut off")
}

impl<R: Read> Read for Zstd<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.advance()? {
            return self.frame.read(into);
        }
        self.failure.take().map_or(Ok(0), Err)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(bytes: &[u8]) -> Vec<u8> {
        compress_to_vec(bytes, CompressionLevel::Fastest)
    }

    fn unpacked(packed: &[u8]) -> (Vec<u8>, Option<Compression>, Option<io::Error>) {
        let (mut source, compression) = unpack(Box::new(packed));
        let mut bytes = Vec::new();
        let error = source.read_to_end(&mut bytes).err();
        (bytes, compression, error)
    }

    fn sample() -> Vec<u8> {
        (0..60_000u32).flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 20).to_string().into_bytes()).collect()
    }

    #[test]
    fn members_and_frames_follow_one_another() {
        let text = sample();
        let (front, back) = text.split_at(1000);
        for packed in [[gzip(front), gzip(back)].concat(), [zstd(front), zstd(back)].concat()] {
            let (bytes, compression, error) = unpacked(&packed);
            assert!(bytes == text && error.is_none() && compression == of_magic(&packed));
        }
    }

    #[test]
    fn skippable_frames_are_skipped() {
        let mut packed = vec![0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 9, 9, 9];
        packed.extend(zstd(b"text"));
        assert_eq!(unpacked(&packed).0, b"text");
    }

    #[test]
    fn two_layers_are_unpacked_and_the_third_is_left() {
        let (bytes, compression, _) = unpacked(&zstd(&gzip(b"text")));
        assert_eq!((bytes.as_slice(), compression), (b"text".as_slice(), Some(Compression::Zstd)));
        let once = gzip(b"text");
        assert_eq!(unpacked(&gzip(&gzip(&once))).0, once);
    }

    #[test]
    fn data_that_is_cut_off_gives_what_came_before() {
        let text = sample();
        for packed in [gzip(&text), zstd(&text)] {
            let (bytes, _, error) = unpacked(&packed[..packed.len() * 3 / 4]);
            assert_eq!(error.unwrap().kind(), io::ErrorKind::UnexpectedEof);
            assert!(bytes.len() > text.len() / 3 && text.starts_with(&bytes), "{} of {}", bytes.len(), text.len());
        }
    }

    #[test]
    fn garbage_behind_the_data_is_an_error_after_the_data() {
        for packed in [gzip(b"text"), zstd(b"text")] {
            let (bytes, _, error) = unpacked(&[packed, b"garbage!".to_vec()].concat());
            assert_eq!(bytes, b"text");
            assert!(error.unwrap().to_string().contains("damaged"));
        }
    }

    #[test]
    fn zeros_behind_gzip_are_padding() {
        let (bytes, _, error) = unpacked(&[gzip(b"te"), vec![0; 512], gzip(b"xt"), vec![0; 99_999]].concat());
        assert!(bytes == b"text" && error.is_none());
    }

    #[test]
    fn a_bomb_is_a_stream() {
        let packed = zstd(&vec![0; 1 << 20]).repeat(200);
        let (mut source, _) = unpack(Box::new(packed.as_slice()));
        assert_eq!(io::copy(&mut source, &mut io::sink()).unwrap(), 200 << 20);
    }
}
