//! A TraceQL query as tokens, for colouring it, for completing it, and for finding the conditions in it. Not a parser: what
//! Tempo accepts is Tempo's to say, so every text has tokens, and a [`Slip`] is a hint that forbids nothing.
//!
//! The rules are those of Tempo's scanner: white space and Go's comments stand between tokens; strings are `"…"` with
//! backslashes or `` `…` `` without; once a scope (`span.`, `.`) has begun an attribute, its name reaches to the next white space or one of
//! `{}()=~!<>&|^,`, and parts of it may be quoted.

use core::ops::Range;

use super::words::{self, ATTRIBUTE_SCOPES, HINTS, INTRINSIC_SCOPES};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Brace,
    Paren,
    Comma,
    /// `|`, after which a stage of the pipeline stands.
    Pipe,
    Operator,
    /// `span.`, `resource.`, `.`: what an attribute's name follows.
    Scope,
    Attribute,
    /// `duration`, `span:status`.
    Intrinsic,
    Function,
    /// `error`, `server`, `true`, `nil`.
    Constant,
    Text,
    Number,
    Duration,
    Hint,
    Comment,
    /// A word or sign that TraceQL had not when this was written.
    Unknown,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Token {
    pub kind: Kind,
    /// In bytes of the text.
    pub range: Range<usize>,
}

/// Something that Tempo will most likely refuse, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Slip {
    pub range: Range<usize>,
    /// A sentence without its full stop.
    pub words: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Lexed {
    pub tokens: Vec<Token>,
    /// The first one.
    pub slip: Option<Slip>,
}

/// Three signs before two before one: the longest counts.
const OPERATORS: [&str; 32] = [
    "!>>", "!<<", "&>>", "&<<", "&&", "||", ">>", "<<", ">=", "<=", "!=", "=~", "!~", "!>", "!<", "&>", "&<", "&~",
    "=", ">", "<", "~", "!", "+", "-", "*", "/", "%", "^", "&", ":", ";",
];

/// Reads a query to its end, whatever it holds.
pub fn lex(text: &str) -> Lexed {
    let mut lexer = Lexer { text, at: 0, lexed: Lexed::default() };
    while lexer.step() {}
    lexer.check_pairs();
    lexer.lexed
}

impl Lexed {
    /// The tokens that say something: comments left out.
    pub fn meaningful(&self) -> impl Iterator<Item = &Token> {
        self.tokens.iter().filter(|token| token.kind != Kind::Comment)
    }
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    lexed: Lexed,
}

/// Whether an attribute's name goes on with this character.
pub fn is_attribute_char(c: char) -> bool {
    !c.is_whitespace() && !"{}()=~!<>&|^,".contains(c)
}

