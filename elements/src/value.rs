//! What attributes, classes, styles and properties are set to.

use std::sync::{Arc, Mutex};

use original::prelude::{Get, Memo, RwSignal, Signal, Storage};
use original::text_prop::TextProp;

/// A value, or the closure that makes it anew whenever what it reads has changed.
pub enum Value {
    Now(Word),
    Live(Box<dyn FnMut() -> Word>),
}

/// A value as it is now.
#[derive(Clone, PartialEq)]
pub enum Word {
    Absent,
    Flag(bool),
    Static(&'static str),
    Text(String),
}

/// What can be a value.
pub trait IntoValue {
    fn into_value(self) -> Value;
}

/// What is one without being read again.
pub trait IntoWord {
    fn into_word(self) -> Word;
}

/// `view!` calls it on each attribute's value.
pub trait IntoAttributeValue {
    fn into_attribute_value(self) -> Value;
}

impl<T: IntoValue> IntoAttributeValue for T {
    fn into_attribute_value(self) -> Value {
        self.into_value()
    }
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoWord for bool {
    fn into_word(self) -> Word {
        Word::Flag(self)
    }
}

impl IntoWord for &'static str {
    fn into_word(self) -> Word {
        Word::Static(self)
    }
}

impl IntoWord for String {
    fn into_word(self) -> Word {
        Word::Text(self)
    }
}

impl<T: IntoWord> IntoWord for Option<T> {
    fn into_word(self) -> Word {
        self.map_or(Word::Absent, T::into_word)
    }
}

macro_rules! numbers {
    ($($number:ty)*) => {
        $(impl IntoWord for $number {
            fn into_word(self) -> Word {
                Word::Text(self.to_string())
            }
        })*
    };
}
numbers! { i32 u32 u64 usize f32 f64 }

macro_rules! words_are_values {
    ($($word:ty)*) => {
        $(impl IntoValue for $word {
            fn into_value(self) -> Value {
                Value::Now(self.into_word())
            }
        })*
    };
}
words_are_values! { bool &'static str String i32 u32 u64 usize f32 f64 }

impl<T: IntoWord> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        Value::Now(self.into_word())
    }
}

impl<F, T> IntoValue for F
where
    F: FnMut() -> T + 'static,
    T: IntoWord,
{
    fn into_value(mut self) -> Value {
        Value::Live(Box::new(move || self().into_word()))
    }
}

/// What `view!` makes of a closure.
impl<T: IntoWord + 'static> IntoValue for Arc<Mutex<dyn FnMut() -> T + Send>> {
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || match self.lock() {
            Ok(mut closure) => closure().into_word(),
            Err(_) => Word::Absent,
        }))
    }
}

impl IntoValue for TextProp {
    fn into_value(self) -> Value {
        Value::Live(Box::new(move || Word::Text(self.get().to_string())))
    }
}

macro_rules! signals {
    ($($signal:ident)*) => {
        $(impl<T, S> IntoValue for $signal<T, S>
        where
            $signal<T, S>: Get<Value = T> + 'static,
            T: IntoWord + 'static,
            S: Storage<T> + 'static,
        {
            fn into_value(self) -> Value {
                Value::Live(Box::new(move || self.get().into_word()))
            }
        })*
    };
}
signals! { RwSignal Signal Memo }
