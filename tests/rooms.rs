//! The import table: which room under `src/` may name which. The table at the top of this file is the rule; the test
//! reads the sources and holds it against them. Also how a file of `src/` opens and what it may not be called.
//!
//! It reads tokens, not Rust: enough to see every path in `use` declarations and in code, through nested braces,
//! `super`s and inline modules. It does not expand macros and does not follow `#[path]`.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A room and the rooms below it that it may import, bottom first.
const TABLE: [(&str, &[&str]); 11] = [
    ("base", &[]),
    ("model", &["base"]),
    ("decode", &["base", "model"]),
    ("analysis", &["base", "model"]),
    ("layout", &["base", "model", "analysis"]),
    ("query", &["base"]),
    ("source", &["base", "model", "query"]),
    ("worker", &["base", "model", "decode", "analysis", "layout"]),
    ("paint", &["base", "model", "layout"]),
    ("state", &["base", "model", "decode", "analysis", "layout", "query", "source", "worker"]),
    ("ui", &["base", "model", "decode", "analysis", "layout", "query", "source", "worker", "paint", "state"]),
];

/// Rooms that build and run without a browser, and the crates that would end that (by first name: `leptos_router` too).
const PURE: [&str; 6] = ["base", "model", "decode", "analysis", "layout", "query"];
const BROWSER_CRATES: [&str; 7] = ["leptos", "web_sys", "js_sys", "wasm_bindgen", "plotters", "gloo", "console_error"];

/// A name that says nothing about what is inside.
const EMPTY_NAMES: [&str; 3] = ["utils", "helpers", "types"];

#[test]
fn rooms_import_only_what_the_table_allows() -> io::Result<()> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for file in rust_files(&src)? {
        let inside = file.strip_prefix(&src).map_err(io::Error::other)?;
        let name = inside.to_string_lossy().replace('\\', "/");
        faults.extend(check(&name, &fs::read_to_string(&file)?));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    Ok(())
}

#[test]
fn planted_violations_are_caught() {
    let planted = [
        ("model/trace.rs", "use crate::decode::Rows;", "model may not import decode"),
        ("base/mod.rs", "pub(crate) use crate::model as m;", "base may not import model"),
        ("analysis/find.rs", "use crate::{base::Nanos, layout::{self, ticks}};", "analysis may not import layout"),
        (
            "layout/flame.rs",
            "use crate::{\n    base,\n    // a comment\n    paint::Ink,\n};",
            "layout may not import paint",
        ),
        ("decode/otlp.rs", "use {std::fmt, crate::ui::App};", "decode may not import ui"),
        ("query/lexer.rs", "fn f() -> u32 { crate::model::count() }", "query may not import model"),
        ("paint/svg.rs", "fn f(t: &crate::analysis::Tree) {}", "paint may not import analysis"),
        ("worker/mod.rs", "use super::state::Url;", "worker may not import state"),
        ("model/mod.rs", "fn f() { super::analysis::run() }", "model may not import analysis"),
        ("decode/json/text.rs", "use super::super::super::source::Tempo;", "decode may not import source"),
        ("model/trace.rs", "mod tests { use super::super::super::query; }", "model may not import query"),
        (
            "base/id.rs",
            "mod a { mod b {} fn f() { self::super::super::super::model::f() } }",
            "base may not import model",
        ),
        ("state/url.rs", "use spanloom::ui::App;", "state may not import ui"),
        ("source/tempo.rs", "macro_rules! m { () => { $crate::ui::go() } }", "source may not import ui"),
        ("base/id.rs", "use crate::*;", "base names the crate's root"),
        ("base/id.rs", "use crate::{self as top};", "base names the crate's root"),
        ("base/id.rs", "use crate as top;", "base names the crate's root"),
        ("model/trace.rs", "use super::super as top;", "model names the crate's root"),
        ("ui/mod.rs", "use crate::nowhere::X;", "ui names the crate's root"),
        ("base/id.rs", "use web_sys::Window;", "base may not name web_sys"),
        (
            "paint/svg.rs",
            "fn f<'a>() -> impl Fn() + use<'a> { || () } mod a { use super::super::super::ui; }",
            "paint may not import ui",
        ),
        ("layout/map.rs", "use {std::fmt, leptos_router as r};", "layout may not name leptos_router"),
        ("query/mod.rs", "extern crate js_sys as j;", "query may not name js_sys"),
        ("decode/mod.rs", "#[wasm_bindgen] pub fn f() {}", "decode may not name wasm_bindgen"),
        ("model/mod.rs", "fn f() { ::gloo_net::http::get() }", "model may not name gloo_net"),
        ("analysis/mod.rs", "use plotters::prelude::*;", "analysis may not name plotters"),
        ("attic/mod.rs", "", "attic is no room of the table"),
        ("loose.rs", "", "loose is no room of the table"),
        ("ui/helpers.rs", "", "a name that says nothing"),
        ("ui/types/mod.rs", "", "a name that says nothing"),
    ];
    for (file, source, fault) in planted {
        let faults = check(file, &format!("//! A file.\n{source}"));
        assert!(faults.len() == 1 && faults[0].contains(fault), "{file}: {source}\nwanted: {fault}\ngot: {faults:?}");
    }
    assert_eq!(
        check("base/id.rs", "// Not for the reader.\npub struct Id;"),
        ["src/base/id.rs: opens without a //! comment"]
    );
}

