//! What was built of a view, whatever it was: what it takes to mount and to unmount it.

use original::prelude::{AddAnyAttr, IntoRender, Mountable, Render, RenderHtml};
use original::tachys::html::attribute::Attribute;
use original::tachys::html::attribute::any_attribute::AnyAttribute;
use original::tachys::hydration::Cursor;
use original::tachys::renderer::types::{Element, Node};
use original::tachys::view::{Position, PositionState};
use send_wrapper::SendWrapper;

/// A view that was built, and is or will be mounted.
pub struct Built(SendWrapper<Box<dyn Mountable>>);

impl Built {
    pub fn new(state: impl Mountable + 'static) -> Self {
        Built(SendWrapper::new(Box::new(state)))
    }
}

/// What `view!` wraps children in when there are several, and `#[component]` what it returns.
pub trait IntoMaybeErased {
    fn into_maybe_erased(self) -> Built;
}

impl<T: RenderHtml> IntoMaybeErased for T {
    fn into_maybe_erased(self) -> Built {
        Built::new(self.into_owned().build())
    }
}

/// What `view!` puts several children into.
pub struct StaticVec;

impl StaticVec {
    #[allow(clippy::should_implement_trait)]
    pub fn from(children: Vec<Built>) -> Built {
        Built::new(Several(children))
    }
}

struct Several(Vec<Built>);

impl Mountable for Several {
    fn unmount(&mut self) {
        self.0.iter_mut().for_each(Mountable::unmount);
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.iter_mut().for_each(|child| child.mount(parent, marker));
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.iter().any(|mine| mine.insert_before_this(child))
    }

    fn elements(&self) -> Vec<Element> {
        self.0.iter().flat_map(Mountable::elements).collect()
    }
}

impl Mountable for Built {
    fn unmount(&mut self) {
        self.0.unmount();
    }

    fn mount(&mut self, parent: &Element, marker: Option<&Node>) {
        self.0.mount(parent, marker);
    }

    fn insert_before_this(&self, child: &mut dyn Mountable) -> bool {
        self.0.insert_before_this(child)
    }

    fn elements(&self) -> Vec<Element> {
        self.0.elements()
    }
}

/// Implements what a view must offer for a type that is its own state; there is no server here, and nothing to hydrate.
macro_rules! own_state {
    ($name:ty) => {
        impl Render for $name {
            type State = $name;

            fn build(self) -> Self {
                self
            }

            fn rebuild(mut self, state: &mut Self) {
                state.insert_before_this(&mut self);
                state.unmount();
                *state = self;
            }
        }

        impl AddAnyAttr for $name {
            type Output<A: Attribute> = $name;

            fn add_any_attr<A: Attribute>(self, _attribute: A) -> $name {
                self
            }
        }

        impl RenderHtml for $name {
            type AsyncOutput = $name;
            type Owned = $name;

            const MIN_LENGTH: usize = 0;

            fn dry_resolve(&mut self) {}

            async fn resolve(self) -> $name {
                self
            }

            fn to_html_with_buf(self, _: &mut String, _: &mut Position, _: bool, _: bool, _: Vec<AnyAttribute>) {}

            fn hydrate<const FROM_SERVER: bool>(self, _: &Cursor, _: &PositionState) -> $name {
                self
            }

            fn into_owned(self) -> $name {
                self
            }
        }
    };
}
pub(crate) use own_state;

own_state!(Built);

/// Builds a child, of whatever kind.
pub(crate) fn build<T>(child: T) -> Box<dyn Mountable>
where
    T: IntoRender<Output: RenderHtml>,
{
    Box::new(child.into_render().into_owned().build())
}
