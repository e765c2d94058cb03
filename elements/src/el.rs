//! An element: made at once, its attributes set or followed, its children mounted.

use original::prelude::{IntoRender, Mountable, RenderEffect, RenderHtml, document};
use original::tachys::html::element::ElementType;
use original::tachys::html::event::EventDescriptor;
use original::tachys::html::node_ref::NodeRefContainer;
use original::tachys::renderer::types::{Element, Node};
use send_wrapper::SendWrapper;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use crate::built::{build, own_state};
use crate::value::{IntoValue, Value, Word};

// What `own_state!` names.
use original::prelude::{AddAnyAttr, Render};
use original::tachys::html::attribute::Attribute;
use original::tachys::html::attribute::any_attribute::AnyAttribute;
use original::tachys::hydration::Cursor;
use original::tachys::view::{Position, PositionState};

/// An element of HTML or SVG.
pub struct El(SendWrapper<Box<Made>>);

struct Made {
    element: Element,
    /// Dropped with the element, and what they follow with them.
    followed: Vec<RenderEffect<Word>>,
    listening: Vec<(String, Closure<dyn FnMut(web_sys::Event)>)>,
    children: Vec<Box<dyn Mountable>>,
}

/// An element that went hears nothing more.
impl Drop for Made {
    fn drop(&mut self) {
        for (name, handler) in &self.listening {
            let handler = handler.as_ref().unchecked_ref();
            // Fails for no name of an event.
            let _ = self.element.remove_event_listener_with_callback(name, handler);
        }
    }
}

#[derive(Clone, Copy)]
enum Place {
    Attribute,
    Class,
    Style,
    Property,
}

/// Where `class` and `style` set a value: the whole of it, or one name of it.
pub trait IntoNamed {
    fn into_named(self) -> (Option<&'static str>, Value);
}

impl<T: IntoValue> IntoNamed for T {
    fn into_named(self) -> (Option<&'static str>, Value) {
        (None, self.into_value())
    }
}

impl<T: IntoValue> IntoNamed for (&'static str, T) {
    fn into_named(self) -> (Option<&'static str>, Value) {
        (Some(self.0), self.1.into_value())
    }
}

impl El {
    pub fn new(namespace: Option<&str>, tag: &str) -> Self {
        let page = document();
        let made = match namespace {
            Some(_) => page.create_element_ns(namespace, tag),
            None => page.create_element(tag),
        };
        // The tags are written above, and the browser knows them.
        let element = made
            .unwrap_or_else(|_| document().body().map(Into::into).unwrap_or_else(|| JsValue::NULL.unchecked_into()));
        El(SendWrapper::new(Box::new(Made {
            element,
            followed: Vec::new(),
            listening: Vec::new(),
            children: Vec::new(),
        })))
    }

    fn set(mut self, place: Place, name: &'static str, value: Value) -> Self {
        match value {
            Value::Now(word) => put(&self.0.element, place, name, &word),
            Value::Live(mut closure) => {
                let element = self.0.element.clone();
                let effect = RenderEffect::new(move |before: Option<Word>| {
                    let now = closure();
                    if before.as_ref() != Some(&now) {
                        put(&element, place, name, &now);
                    }
                    now
                });
                self.0.followed.push(effect);
            }
        }
        self
    }

    pub fn attr(self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(Place::Attribute, name, value.into_value())
    }

    pub fn class(self, class: impl IntoNamed) -> Self {
        match class.into_named() {
            (None, value) => self.set(Place::Attribute, "class", value),
            (Some(name), value) => self.set(Place::Class, name, value),
        }
    }

    pub fn style(self, style: impl IntoNamed) -> Self {
        match style.into_named() {
            (None, value) => self.set(Place::Attribute, "style", value),
            (Some(name), value) => self.set(Place::Style, name, value),
        }
    }

    pub fn prop(self, name: &'static str, value: impl IntoValue) -> Self {
        self.set(Place::Property, name, value.into_value())
    }