fn is_word_char(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Takes `len` bytes as a token.
    fn take(&mut self, kind: Kind, len: usize) {
        let range = self.at..self.at + len;
        self.at = range.end;
        self.lexed.tokens.push(Token { kind, range });
    }

    fn slip(&mut self, range: Range<usize>, words: &str) {
        self.lexed.slip.get_or_insert_with(|| Slip { range, words: words.to_owned() });
    }

    fn step(&mut self) -> bool {
        let rest = self.rest().trim_start();
        self.at = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return false };
        if rest.starts_with("//") {
            self.take(Kind::Comment, rest.find('\n').unwrap_or(rest.len()));
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map(|at| at + 2);
            if end.is_none() {
                self.slip(self.at..self.text.len(), "This comment has no end: it needs a */");
            }
            self.take(Kind::Comment, end.unwrap_or(rest.len()));
        } else if first == '"' || first == '`' {
            self.take_text(first);
        } else if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit())) {
            self.take_number();
        } else if first == '.' {
            self.take(Kind::Scope, 1);
            self.take_attribute();
        } else if is_word_char(first) {
            self.take_word();
        } else {
            self.take_sign(first);
        }
        true
    }

    fn take_text(&mut self, quote: char) {
        let rest = self.rest();
        let end = end_of_text(rest, quote);
        if end.is_none() {
            self.slip(self.at..self.text.len(), &format!("This text has no end: it needs a {quote}"));
        }
        self.take(Kind::Text, end.unwrap_or(rest.len()));
    }

    /// A number, or a duration when units follow it: `1.5s`, `1h30m`.
    fn take_number(&mut self) {
        let rest = self.rest();
        let digits = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let of_duration = |c: char| c.is_ascii_digit() || c == '.' || "nsumhµdwy".contains(c);
        let len: usize = rest.chars().take_while(|c| of_duration(*c)).map(char::len_utf8).sum();
        if super::duration::read_ns(&rest[..len]).is_some() {
            self.take(Kind::Duration, len);
            return;
        }
        // An exponent, or Go's other bases, as far as they are digits and letters.
        let more = rest[digits..].chars().take_while(|c| c.is_ascii_alphanumeric()).count();
        let (kind, len) = match rest[..digits + more].parse::<f64>() {
            Ok(_) => (Kind::Number, digits + more),
            Err(_) => (Kind::Unknown, digits + more),
        };
        if kind == Kind::Unknown {
            self.slip(self.at..self.at + len, "This is neither a number nor a duration such as 250ms");
        }
        self.take(kind, len);
    }

    fn take_word(&mut self) {
        let rest = self.rest();
        let len: usize = rest.chars().take_while(|c| is_word_char(*c)).map(char::len_utf8).sum();
        let word = &rest[..len];
        let next = rest[len..].chars().next();
        if next == Some('.') && ATTRIBUTE_SCOPES.contains(&word) {
            self.take(Kind::Scope, len + 1);
            // `parent.span.x` has two.
            let inner =
                ["span.", "resource."].into_iter().find(|inner| word == "parent" && self.rest().starts_with(inner));
            if let Some(inner) = inner {
                self.take(Kind::Scope, inner.len());
            }
            self.take_attribute();
        } else if next == Some(':') && INTRINSIC_SCOPES.contains(&word) {
            let name: usize = rest[len + 1..].chars().take_while(|c| is_word_char(*c)).map(char::len_utf8).sum();
            let whole = len + 1 + name;
            let is_known = words::intrinsic_named(&rest[..whole]).is_some();
            self.take(if is_known { Kind::Intrinsic } else { Kind::Unknown }, whole);
        } else {
            let kind = kind_of_word(word, rest[len..].trim_start().starts_with('('));
            self.take(kind, len);
        }
    }

    /// An attribute's name: what follows a scope. May be empty while it is being typed.
    fn take_attribute(&mut self) {
        let rest = self.rest();
        let mut len = 0;
        while let Some(c) = rest[len..].chars().next() {
            if c == '"' {
                match end_of_text(&rest[len..], '"') {
                    Some(end) => len += end,
                    None => {
                        self.slip(self.at + len..self.text.len(), "This quoted name has no end: it needs a \"");
                        len = rest.len();
                    }
                }
            } else if is_attribute_char(c) {
                len += c.len_utf8();
            } else {
                break;
            }
        }
        if len > 0 {
            self.take(Kind::Attribute, len);
        } else if let Some(scope) = self.lexed.tokens.last().cloned() {
            self.slip(scope.range, "An attribute's name is missing here");
        }
    }

    fn take_sign(&mut self, first: char) {
        let rest = self.rest();
        match first {
            '{' | '}' => self.take(Kind::Brace, 1),
            '(' | ')' => self.take(Kind::Paren, 1),
            ',' => self.take(Kind::Comma, 1),
            '|' if !rest.starts_with("||") => self.take(Kind::Pipe, 1),
            _ => match OPERATORS.into_iter().find(|sign| rest.starts_with(sign)) {
                Some(sign) => self.take(Kind::Operator, sign.len()),
                None => {
                    self.slip(self.at..self.at + first.len_utf8(), &format!("TraceQL has no “{first}”"));
                    self.take(Kind::Unknown, first.len_utf8());
                }
            },
        }
    }

    /// Braces and parentheses that lack their other half.
    fn check_pairs(&mut self) {
        let mut open: Vec<(char, usize)> = Vec::new();
        let mut stray = None;
        for token in &self.lexed.tokens {
            let sign = self.text[token.range.clone()].chars().next().unwrap_or_default();
            match (token.kind, sign) {
                (Kind::Brace | Kind::Paren, '{' | '(') => open.push((sign, token.range.start)),
                (Kind::Brace | Kind::Paren, _) => {
                    let other = if sign == '}' { '{' } else { '(' };
                    if open.pop().is_none_or(|(opened, _)| opened != other) {
                        stray = Some((token.range.clone(), format!("Nothing was opened that this {sign} closes")));
                        break;
                    }
                }
                _ => {}
            }
        }
        if let Some((range, words)) = stray {
            self.slip(range, &words);
        } else if let Some((sign, at)) = open.pop() {
            let other = if sign == '{' { '}' } else { ')' };
            self.slip(at..at + 1, &format!("This {sign} is never closed: it needs a {other}"));
        }
    }
}

fn kind_of_word(word: &str, is_called: bool) -> Kind {
    if is_called && words::function_named(word).is_some() {
        Kind::Function
    } else if words::intrinsic_named(word).is_some() {
        Kind::Intrinsic
    } else if words::is_constant(word) {
        Kind::Constant
    } else if words::function_named(word).is_some() {
        Kind::Function
    } else if HINTS.contains(&word) {
        Kind::Hint
    } else {
        Kind::Unknown
    }
}

/// Bytes of a quoted text that begins here, its quotes among them; `None` when it never ends.
fn end_of_text(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if c == quote {
            return Some(at + c.len_utf8());
        }
    }
    None
}

#[cfg(test)]
#[path = "token_tests.rs"]
mod tests;
