//! Tags: `{"key": "…", "type": "int64", "value": 1}`, of spans, log fields and processes alike.

use std::borrow::Cow;

use super::Jaeger;
use crate::base::{Sym, base64};
use crate::decode::carried::Carried;
use crate::decode::json::{Scalar, Step};
use crate::decode::skipped::Holder;
use crate::model::{AnyValue, SpanSet, WarningKind};

/// Whose tags they are, and what takes those that are no attributes.
pub(super) enum Owner<'t> {
    Span(&'t mut Carried),
    Process,
    /// The event's name, which stands in the field `event`.
    Log(&'t mut Sym),
}

/// Jaeger's value types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Type {
    Text,
    Bool,
    Int,
    Float,
    Binary,
    /// Not named, or not known: the JSON value tells.
    Open,
}

impl Type {
    fn named(name: &str) -> Self {
        match name {
            "string" => Type::Text,
            "bool" => Type::Bool,
            "int64" => Type::Int,
            "float64" => Type::Float,
            "binary" => Type::Binary,
            _ => Type::Open,
        }
    }
}

/// A value that came before its key or type.
enum Early {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
}

impl Early {
    fn of(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Early::Null,
            Scalar::Bool(flag) => Early::Bool(flag),
            Scalar::Number(text) => Early::Number(text.to_owned()),
            Scalar::Text(text) => Early::Text(text.to_owned()),
        }
    }

    fn scalar(&self) -> Scalar<'_> {
        match self {
            Early::Null => Scalar::Null,
            Early::Bool(flag) => Scalar::Bool(*flag),
            Early::Number(text) => Scalar::Number(text),
            Early::Text(text) => Scalar::Text(text),
        }
    }
}

impl Jaeger<'_, '_, '_, '_> {
    /// Pushes the tags of an array as attributes, but those that their owner takes.
    pub(super) fn tags(&mut self, mut owner: Owner<'_>) -> Step<()> {
        if self.reader.begin_array()? {
            while self.reader.next_element()? {
                self.tag(&mut owner)?;
            }
        }
        Ok(())
    }

    fn tag(&mut self, owner: &mut Owner<'_>) -> Step<()> {
        if !self.reader.begin_object()? {
            return Ok(());
        }
        let mut name = None;
        let mut kind = None;
        let mut early = None;
        let mut placed = false;
        while let Some(key) = self.reader.next_key()? {
            match (key, name, kind) {
                ("key", ..) => name = Some(self.reader.symbol(&mut self.sink.set.strings)?),
                ("type", ..) => kind = Some(Type::named(self.reader.string()?)),
                ("value", Some(name), Some(kind)) if !placed => {
                    let scalar = self.reader.scalar()?;
                    let problem = place(self.sink.set, owner, name, kind, scalar);
                    self.note(problem);
                    placed = true;
                }
                ("value", ..) => early = Some(Early::of(self.reader.scalar()?)),
                _ => self.reader.skip_unknown(&mut self.sink.skipped, Holder::Tag)?,
            }
        }
        if !placed {
            let scalar = early.as_ref().map_or(Scalar::Null, Early::scalar);
            let (name, kind) = (name.unwrap_or(Sym::EMPTY), kind.unwrap_or(Type::Open));
            let problem = place(self.sink.set, owner, name, kind, scalar);
            self.note(problem);
        }
        Ok(())
    }

    fn note(&mut self, problem: Option<String>) {
        if let Some(problem) = problem {
            self.reader.fault(WarningKind::InvalidField, &problem);
        }
    }
}

/// Puts one tag where it belongs; gives what is wrong with its value.
fn place(set: &mut SpanSet, owner: &mut Owner<'_>, name: Sym, kind: Type, scalar: Scalar<'_>) -> Option<String> {
    let key = set.strings.get(name);
    match owner {
        // The key is copied only when it is one of the few that start so.
        Owner::Span(carried) if key.starts_with("otel.") || matches!(key, "span.kind" | "error" | "w3c.tracestate") => {
            let key = key.to_owned();
            if carried.take(&mut set.strings, &key, scalar.text()) {
                return None;
            }
        }
        Owner::Log(event) if key == "event" => {
            **event = set.intern(scalar.text());
            return None;
        }
        _ => {}
    }
    if let (Scalar::Text(text), Type::Text | Type::Open) = (scalar, kind) {
        set.attrs.push_str(&mut set.strings, name, text);
        return None;
    }
    let (value, problem) = match value(kind, scalar) {
        Ok(value) => (value, None),
        // What cannot be read as its type stays as the text that stood there.
        Err(problem) => (AnyValue::str(scalar.text()), Some(problem)),
    };
    set.attrs.push(&mut set.strings, name, &value);
    problem
}

fn value<'t>(kind: Type, scalar: Scalar<'t>) -> Result<AnyValue<'t>, String> {
    Ok(match (kind, scalar) {
        (_, Scalar::Null) => AnyValue::Empty,
        (Type::Text, scalar) => AnyValue::str(scalar.text()),
        (Type::Bool, scalar) | (Type::Open, scalar @ Scalar::Bool(_)) => AnyValue::Bool(scalar.bool()?),
        (Type::Int, scalar) => AnyValue::Int(int(scalar)?),
        (Type::Float, scalar) => AnyValue::Double(scalar.double()?),
        (Type::Binary, scalar) => {
            let mut bytes = Vec::new();
            base64::decode(scalar.text().as_bytes(), &mut bytes).ok_or("expected base64")?;
            AnyValue::Bytes(Cow::Owned(bytes))
        }
        (Type::Open, Scalar::Number(text)) if text.contains(['.', 'e', 'E']) => AnyValue::Double(scalar.double()?),
        (Type::Open, Scalar::Number(_)) => AnyValue::Int(int(scalar)?),
        (Type::Open, scalar) => AnyValue::str(scalar.text()),
    })
}

fn int(scalar: Scalar<'_>) -> Result<i64, String> {
    let whole = scalar.whole()?;
    i64::try_from(whole).map_err(|_| format!("`{whole}` does not fit 64 bits"))
}