#[test]
fn what_is_allowed_is_not_caught() {
    let allowed = [
        ("layout/flame.rs", "use crate::{base::{Nanos, format}, model::Outline, analysis};"),
        ("ui/app.rs", "use leptos::prelude::*; use crate::paint::canvas; use crate::state::Url;"),
        (
            "model/trace.rs",
            "// use crate::ui;\n/* crate::ui::App /* nested */ use leptos; */ const S: &str = \"crate::ui\";",
        ),
        (
            "model/trace.rs",
            "const S: &str = r#\"use \"leptos\" crate::ui\"#; const Q: char = '\"'; const E: &str = \"\\\"\";",
        ),
        ("model/trace.rs", "mod tests { use super::*; use super::super::TraceBuilder; use crate::base::Nanos; }"),
        ("decode/json/mod.rs", "use super::super::model::Trace; pub(in crate::decode) fn f<'a>(x: &'a str) {}"),
        ("analysis/find.rs", "mod layout {} use self::layout::X; fn f() { let query = 1; query::<u8>() }"),
        ("main.rs", "fn main() { leptos::mount::mount_to_body(spanloom::ui::App); spanloom::worker::serve::start() }"),
        ("lib.rs", "pub mod base;"),
    ];
    for (file, source) in allowed {
        assert_eq!(check(file, &format!("//! A file.\n{source}")), [""; 0], "{file}: {source}");
    }
}

/// Everything wrong with one file, named relative to `src/`.
fn check(file: &str, source: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut fault = |what: String| faults.push(format!("src/{file}: {what}"));

    if !source.starts_with("//! ") {
        fault("opens without a //! comment".into());
    }
    // The module that a file is: `decode/json/text.rs` is [decode, json, text], `decode/mod.rs` is [decode].
    let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if module.iter().any(|name| EMPTY_NAMES.contains(name)) {
        fault("a name that says nothing about what is inside".into());
    }
    if matches!(module[..], ["lib"] | ["main"] | ["bin", ..]) {
        return faults;
    }
    module.pop_if(|last| *last == "mod");

    let room = module[0];
    let Some((_, allowed)) = TABLE.iter().find(|(name, _)| *name == room) else {
        fault(format!("{room} is no room of the table"));
        return faults;
    };

    let tokens = tokens(source);
    for reached in rooms_reached(&tokens, &module) {
        if reached == room || allowed.contains(&reached.as_str()) {
            continue;
        }
        if TABLE.iter().any(|(name, _)| *name == reached) {
            fault(format!("{room} may not import {reached}"));
        } else {
            fault(format!("{room} names the crate's root, which holds only rooms: `{reached}`"));
        }
    }
    if PURE.contains(&room) {
        let is_browsers = |token: &&String| {
            BROWSER_CRATES.iter().any(|name| *token == name || token.starts_with(&format!("{name}_")))
        };
        for named in tokens.iter().filter(is_browsers).collect::<BTreeSet<_>>() {
            fault(format!("{room} may not name {named}: it builds and runs without a browser"));
        }
    }
    faults
}

