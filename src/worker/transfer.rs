//! How a message crosses: `{json, bulk}`, where `bulk` is an array of typed arrays (their buffers transferred) or Blobs.

use js_sys::{Array, BigUint64Array, Object, Reflect, Uint8Array, Uint32Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};

use crate::model::outline::Column;

/// What travels beside a message's JSON.
#[derive(Default)]
pub struct Bulk {
    items: Array,
    transfer: Array,
}

impl Bulk {
    pub fn none() -> Self {
        Self::default()
    }

    pub fn push_column(&mut self, column: &Column) {
        let (item, buffer): (JsValue, JsValue) = match column {
            Column::U8(values) => {
                let array = Uint8Array::from(values.as_slice());
                (array.clone().into(), array.buffer().into())
            }
            Column::U32(values) => {
                let array = Uint32Array::from(values.as_slice());
                (array.clone().into(), array.buffer().into())
            }
            Column::U64(values) => {
                let array = BigUint64Array::from(values.as_slice());
                (array.clone().into(), array.buffer().into())
            }
        };
        self.items.push(&item);
        self.transfer.push(&buffer);
    }

    /// A Blob or File: cloned by reference, not by bytes.
    pub fn push_blob(&mut self, blob: &web_sys::Blob) {
        self.items.push(blob);
    }

    pub fn push_bytes(&mut self, bytes: &Uint8Array) {
        self.items.push(bytes);
        self.transfer.push(&bytes.buffer());
    }
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // Setting a property of a fresh plain object cannot fail.
    let _ = Reflect::set(object, &JsValue::from_str(key), value);
}

/// What worker.js starts: this very program, compiled.
pub fn program(glue: &str) -> JsValue {
    let object = Object::new();
    set(&object, "glue", &JsValue::from_str(glue));
    set(&object, "module", &wasm_bindgen::module());
    object.into()
}

/// The message and its transfer list.
pub fn pack<T: Serialize>(message: &T, bulk: Bulk) -> (JsValue, JsValue) {
    let object = Object::new();
    let json = serde_json::to_string(message).unwrap_or_default();
    set(&object, "json", &JsValue::from_str(&json));
    set(&object, "bulk", &bulk.items);
    (object.into(), bulk.transfer.into())
}

/// The message and what came beside it; `None` for a message that is not ours.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Option<(T, Vec<JsValue>)> {
    let json = Reflect::get(data, &JsValue::from_str("json")).ok()?.as_string()?;
    let message = serde_json::from_str(&json).ok()?;
    let bulk = Reflect::get(data, &JsValue::from_str("bulk")).ok()?;
    let bulk = bulk.dyn_into::<Array>().map(|items| items.iter().collect()).unwrap_or_default();
    Some((message, bulk))
}

/// A column out of a typed array: one copy into wasm memory.
pub fn column(item: &JsValue) -> Option<Column> {
    if let Some(array) = item.dyn_ref::<Uint8Array>() {
        Some(Column::U8(array.to_vec()))
    } else if let Some(array) = item.dyn_ref::<Uint32Array>() {
        Some(Column::U32(array.to_vec()))
    } else {
        item.dyn_ref::<BigUint64Array>().map(|array| Column::U64(array.to_vec()))
    }
}
