//! What can be written at the caret of a query. Pure: names and values that only a backend knows are asked for by whoever calls, with
//! what [`Place::wants`] says, and handed in.

use core::ops::Range;

use super::token::{Kind, Token, lex};
use super::words::{self, ATTRIBUTE_SCOPES, FUNCTIONS, HINTS, Holds, INTRINSICS, KINDS, STATUSES};
use super::write;

use crate::base::sort;

/// What belongs where the caret is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Wants {
    /// The query as a whole begins here.
    Spanset,
    /// A field: an intrinsic, or a scope and an attribute.
    Field,
    /// An attribute of a scope; of `""` when only a dot stands there.
    Attribute {
        scope: String,
    },
    Comparison {
        field: String,
    },
    /// A value to compare a field with.
    Value {
        field: String,
    },
    /// After a whole condition.
    Join,
    /// After a whole spanset.
    Link,
    /// After a pipe.
    Stage,
    Hint,
    Nothing,
}

/// The caret's surroundings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub wants: Wants,
    /// What of the text an offer replaces, in bytes.
    pub replaces: Range<usize>,
    /// What has been typed of it, up to the caret; of a text without its quote.
    pub typed: String,
}

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    /// What the line reads, and where what was typed stands in it.
    pub label: String,
    pub found: Range<usize>,
    /// `string`, `intrinsic`, or what it means.
    pub detail: String,
    /// What is put into the text.
    pub insert: String,
    /// Where the caret stands after it: bytes back from its end.
    pub back: usize,
}

/// A value that the backend knows, with its type as Tempo names it: `string`, `int`, `keyword`, …
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Value {
    pub kind: String,
    pub value: String,
}

/// What the backend told.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Scope and name of attributes.
    pub attributes: &'a [(String, String)],
    /// Values of the field in question.
    pub values: &'a [Value],
}

/// Where a field's values can be asked for: Tempo's `/api/v2/search/tag/{…}/values`. `None` for what is constant here, and for what would
/// list a value for each span: durations (megabytes of them), ids, places in the tree.
pub fn values_of(field: &str) -> Option<&str> {
    match words::intrinsic_named(field) {
        None => Some(field),
        Some(known) => {
            let is_listed = known.holds == Holds::Text && !known.name.ends_with("ID") && !known.name.ends_with(":id");
            is_listed.then_some(field)
        }
    }
}

/// What belongs at `caret`, a byte offset.
pub fn place(query: &str, caret: usize) -> Place {
    let caret = (0..=caret.min(query.len())).rev().find(|at| query.is_char_boundary(*at)).unwrap_or(0);
    let tokens = lex(query).tokens;
    let before = tokens.partition_point(|token| token.range.end < caret);
    // The token that is being typed: it ends at the caret or reaches over it.
    let typing = tokens.get(before).filter(|token| token.range.start < caret && is_typed(token.kind));
    let until = tokens[..].partition_point(|token| token.range.end <= caret);
    let earlier = &tokens[..if typing.is_some() { before } else { until }];
    if typing.is_some_and(|token| token.kind == Kind::Comment) {
        return Place { wants: Wants::Nothing, replaces: caret..caret, typed: String::new() };
    }
    let (wants, replaces, typed) = match typing {
        Some(scope) if scope.kind == Kind::Scope => {
            (Wants::Attribute { scope: scope_of(query, scope) }, caret..caret, String::new())
        }
        Some(name) if name.kind == Kind::Attribute => {
            let scope = earlier.last().map(|scope| scope_of(query, scope)).unwrap_or_default();
            (Wants::Attribute { scope }, name.range.clone(), query[name.range.start..caret].to_owned())
        }
        // A quote that was opened in the middle of a query reaches over what stood there: only what was typed is replaced.
        Some(text) if text.kind == Kind::Text && reaches_over(query, text, caret) => {
            let typed = query[text.range.start..caret].trim_start_matches(['"', '`']).to_owned();
            (wanted(query, earlier), text.range.start..caret, typed)
        }
        Some(token) => {
            let typed = query[token.range.start..caret].trim_start_matches(['"', '`']).to_owned();
            (wanted(query, earlier), token.range.clone(), typed)
        }
        None => (wanted(query, earlier), caret..caret, String::new()),
    };
    Place { wants, replaces, typed }
}

fn reaches_over(query: &str, text: &Token, caret: usize) -> bool {
    let behind = &query[caret.min(text.range.end)..text.range.end];
    ["&&", "||", "}", ")"].iter().any(|sign| behind.contains(sign))
}

fn is_typed(kind: Kind) -> bool {
    !matches!(kind, Kind::Brace | Kind::Paren | Kind::Comma | Kind::Pipe | Kind::Operator)
}

fn scope_of(query: &str, scope: &Token) -> String {
    query[scope.range.clone()].trim_end_matches('.').to_owned()
}

