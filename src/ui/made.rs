//! Elements made by hand, for what is made anew with every notch of a wheel: a view macro's element costs ten times as much, each of its
//! changing parts being an effect of its own. Text only ever becomes text: nothing here reads markup.

use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlElement};

const SVG: &str = "http://www.w3.org/2000/svg";

/// Makes elements of the page. They are `None` only where the browser knows no such element.
pub struct Maker(Document);

impl Maker {
    pub fn of_page() -> Option<Maker> {
        web_sys::window()?.document().map(Maker)
    }

    /// An element with a class; an empty class is none.
    pub fn html(&self, tag: &str, class: &str) -> Option<Element> {
        let element = self.0.create_element(tag).ok()?;
        if !class.is_empty() {
            element.set_class_name(class);
        }
        Some(element)
    }

    pub fn svg(&self, tag: &str) -> Option<Element> {
        self.0.create_element_ns(Some(SVG), tag).ok()
    }
}

/// Writing to an element, one call after the other.
pub trait Write: Sized {
    fn attr(self, name: &str, value: &str) -> Self;
    /// The attribute, if there is a value.
    fn attr_if(self, name: &str, value: Option<&str>) -> Self;
    fn class(self, name: &str, is_on: bool) -> Self;
    /// A property of its style. As an attribute the page's policy on inline styles would refuse it.
    fn style(self, name: &str, value: &str) -> Self;
    /// Text behind what is in it.
    fn text(self, text: &str) -> Self;
    fn child(self, child: Option<Element>) -> Self;
}

// An element of ours takes every attribute, class, text and child given here: the results say nothing.
impl Write for Element {
    fn attr(self, name: &str, value: &str) -> Self {
        let _ = self.set_attribute(name, value);
        self
    }

    fn attr_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.attr(name, value),
            None => self,
        }
    }

    fn class(self, name: &str, is_on: bool) -> Self {
        let _ = self.class_list().toggle_with_force(name, is_on);
        self
    }

    fn style(self, name: &str, value: &str) -> Self {
        if let Some(element) = self.dyn_ref::<HtmlElement>() {
            let _ = element.style().set_property(name, value);
        }
        self
    }

    fn text(self, text: &str) -> Self {
        let _ = self.append_with_str_1(text);
        self
    }

    fn child(self, child: Option<Element>) -> Self {
        if let Some(child) = child {
            let _ = self.append_child(&child);
        }
        self
    }
}
