//! What the user can change, and its round trip through the URL ([`url`]). Nothing here draws.

pub mod url;