/// What stands after these tokens.
fn wanted(query: &str, tokens: &[Token]) -> Wants {
    let tokens: Vec<&Token> = tokens.iter().filter(|token| token.kind != Kind::Comment).collect();
    let text = |token: &Token| &query[token.range.clone()];
    let Some(last) = tokens.last() else { return Wants::Spanset };
    let is_inside = tokens.iter().rev().find(|token| token.kind == Kind::Brace).is_some_and(|token| text(token) == "{");
    match (last.kind, text(last)) {
        (Kind::Pipe, _) => Wants::Stage,
        (Kind::Brace, "{") => Wants::Field,
        (Kind::Brace, _) => Wants::Link,
        (Kind::Operator, "=" | "!=" | ">" | ">=" | "<" | "<=" | "=~" | "!~") if is_inside => {
            match field_before(query, &tokens[..tokens.len() - 1]) {
                Some(field) => Wants::Value { field },
                None => Wants::Nothing,
            }
        }
        (Kind::Operator, _) if is_inside => Wants::Field,
        (Kind::Operator, ">" | ">=" | "<" | "<=" | "=" | "!=") if !follows_spanset(query, &tokens) => Wants::Nothing,
        (Kind::Operator, _) => Wants::Spanset,
        (Kind::Attribute | Kind::Intrinsic, _) if is_inside => match field_before(query, &tokens) {
            Some(field) => Wants::Comparison { field },
            None => Wants::Nothing,
        },
        (Kind::Text | Kind::Number | Kind::Duration | Kind::Constant, _) if is_inside => Wants::Join,
        (Kind::Paren, ")") => {
            if is_inside {
                Wants::Join
            } else {
                Wants::Link
            }
        }
        (Kind::Paren, _) if is_inside => Wants::Field,
        (Kind::Paren | Kind::Comma, _) => match function_around(query, &tokens) {
            Some("with") => Wants::Hint,
            Some("rate" | "count" | "count_over_time" | "topk" | "bottomk" | "coalesce") => Wants::Nothing,
            Some(_) => Wants::Field,
            None => Wants::Spanset,
        },
        _ => Wants::Nothing,
    }
}

/// Whether the operator at the end stands right after a spanset, and so joins two.
fn follows_spanset(query: &str, tokens: &[&Token]) -> bool {
    tokens
        .iter()
        .rev()
        .nth(1)
        .is_some_and(|token| matches!(&query[token.range.clone()], "}" | ")") && token.kind == Kind::Brace)
}

/// The field that ends a run of tokens.
fn field_before(query: &str, tokens: &[&Token]) -> Option<String> {
    let last = tokens.last()?;
    let first = match last.kind {
        Kind::Intrinsic => last,
        Kind::Attribute => {
            let scopes = tokens[..tokens.len() - 1].iter().rev().take_while(|token| token.kind == Kind::Scope).count();
            tokens.get(tokens.len() - 1 - scopes)?
        }
        _ => return None,
    };
    Some(query[first.range.start..last.range.end].to_owned())
}

/// The function in whose parentheses the end of a run of tokens is.
fn function_around<'a>(query: &'a str, tokens: &[&Token]) -> Option<&'a str> {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate().rev() {
        match &query[token.range.clone()] {
            ")" if token.kind == Kind::Paren => depth += 1,
            "(" if token.kind == Kind::Paren && depth == 0 => {
                let name = tokens.get(at.checked_sub(1)?)?;
                return (name.kind == Kind::Function).then(|| &query[name.range.clone()]);
            }
            "(" if token.kind == Kind::Paren => depth -= 1,
            _ => {}
        }
    }
    None
}

/// How many lines the list has at most.
pub const MOST_OFFERS: usize = 200;

/// What can stand at a place, the best first: what begins as typed, then what holds it.
pub fn offers(place: &Place, known: Known) -> Vec<Offer> {
    let all: Vec<Offer> = match &place.wants {
        Wants::Spanset => vec![offer("{ }", "spans", "{  }", 2)],
        Wants::Field => fields(known.attributes),
        Wants::Attribute { scope } => attributes(scope, known.attributes),
        Wants::Comparison { field } => comparisons(field),
        Wants::Value { field } => values(field, known.values),
        Wants::Join => vec![offer("&&", "and", "&& ", 0), offer("||", "or", "|| ", 0)],
        Wants::Link => links(),
        Wants::Stage => {
            FUNCTIONS.iter().filter(|known| known.name != "with").map(|known| called(known.name, known.doc)).collect()
        }
        Wants::Hint => HINTS.iter().map(|hint| offer(hint, "hint", &format!("{hint} = "), 0)).collect(),
        Wants::Nothing => Vec::new(),
    };
    let typed = place.typed.to_lowercase();
    let mut ranked: Vec<(usize, Offer)> = all
        .into_iter()
        .filter_map(|mut offer| {
            // Lower case keeps places only where it keeps lengths; a label that does not is marked nowhere.
            let low = offer.label.to_lowercase();
            let at = low.find(&typed)?;
            if low.len() == offer.label.len()
                && offer.label.is_char_boundary(at)
                && offer.label.is_char_boundary(at + typed.len())
            {
                offer.found = at..at + typed.len();
            }
            let begins_word = at == 0 || low[..at].ends_with(['.', ':', '-', '_', ' ', '/']);
            Some((
                if at == 0 {
                    0
                } else if begins_word {
                    1
                } else {
                    2
                },
                offer,
            ))
        })
        .collect();
    // Of names that begin as typed the shortest is meant most often; values, and names while nothing is typed, keep their order.
    let are_names = matches!(place.wants, Wants::Field | Wants::Attribute { .. }) && !typed.is_empty();
    sort::by_key(&mut ranked, |(rank, offer)| (*rank, if are_names { offer.label.len() } else { 0 }));
    ranked.into_iter().map(|(_, offer)| offer).take(MOST_OFFERS).collect()
}

