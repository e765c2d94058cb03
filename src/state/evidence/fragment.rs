//! A small trace within a link: in the fragment, which browsers send to no server. `#trace=1.…`, version 1: OTLP protobuf, in gzip, in the
//! alphabet of URLs.

use super::format::is_gzip;
use crate::base::base64;

const NAME: &str = "trace=";
const VERSION: &str = "1.";

/// The longest fragment that is written: chats and tickets cut longer links.
pub const MOST_CHARS: usize = 32_000;
/// The longest that is read.
const MOST_READ: usize = 8_000_000;

/// The fragment of a packed trace, without its `#`. The error is a sentence with the figures.
pub fn write(packed: &[u8]) -> Result<String, String> {
    let mut text = format!("{NAME}{VERSION}");
    base64::push_url_safe(&mut text, packed);
    match text.len() {
        ..=MOST_CHARS => Ok(text),
        long => Err(format!(
            "The trace takes {} characters of a link, and links of more than {} are cut by chats and tickets. Save it as a file.",
            crate::base::format::count(long as u64),
            crate::base::format::count(MOST_CHARS as u64)
        )),
    }
}

/// The packed trace in a fragment, with or without its `#`; `None` when there is none in it. The error is a sentence for the reader.
pub fn read(fragment: &str) -> Option<Result<Vec<u8>, String>> {
    packed_text(fragment).map(unpack)
}

/// Whether there is one in it, readable or not: asked whenever the address is written, so nothing is unpacked.
pub fn carries(fragment: &str) -> bool {
    packed_text(fragment).is_some()
}

fn packed_text(fragment: &str) -> Option<&str> {
    fragment.trim_start_matches('#').split('&').find_map(|part| part.strip_prefix(NAME))
}

fn unpack(text: &str) -> Result<Vec<u8>, String> {
    let Some(packed) = text.strip_prefix(VERSION) else {
        let is_version = text
            .split_once('.')
            .is_some_and(|(version, _)| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()));
        return Err(match is_version {
            true => "The trace in this link was packed by a later Spanloom than this one.".to_owned(),
            false => "The trace in this link is damaged: it does not begin as one.".to_owned(),
        });
    };
    if packed.len() > MOST_READ {
        return Err("The trace in this link is longer than any that Spanloom writes.".to_owned());
    }
    let mut bytes = Vec::new();
    match base64::decode(packed.as_bytes(), &mut bytes) {
        Some(()) if is_gzip(&bytes) => Ok(bytes),
        _ => {
            Err("The trace in this link is damaged: a part of the link is missing or was changed on its way."
                .to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        let bytes: Vec<u8> = [0x1f, 0x8b].into_iter().chain(0..=255).collect();
        let fragment = write(&bytes).unwrap();
        assert!(fragment.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=.-_".contains(&byte)), "{fragment}");
        for link in [fragment.clone(), format!("#{fragment}"), format!("#other=1&{fragment}")] {
            assert!(carries(&link));
            assert_eq!(read(&link), Some(Ok(bytes.clone())));
        }
    }

    #[test]
    fn too_large_a_trace_is_refused_with_its_figures() {
        let why = write(&[7; 30_000]).unwrap_err();
        assert!(why.contains("40,008") && why.contains("32,000"), "{why}");
        assert!(write(&[7; 23_990]).is_ok());
    }

    #[test]
    fn a_damaged_one_gives_a_sentence() {
        for (fragment, expected) in [
            ("trace=", "does not begin"),
            ("trace=AAAA", "does not begin"),
            ("trace=2.AAAA", "later"),
            ("trace=1.", "missing"),
            ("trace=1.AA%41", "missing"),
            ("trace=1.A", "missing"),
            ("trace=1.AAAA", "missing"),
        ] {
            let why = read(fragment).unwrap().unwrap_err();
            assert!(why.contains(expected) && why.ends_with('.'), "{fragment}: {why}");
        }
        assert_eq!(read(""), None);
        assert_eq!(read("#section"), None);
        assert!(!carries("") && !carries("#section") && carries("#trace="));
    }
}
