//! The page, by Leptos: one public component a file, folders by screen. Components read [`crate::state::app::App`] and
//! call its methods; what a frame draws is decided in `layout` and drawn by `paint`.

mod across;
mod app;
mod appbar;
mod banner;
mod busy;
mod card;
mod consent;
mod details;
mod dialog;
mod download;
mod drop;
mod embed;
mod explore;
mod failure;
mod findings;
mod flame;
mod follow;
mod goto_box;
mod graph;
mod home;
mod icon;
mod keyboard;
mod list;
mod loading;
mod made;
mod map;
mod menu;
mod notes;
mod parts;
mod picked;
mod picture;
mod picker;
mod stats;
mod stopped;
mod table;
mod time;
mod timeline;
mod tools;
mod trace;
mod twin;

pub use app::mount;