fn offer(label: &str, detail: &str, insert: &str, back: usize) -> Offer {
    Offer { label: label.to_owned(), found: 0..0, detail: detail.to_owned(), insert: insert.to_owned(), back }
}

fn called(name: &str, doc: &str) -> Offer {
    offer(name, doc, &format!("{name}()"), 1)
}

fn fields(attributes: &[(String, String)]) -> Vec<Offer> {
    let intrinsics = INTRINSICS.iter().map(|known| offer(known.name, known.doc, &format!("{} ", known.name), 0));
    let written = attributes.iter().map(|(scope, name)| {
        let text = write::attribute(scope, name);
        offer(&text, "attribute", &format!("{text} "), 0)
    });
    let scopes = ATTRIBUTE_SCOPES.iter().map(|scope| offer(&format!("{scope}."), "scope", &format!("{scope}."), 0));
    // What is asked most stands first as long as nothing is typed.
    let first = offer("resource.service.name", "service", "resource.service.name ", 0);
    let rest = written.filter(|offer| offer.label != "resource.service.name");
    core::iter::once(first).chain(intrinsics).chain(rest).chain(scopes).collect()
}

fn attributes(scope: &str, attributes: &[(String, String)]) -> Vec<Offer> {
    let of_scope = |of: &str| match scope {
        "" => matches!(of, "span" | "resource"),
        scope => of == scope,
    };
    let mut names: Vec<&str> =
        attributes.iter().filter(|(of, _)| of_scope(of)).map(|(_, name)| name.as_str()).collect();
    sort::plain(&mut names);
    names.dedup();
    names
        .into_iter()
        .map(|name| {
            let written = write::attribute("", name);
            offer(name, "attribute", &format!("{} ", written.trim_start_matches('.')), 0)
        })
        .collect()
}

fn comparisons(field: &str) -> Vec<Offer> {
    let holds = words::intrinsic_named(field).map_or(Holds::Anything, |known| known.holds);
    let all = [
        ("=", "is", true),
        ("!=", "is not", true),
        ("=~", "matches the regular expression", matches!(holds, Holds::Text | Holds::Anything)),
        ("!~", "does not match", matches!(holds, Holds::Text | Holds::Anything)),
        (">", "more than", matches!(holds, Holds::Number | Holds::Duration | Holds::Anything)),
        (">=", "at least", matches!(holds, Holds::Number | Holds::Duration | Holds::Anything)),
        ("<", "less than", matches!(holds, Holds::Number | Holds::Duration | Holds::Anything)),
        ("<=", "at most", matches!(holds, Holds::Number | Holds::Duration | Holds::Anything)),
    ];
    all.into_iter()
        .filter(|(_, _, fits)| *fits)
        .map(|(sign, doc, _)| offer(sign, doc, &format!("{sign} "), 0))
        .collect()
}

fn values(field: &str, known: &[Value]) -> Vec<Offer> {
    let word = |word: &&str| offer(word, "keyword", &format!("{word} "), 0);
    match words::intrinsic_named(field).map(|known| known.holds) {
        Some(Holds::Status) => STATUSES.iter().map(word).collect(),
        Some(Holds::Kind) => KINDS.iter().map(word).collect(),
        Some(Holds::Duration) => ["10ms", "100ms", "500ms", "1s", "5s", "1m"]
            .iter()
            .map(|length| offer(length, "duration", &format!("{length} "), 0))
            .collect(),
        _ => known.iter().map(value).collect(),
    }
}

fn value(Value { kind, value }: &Value) -> Offer {
    let written = match kind.as_str() {
        "int" | "float" | "bool" | "keyword" | "duration" => value.clone(),
        _ => write::text(value),
    };
    offer(value, kind, &format!("{written} "), 0)
}

fn links() -> Vec<Offer> {
    [
        ("|", "then", "| "),
        ("&&", "and, anywhere in the trace", "&& { "),
        ("||", "or", "|| { "),
        (">>", "has below it", ">> { "),
        (">", "has as child", "> { "),
        ("<<", "has above it", "<< { "),
        ("<", "has as parent", "< { "),
        ("~", "has as sibling", "~ { "),
        ("&>>", "both: has below it", "&>> { "),
        ("!>>", "not below", "!>> { "),
        ("with", "hints", "with (most_recent = true)"),
    ]
    .into_iter()
    .map(|(label, doc, insert)| {
        let opens = insert.ends_with("{ ");
        offer(label, doc, &if opens { format!("{insert} }}") } else { insert.to_owned() }, if opens { 2 } else { 0 })
    })
    .collect()
}

#[cfg(test)]
#[path = "complete_tests.rs"]
mod tests;
