//! Values without parts: text, numbers, true and false, null; and reading the one where the other was meant.

use super::number::decimal;
use super::{Reader, Step, quoted, text};
use crate::base::{Strings, Sym};

/// A value without parts, as it stands in the file.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Scalar<'t> {
    Null,
    Bool(bool),
    /// Starts with a digit or a minus; not checked further.
    Number(&'t str),
    /// A string; also the bare words `NaN`, `Infinity`, `-Infinity`, which some writers leave unquoted.
    Text(&'t str),
}

/// Longer words are no number that anyone means.
const MAX_WORD: usize = 4096;

/// Bytes of numbers and of `true`, `false`, `null`, `NaN`, `Infinity`.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
}

impl<'t> Scalar<'t> {
    /// A whole number of any spelling (`"12"`, `12`, `1.2e1`); null is 0.
    pub fn whole(self) -> Result<i128, String> {
        match self {
            Scalar::Null => Ok(0),
            Scalar::Number(text) | Scalar::Text(text) => match decimal(text, 0) {
                Some(read) if read.exact => Ok(read.whole),
                _ => Err(format!("expected a whole number, found {}", quoted(text.as_bytes()))),
            },
            Scalar::Bool(flag) => Err(format!("expected a whole number, found `{flag}`")),
        }
    }

    /// Times `10^shift`, cut: microseconds as nanoseconds with 3.
    pub fn scaled(self, shift: i32) -> Result<i128, String> {
        match self {
            Scalar::Null => Ok(0),
            Scalar::Number(text) | Scalar::Text(text) => match decimal(text, shift) {
                Some(read) => Ok(read.whole),
                None => Err(format!("expected a number, found {}", quoted(text.as_bytes()))),
            },
            Scalar::Bool(flag) => Err(format!("expected a number, found `{flag}`")),
        }
    }

    pub fn double(self) -> Result<f64, String> {
        match self {
            Scalar::Null => Ok(0.0),
            // Rust reads `NaN`, `Infinity` and `-Infinity` as protobuf's JSON mapping spells them.
            Scalar::Number(text) | Scalar::Text(text) => match text.parse() {
                Ok(number) if is_beyond_doubles(text, number) => {
                    Err(format!("{} is no number that a double holds", quoted(text.as_bytes())))
                }
                Ok(number) => Ok(number),
                Err(_) => Err(format!("expected a number, found {}", quoted(text.as_bytes()))),
            },
            Scalar::Bool(flag) => Err(format!("expected a number, found `{flag}`")),
        }
    }

    pub fn bool(self) -> Result<bool, String> {
        match self {
            Scalar::Null => Ok(false),
            Scalar::Bool(flag) => Ok(flag),
            Scalar::Text("true") => Ok(true),
            Scalar::Text("false") => Ok(false),
            Scalar::Number(text) | Scalar::Text(text) => {
                Err(format!("expected `true` or `false`, found {}", quoted(text.as_bytes())))
            }
        }
    }

    /// Text as it is, numbers as they are written; null is empty.
    pub fn text(self) -> &'t str {
        match self {
            Scalar::Null => "",
            Scalar::Bool(true) => "true",
            Scalar::Bool(false) => "false",
            Scalar::Number(text) | Scalar::Text(text) => text,
        }
    }
}

/// Whether digits were read as infinity (`1e400`), or as 0 though one of them is not (`1e-400`).
pub(crate) fn is_beyond_doubles(text: &str, number: f64) -> bool {
    let mut digits = text.bytes().take_while(|byte| !matches!(byte, b'e' | b'E')).filter(u8::is_ascii_digit);
    (number.is_infinite() && digits.next().is_some()) || (number == 0.0 && digits.any(|digit| digit != b'0'))
}

