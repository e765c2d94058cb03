//! Attributes: `{"key": "…", "value": {"stringValue": "…"}}` and all that `AnyValue` can be.
//!
//! Also what Go's `encoding/json` makes of the structs that protobuf generates: `{"Value": {"StringValue": "…"}}`.

use std::borrow::Cow;

use super::{Otlp, plain};
use crate::base::{Sym, base64};
use crate::decode::json::{Scalar, Step};
use crate::decode::skipped::Holder;
use crate::model::attr::MAX_NESTING;
use crate::model::{AnyValue, AttrRange, WarningKind};

/// The members of `AnyValue`.
#[derive(Clone, Copy)]
enum Variant {
    Str,
    Bool,
    Int,
    Double,
    Bytes,
    Array,
    Kvlist,
}

impl Variant {
    fn named(key: &str) -> Option<Self> {
        Some(match key {
            "stringValue" | "string_value" | "StringValue" => Variant::Str,
            "intValue" | "int_value" | "IntValue" => Variant::Int,
            "boolValue" | "bool_value" | "BoolValue" => Variant::Bool,
            "doubleValue" | "double_value" | "DoubleValue" => Variant::Double,
            "arrayValue" | "array_value" | "ArrayValue" => Variant::Array,
            "kvlistValue" | "kvlist_value" | "KvlistValue" => Variant::Kvlist,
            "bytesValue" | "bytes_value" | "BytesValue" => Variant::Bytes,
            _ => return None,
        })
    }
}

/// The field of Go's struct that holds the variant.
const GO_VALUE: &str = "Value";

impl Otlp<'_, '_, '_, '_> {
    /// An array of attributes, behind those that its owner has `known` already.
    pub(super) fn attributes(&mut self, known: AttrRange) -> Step<AttrRange> {
        let mark = self.sink.set.attrs.reopen(known);
        self.each(Self::attribute)?;
        Ok(self.sink.set.attrs.since(mark))
    }