    pub fn on<E>(self, event: E, mut handler: impl FnMut(E::EventType) + 'static) -> Self
    where
        E: EventDescriptor,
        E::EventType: JsCast,
    {
        self.listen(&event.name(), Box::new(move |heard| handler(heard.unchecked_into())))
    }

    fn listen(mut self, name: &str, handler: Box<dyn FnMut(web_sys::Event)>) -> Self {
        let handler = Closure::wrap(handler);
        // Fails for no name of an event.
        let _ = self.0.element.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
        self.0.listening.push((name.to_owned(), handler));
        self
    }

    pub fn node_ref<E: ElementType>(self, reference: impl NodeRefContainer<E>) -> Self {
        reference.load(&self.0.element);
        self
    }

    pub fn child<T>(self, child: T) -> Self
    where
        T: IntoRender<Output: RenderHtml>,
    {
        self.append(build(child))
    }

    fn append(mut self, mut child: Box<dyn Mountable>) -> Self {
        child.mount(&self.0.element, None);
        self.0.children.push(child);
        self
    }
}

/// Attributes that `view!` writes as methods.
macro_rules! attributes {
    ($($method:ident $name:literal)*) => {
        impl El {
            $(pub fn $method(self, value: impl IntoValue) -> Self {
                self.set(Place::Attribute, $name, value.into_value())
            })*
        }
    };
}

attributes! {
    accept "accept"
    aria_activedescendant "aria-activedescendant"
    aria_atomic "aria-atomic"
    aria_autocomplete "aria-autocomplete"
    aria_checked "aria-checked"
    aria_colcount "aria-colcount"
    aria_controls "aria-controls"
    aria_current "aria-current"
    aria_describedby "aria-describedby"
    aria_disabled "aria-disabled"
    aria_expanded "aria-expanded"
    aria_haspopup "aria-haspopup"
    aria_hidden "aria-hidden"
    aria_invalid "aria-invalid"
    aria_label "aria-label"
    aria_labelledby "aria-labelledby"
    aria_level "aria-level"
    aria_live "aria-live"
    aria_multiselectable "aria-multiselectable"
    aria_modal "aria-modal"
    aria_orientation "aria-orientation"
    aria_owns "aria-owns"
    aria_posinset "aria-posinset"
    aria_pressed "aria-pressed"
    aria_readonly "aria-readonly"
    aria_roledescription "aria-roledescription"
    aria_rowcount "aria-rowcount"
    aria_rowindex "aria-rowindex"
    aria_selected "aria-selected"
    aria_setsize "aria-setsize"
    aria_sort "aria-sort"
    aria_valuemax "aria-valuemax"
    aria_valuemin "aria-valuemin"
    aria_valuenow "aria-valuenow"
    aria_valuetext "aria-valuetext"
    autocomplete "autocomplete"
    autofocus "autofocus"
    checked "checked"
    colspan "colspan"
    dir "dir"
    disabled "disabled"
    download "download"
    draggable "draggable"
    hidden "hidden"
    href "href"
    id "id"
    label "label"
    lang "lang"
    list "list"
    max "max"
    method "method"
    min "min"
    multiple "multiple"
    name "name"
    novalidate "novalidate"
    open "open"
    placeholder "placeholder"
    popover "popover"
    readonly "readonly"
    rel "rel"
    role "role"
    rows "rows"
    scope "scope"
    selected "selected"
    size "size"
    spellcheck "spellcheck"
    src "src"
    step "step"
    tabindex "tabindex"
    target "target"
    title "title"
    r#for "for"
    r#type "type"
    value "value"
}

fn put(element: &Element, place: Place, name: &str, word: &Word) {
    let text = match word {
        Word::Static(text) => Some(*text),
        Word::Text(text) => Some(text.as_str()),
        Word::Flag(true) => Some(""),
        Word::Flag(false) | Word::Absent => None,
    };
    // What the browser refuses (a name that is none) stays as it was.
    let _ = match (place, text) {
        (Place::Attribute, Some(text)) => element.set_attribute(name, text),
        (Place::Attribute, None) => element.remove_attribute(name),
        (Place::Class, Some(_)) => element.class_list().add_1(name),
        (Place::Class, None) => element.class_list().remove_1(name),
        (Place::Style, text) => {
            let style = element.unchecked_ref::<web_sys::HtmlElement>().style();
            match text {
                Some(text) => style.set_property(name, text),
                None => style.remove_property(name).map(drop),
            }
        }
        (Place::Property, text) => {
            let value = match (word, text) {
                (Word::Flag(flag), _) => JsValue::from_bool(*flag),
                (_, Some(text)) => JsValue::from_str(text),
                (_, None) => JsValue::UNDEFINED,
            };
            js_sys::Reflect::set(element, &JsValue::from_str(name), &value).map(drop)
        }
    };
}

impl Mountable for El {
    fn unmount(&mut self) {
        self.0.element.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.element.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.element.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        vec![self.0.element.clone()]
    }
}

own_state!(El);

/// A function for each tag.
macro_rules! elements {
    ($namespace:expr; $($tag:ident)*) => {
        $(#[allow(non_snake_case)]
        pub fn $tag() -> $crate::El {
            $crate::El::new($namespace, stringify!($tag))
        })*
    };
}
pub(crate) use elements;