impl Reader<'_, '_> {
    /// The next value. An object or array there is a fault; it is skipped and reads as null.
    pub fn scalar(&mut self) -> Step<Scalar<'_>> {
        match self.next_byte()? {
            b'"' => {
                let held = self.read_text()?;
                let Reader { input, frames, keys, unescaped, mended, faults, .. } = self;
                let on_bad = || Self::note_bad_text(frames, keys, faults);
                Ok(Scalar::Text(text::resolve(held, input, unescaped, mended, on_bad)))
            }
            b'{' | b'[' => {
                let found = self.found();
                self.accept::<()>(Err(format!("expected a plain value, found {found}")));
                self.skip_value()?;
                Ok(Scalar::Null)
            }
            byte if is_word(byte) => {
                let len = self.read_word()?;
                match self.input.behind(len) {
                    b"null" => Ok(Scalar::Null),
                    b"true" => Ok(Scalar::Bool(true)),
                    b"false" => Ok(Scalar::Bool(false)),
                    word => {
                        // A word is ASCII.
                        let text = core::str::from_utf8(word).unwrap_or_default();
                        let is_number = !matches!(text, "NaN" | "Infinity" | "-Infinity");
                        Ok(if is_number { Scalar::Number(text) } else { Scalar::Text(text) })
                    }
                }
            }
            _ => Err(self.broken_by_next("expected a value")),
        }
    }

    /// A duration in microseconds as nanoseconds; `None` for null, and for what is no number, which is a fault.
    pub fn duration(&mut self) -> Step<Option<i128>> {
        let read = match self.scalar()? {
            Scalar::Null => Ok(None),
            scalar => scalar.scaled(3).map(Some),
        };
        Ok(self.accept(read))
    }

    /// Consumes a run of word bytes; gives its length. Refuses words that JSON does not have.
    pub(super) fn read_word(&mut self) -> Step<usize> {
        let mut len = 0;
        loop {
            let rest = self.input.window().get(len..).unwrap_or_default();
            let more = rest.iter().take_while(|byte| is_word(**byte)).count();
            len += more;
            if len > MAX_WORD {
                return Err(self.broken("a number of more than 4,096 digits"));
            }
            if more < rest.len() || !self.input.refill() {
                break;
            }
        }
        let word = self.input.window().get(..len).unwrap_or_default();
        match word {
            [b'0'..=b'9' | b'-' | b'+' | b'.', ..] | b"null" | b"true" | b"false" | b"NaN" | b"Infinity" => {}
            _ if len == self.input.window().len() => return Err(self.ends("a word")),
            _ => return Err(self.broken_by_next("expected a value")),
        }
        self.input.consume(len);
        Ok(len)
    }

    /// Text; null is empty, numbers read as they are written.
    pub fn string(&mut self) -> Step<&str> {
        Ok(self.scalar()?.text())
    }

    /// Text as a symbol: what [`Reader::string`] gives, interned.
    pub fn symbol(&mut self, strings: &mut Strings) -> Step<Sym> {
        if self.next_byte()? != b'"' {
            return Ok(strings.intern(self.string()?));
        }
        let held = self.read_text()?;
        let Reader { input, frames, keys, unescaped, mended, faults, .. } = self;
        if let Some(sym) = strings.intern_bytes(text::bytes(held, input, unescaped)) {
            return Ok(sym);
        }
        let on_bad = || Self::note_bad_text(frames, keys, faults);
        Ok(strings.intern(text::resolve(held, input, unescaped, mended, on_bad)))
    }

    /// A whole number up to 2^64 - 1, as a number or a string. What is none is a fault and reads as 0.
    pub fn unsigned(&mut self) -> Step<u64> {
        let read = self.scalar()?.whole().and_then(|whole| {
            u64::try_from(whole).map_err(|_| format!("expected a number from 0 to {}, found `{whole}`", u64::MAX))
        });
        Ok(self.accept(read))
    }

    /// The same up to 2^32 - 1; what is larger counts as that.
    pub fn unsigned_32(&mut self) -> Step<u32> {
        Ok(u32::try_from(self.unsigned()?).unwrap_or(u32::MAX))
    }
}