/// What follows the crate's root in every path that goes through it, `use` trees and paths in code alike: a room, or
/// `*`, `self` and the like where the root itself is taken.
fn rooms_reached(tokens: &[String], module: &[&str]) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    // What a `use` tree's open braces go on from: after `use crate::{base::{` that is [[crate], [crate, base]].
    let mut prefixes: Vec<Vec<&str>> = Vec::new();
    // For every brace open in code, whether it is an inline module's: those lie one `super` further from the root.
    let mut braces: Vec<bool> = Vec::new();
    let mut in_use = false;
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at].as_str();
        match token {
            // `impl Trait + use<'a>` is something else.
            "use" => in_use = tokens.get(at + 1).is_some_and(|next| next != "<"),
            ";" => in_use = false,
            // What a path is called from here on says nothing about where it goes.
            "as" if in_use => at += 1,
            "{" if !in_use => braces.push(at >= 2 && tokens[at - 2] == "mod"),
            "}" if !in_use => drop(braces.pop()),
            "{" => prefixes.push(prefixes.last().cloned().unwrap_or_default()),
            "}" => drop(prefixes.pop()),
            _ if is_name(token) || token == "*" => {
                let mut path = prefixes.last().cloned().unwrap_or_default();
                path.push(token);
                while tokens.get(at + 1).is_some_and(|next| next == "::") {
                    match tokens.get(at + 2).map(String::as_str) {
                        Some(next) if is_name(next) || next == "*" => path.push(next),
                        // The tree goes on in braces; what they hold starts with this path.
                        Some("{") if in_use => prefixes.push(path.clone()),
                        _ => break,
                    }
                    at += 2;
                    if tokens[at] == "{" {
                        break;
                    }
                }
                let goes_on = in_use && tokens[at] == "{";
                if path == ["crate"] && tokens.get(at + 1).is_some_and(|next| next == "as") {
                    reached.insert("crate".to_owned());
                } else if !goes_on {
                    let inline = braces.iter().filter(|of_module| **of_module).count();
                    reached.extend(behind_root(&path, module.len() + inline, module));
                }
            }
            _ => {}
        }
        at += 1;
    }
    reached
}

/// The first step of a path behind the crate's root, if it goes there from a module `depth` deep inside `module`.
fn behind_root(path: &[&str], depth: usize, module: &[&str]) -> Option<String> {
    let first = *path.first()?;
    if first == "crate" || first == "spanloom" {
        // A bare `crate`, as in `pub(crate)`, leads nowhere.
        return path.get(1).map(|step| (*step).to_owned());
    }
    let mut rest = path.iter().skip_while(|step| **step == "self");
    let up = rest.clone().take_while(|step| **step == "super").count();
    if up == 0 || up < depth {
        return None;
    }
    Some(rest.nth(up).map_or_else(|| format!("super of {}", module[0]), |step| (*step).to_owned()))
}

fn is_name(token: &str) -> bool {
    token.starts_with(|first: char| first.is_alphanumeric() || first == '_')
}

/// Names, `::` and single signs; without comments, strings, characters and lifetimes.
fn tokens(source: &str) -> Vec<String> {
    let text: Vec<char> = source.chars().collect();
    let sees = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| text.get(at + i) == Some(&c));
    let mut found = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let sign = text[at];
        if sees(at, "//") {
            at += text[at..].iter().take_while(|c| **c != '\n').count();
        } else if sees(at, "/*") {
            let mut open = 1;
            at += 2;
            while open > 0 && at < text.len() {
                let step = if sees(at, "/*") || sees(at, "*/") { 2 } else { 1 };
                if step == 2 {
                    open = if text[at] == '/' { open + 1 } else { open - 1 };
                }
                at += step;
            }
        } else if sign == '"' {
            at += 1;
            while at < text.len() && text[at] != '"' {
                at += if text[at] == '\\' { 2 } else { 1 };
            }
            at += 1;
        } else if sign == '\'' {
            // 'x' and '\n' are characters; anything else is a lifetime, whose name goes with it.
            if sees(at + 1, "\\") {
                at += 3;
                at += text.get(at..).map_or(0, |rest| rest.iter().take_while(|c| **c != '\'').count()) + 1;
            } else if sees(at + 2, "'") {
                at += 3;
            } else {
                at += 1 + text[at + 1..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            }
        } else if sign.is_alphanumeric() || sign == '_' {
            let length = text[at..].iter().take_while(|c| c.is_alphanumeric() || **c == '_').count();
            let name: String = text[at..at + length].iter().collect();
            at += length;
            let hashes = text[at..].iter().take_while(|c| **c == '#').count();
            if matches!(name.as_str(), "r" | "br" | "cr") && sees(at + hashes, "\"") {
                let end = format!("\"{}", "#".repeat(hashes));
                at += hashes + 1;
                while at < text.len() && !sees(at, &end) {
                    at += 1;
                }
                at += end.len();
            } else {
                found.push(name);
            }
        } else if sees(at, "::") {
            found.push("::".into());
            at += 2;
        } else {
            if !sign.is_whitespace() {
                found.push(sign.into());
            }
            at += 1;
        }
    }
    found
}

fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