    fn attribute(&mut self) -> Step<()> {
        if plain::attribute(&mut self.reader, self.sink.set) {
            return Ok(());
        }
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut name = None;
        let mut early = None;
        let mut pushed = false;
        while let Some(key) = self.reader.next_key()? {
            match (key, name) {
                ("key" | "Key", None) => name = Some(self.reader.symbol(&mut self.sink.set.strings)?),
                ("value" | GO_VALUE, Some(name)) if !pushed => {
                    self.push_value(name)?;
                    pushed = true;
                }
                ("value" | GO_VALUE, None) => early = Some(self.any_value(0)?),
                // Named twice.
                ("key" | "Key" | "value" | GO_VALUE, _) => self.reader.skip_value()?,
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Attribute)?,
            }
        }
        if !pushed {
            let set = &mut *self.sink.set;
            set.attrs.push(&mut set.strings, name.unwrap_or(Sym::EMPTY), &early.unwrap_or(AnyValue::Empty));
        }
        Ok(())
    }

    /// Reads a value straight into the pool; strings, which most values are, without a copy.
    fn push_value(&mut self, name: Sym) -> Step<()> {
        if let Some(value) = self.untyped()? {
            let set = &mut *self.sink.set;
            set.attrs.push(&mut set.strings, name, &value);
            return Ok(());
        }
        let mut pushed = false;
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                let (variant, is_go) = (Variant::named(key), key == GO_VALUE);
                if self.is_null()? {
                    continue;
                }
                match variant {
                    Some(Variant::Str) if !pushed => {
                        let set = &mut *self.sink.set;
                        let text = self.reader.symbol(&mut set.strings)?;
                        set.attrs.push_sym(name, text);
                        pushed = true;
                    }
                    Some(variant) if !pushed => {
                        let value = self.variant(variant, 0)?;
                        let set = &mut *self.sink.set;
                        set.attrs.push(&mut set.strings, name, &value);
                        pushed = true;
                    }
                    None if is_go && !pushed => {
                        let value = self.go_value(0)?;
                        let set = &mut *self.sink.set;
                        set.attrs.push(&mut set.strings, name, &value);
                        pushed = true;
                    }
                    _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Value)?,
                }
            }
        }
        if !pushed {
            let set = &mut *self.sink.set;
            set.attrs.push(&mut set.strings, name, &AnyValue::Empty);
        }
        Ok(())
    }

    /// A value that something holds: `depth` arrays and maps are around it.
    fn any_value(&mut self, depth: usize) -> Step<AnyValue<'static>> {
        if let Some(value) = self.untyped()? {
            return Ok(value);
        }
        let mut value = AnyValue::Empty;
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                let (variant, is_go) = (Variant::named(key), key == GO_VALUE);
                if self.is_null()? {
                    continue;
                }
                match variant {
                    Some(variant) => value = self.variant(variant, depth)?,
                    None if is_go => value = self.go_value(depth)?,
                    None => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Value)?,
                }
            }
        }
        Ok(value)
    }

    /// A value without the object that names its type: kept with the type that JSON gives it, and a fault.
    fn untyped(&mut self) -> Step<Option<AnyValue<'static>>> {
        if matches!(self.reader.next_byte()?, b'{' | b'[' | b'n') {
            return Ok(None);
        }
        let value = match self.reader.scalar()? {
            Scalar::Null => AnyValue::Empty,
            Scalar::Bool(flag) => AnyValue::Bool(flag),
            Scalar::Number(text) => match (text.parse(), text.parse()) {
                (Ok(number), _) => AnyValue::Int(number),
                (_, Ok(number)) => AnyValue::Double(number),
                _ => AnyValue::Str(Cow::Owned(text.to_owned())),
            },
            Scalar::Text(text) => AnyValue::Str(Cow::Owned(text.to_owned())),
        };
        self.reader.fault(WarningKind::InvalidField, "expected an object that names the type; JSON's type is taken");
        Ok(Some(value))
    }

    /// What is in Go's `Value`, which holds no other of its name: so this goes one level deep.
    fn go_value(&mut self, depth: usize) -> Step<AnyValue<'static>> {
        if let Some(value) = self.untyped()? {
            return Ok(value);
        }
        let mut value = AnyValue::Empty;
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                let variant = Variant::named(key);
                if self.is_null()? {
                    continue;
                }
                match variant {
                    Some(variant) => value = self.variant(variant, depth)?,
                    None => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Value)?,
                }
            }
        }
        Ok(value)
    }

    /// Steps over a null: writers that name every type of a value leave the others null, which is absent.
    fn is_null(&mut self) -> Step<bool> {
        let is_null = self.reader.next_byte()? == b'n';
        if is_null {
            self.reader.skip_value()?;
        }
        Ok(is_null)
    }

    fn variant(&mut self, variant: Variant, depth: usize) -> Step<AnyValue<'static>> {
        Ok(match variant {
            Variant::Str => AnyValue::Str(Cow::Owned(self.reader.string()?.to_owned())),
            Variant::Array | Variant::Kvlist if depth >= MAX_NESTING => {
                self.reader.fault(WarningKind::InvalidField, "nested too deep to be kept");
                self.reader.skip_value()?;
                AnyValue::Empty
            }
            Variant::Array => AnyValue::Array(self.array(depth + 1)?),
            Variant::Kvlist => AnyValue::Kvlist(self.kvlist(depth + 1)?),
            scalar => {
                let (value, problem) = scalar_value(scalar, self.reader.scalar()?);
                if let Some(problem) = problem {
                    self.reader.fault(WarningKind::InvalidField, &problem);
                }
                value
            }
        })
    }

    /// `{"values": [{"stringValue": "…"}, …]}`; an empty array has no `values`.
    fn array(&mut self, depth: usize) -> Step<Vec<AnyValue<'static>>> {
        let mut items = Vec::new();
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                if !matches!(key, "values" | "Values") {
                    self.reader.skip_unknown(&mut self.sink.skipped, Holder::Value)?;
                } else if self.reader.begin_array()? {
                    while self.reader.next_element()? {
                        items.push(self.any_value(depth)?);
                    }
                }
            }
        }
        Ok(items)
    }

    /// `{"values": [{"key": "…", "value": {…}}, …]}`.
    fn kvlist(&mut self, depth: usize) -> Step<Vec<(Cow<'static, str>, AnyValue<'static>)>> {
        let mut entries = Vec::new();
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                if !matches!(key, "values" | "Values") {
                    self.reader.skip_unknown(&mut self.sink.skipped, Holder::Value)?;
                } else if self.reader.begin_array()? {
                    while self.reader.next_element()? {
                        entries.push(self.entry(depth)?);
                    }
                }
            }
        }
        Ok(entries)
    }

    fn entry(&mut self, depth: usize) -> Step<(Cow<'static, str>, AnyValue<'static>)> {
        let mut entry = (Cow::Borrowed(""), AnyValue::Empty);
        if self.reader.begin_object()? {
            while let Some(key) = self.reader.next_key()? {
                match key {
                    "key" | "Key" => entry.0 = Cow::Owned(self.reader.string()?.to_owned()),
                    "value" | GO_VALUE => entry.1 = self.any_value(depth)?,
                    _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Attribute)?,
                }
            }
        }
        Ok(entry)
    }
}

/// The value, and what is wrong with it. What cannot be read as its type stays as the text that stood there.
fn scalar_value(variant: Variant, scalar: Scalar<'_>) -> (AnyValue<'static>, Option<String>) {
    let read = match variant {
        Variant::Bool => scalar.bool().map(AnyValue::Bool),
        Variant::Double => scalar.double().map(AnyValue::Double),
        Variant::Bytes => {
            let mut bytes = Vec::new();
            match base64::decode(scalar.text().as_bytes(), &mut bytes) {
                Some(()) => Ok(AnyValue::Bytes(Cow::Owned(bytes))),
                None => Err("expected base64".to_owned()),
            }
        }
        _ => scalar.whole().and_then(|whole| {
            let narrow = i64::try_from(whole).map_err(|_| format!("`{whole}` does not fit 64 bits"));
            narrow.map(AnyValue::Int)
        }),
    };
    match read {
        Ok(value) => (value, None),
        Err(problem) => (AnyValue::Str(Cow::Owned(scalar.text().to_owned())), Some(problem)),
    }
}
