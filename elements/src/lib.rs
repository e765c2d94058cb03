//! Leptos with one type for every element, for a program's size.
//!
//! Leptos gives each element a type made of its tag, its attributes and its children, and compiles building, rebuilding
//! and unmounting anew for each. Here `view!` writes the same words and gets [`El`]: one type, made at once, whose attributes
//! and children are values. All else is Leptos as it is. The name of this package in `Cargo.toml` is `leptos`, because that
//! is what `view!` and `#[component]` call.
//!
//! What differs: an element that a closure returns anew replaces the old one; Leptos would patch the old one where both have
//! the same type. So what must last (an input with focus, a scroller) stands outside of closures, or in a `For`.

mod built;
mod el;
mod value;

pub use original::*;

pub use self::built::Built;
pub use self::el::El;
pub use self::value::{IntoValue, Value};

pub mod prelude {
    //! Leptos's prelude, with the two traits that `view!` calls replaced.
    pub use original::prelude::*;

    pub use crate::built::IntoMaybeErased;
    pub use crate::value::IntoAttributeValue;
}

pub mod tachys {
    //! Leptos's renderer, as far as `view!` names it.
    pub use original::tachys::*;

    pub mod html {
        //! Elements of HTML.
        pub use original::tachys::html::*;

        pub mod element {
            //! One function an element.
            crate::el::elements! { None;
                a aside b blockquote button canvas code datalist dd details dialog div dl dt fieldset footer form h1 h2 h3 h4
                header i input kbd label legend li main nav ol optgroup option p pre section select small span strong
                summary table tbody td textarea tfoot th thead tr u ul wbr
            }
        }
    }

    pub mod svg {
        //! Elements of SVG.
        pub use original::tachys::svg::InertElement;

        crate::el::elements! { Some("http://www.w3.org/2000/svg");
            a circle clipPath defs desc ellipse g line linearGradient marker path pattern polygon polyline rect stop svg
            symbol text title tspan
        }
    }

    pub mod view {
        //! What `view!` names of views.
        pub use original::tachys::view::*;

        pub mod iterators {
            //! What `view!` makes of several children.
            pub use crate::built::StaticVec;
        }
    }
}
