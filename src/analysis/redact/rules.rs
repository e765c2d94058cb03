//! What is taken out: the rules that are offered, which keys each goes by, and the reader's own keys and texts. What a rule finds by its
//! look is in `forms` and `statement`.

use serde::{Deserialize, Serialize};

use crate::analysis::findings::secret_keys::{KeyWord, key_word, snake};

/// A rule. The order is the order of the page, and which rule a value that fits several is counted by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The reader's own keys and texts.
    Own,
    Authorization,
    Cookie,
    Token,
    Email,
    Card,
    Iban,
    Phone,
    Literal,
    Ip,
}

impl Rule {
    /// How many there are.
    pub const COUNT: usize = 10;

    /// Those that are offered; the reader's own are on wherever there are any.
    pub const OFFERED: [Rule; 9] = [
        Rule::Authorization,
        Rule::Cookie,
        Rule::Token,
        Rule::Email,
        Rule::Card,
        Rule::Iban,
        Rule::Phone,
        Rule::Literal,
        Rule::Ip,
    ];

    /// The word that replaces a value, before its number.
    pub fn word(self) -> &'static str {
        match self {
            Rule::Own => "redacted",
            Rule::Authorization => "authorization",
            Rule::Cookie => "cookie",
            Rule::Token => "token",
            Rule::Email => "email",
            Rule::Card => "card",
            Rule::Iban => "iban",
            Rule::Phone => "phone",
            Rule::Literal => "literal",
            Rule::Ip => "ip",
        }
    }

    /// What it is called on the page.
    pub fn title(self) -> &'static str {
        match self {
            Rule::Own => "Named keys and texts",
            Rule::Authorization => "Authorization",
            Rule::Cookie => "Cookies",
            Rule::Token => "Tokens and passwords",
            Rule::Email => "E-mail addresses",
            Rule::Card => "Card numbers",
            Rule::Iban => "Bank accounts",
            Rule::Phone => "Phone numbers",
            Rule::Literal => "Literals in statements",
            Rule::Ip => "IP addresses",
        }
    }

    /// What it takes out.
    pub fn covers(self) -> &'static str {
        match self {
            Rule::Own => "attributes with these keys, and these texts anywhere",
            Rule::Authorization => "values of authorization keys",
            Rule::Cookie => "values of cookie and set-cookie",
            Rule::Token => {
                "values of keys that end in token, secret, password or API key, within texts too; JSON Web Tokens, private keys, user names and passwords in URLs, keys of cloud and developer services that have a known prefix, webhooks"
            }
            Rule::Email => "anywhere",
            Rule::Card => "anywhere: 13 to 19 digits of a known issuer with a valid check digit",
            Rule::Iban => "anywhere: IBANs with valid check digits",
            Rule::Phone => "anywhere: +49 30 …, (555) 010-9999; takes other numbers with it",
            Rule::Literal => "texts and numbers in SQL and other database statements, and their parameters",
            Rule::Ip => "versions 4 and 6, anywhere",
        }
    }
}

/// What the reader has chosen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// Those that are turned off: a rule that a later version brings is on.
    pub off: Vec<Rule>,
    /// Keys of attributes, each with `*` for any characters.
    pub keys: Vec<String>,
    /// Texts to take out anywhere, each with `*` for any characters but blanks.
    pub texts: Vec<String>,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { off: vec![Rule::Phone], keys: Vec::new(), texts: Vec::new() }
    }
}

impl Rules {
    /// Nothing is taken out.
    pub fn none() -> Self {
        Rules::only(&[])
    }

    /// Only by these rules.
    pub fn only(on: &[Rule]) -> Self {
        let off = Rule::OFFERED.into_iter().filter(|rule| !on.contains(rule)).collect();
        Rules { off, keys: Vec::new(), texts: Vec::new() }
    }

    /// By every rule that there is.
    pub fn every() -> Self {
        Rules::only(&Rule::OFFERED)
    }

    pub fn is_on(&self, rule: Rule) -> bool {
        !self.off.contains(&rule)
    }

    pub fn turn(&mut self, rule: Rule, is_on: bool) {
        self.off.retain(|other| *other != rule);
        if !is_on {
            self.off.push(rule);
        }
    }

    /// By which rule the whole value of an attribute is taken out, whatever it looks like.
    pub fn of_key(&self, key: &str) -> Option<Rule> {
        if self.keys.iter().any(|pattern| matches(&pattern.to_ascii_lowercase(), &key.to_ascii_lowercase())) {
            return Some(Rule::Own);
        }
        by_key(key).filter(|rule| self.is_on(*rule))
    }
}

/// What stands under such a key is taken to be a secret more readily than a finding would: nothing is lost that way but a value.
pub fn by_key(key: &str) -> Option<Rule> {
    /// Also at the end of a word: `PGPASSWORD`, `csrftoken`.
    const GLUED: [&str; 6] = ["password", "passwd", "passphrase", "secret", "token", "apikey"];
    const TOKENS: [&str; 19] = [
        "token",
        "secret",
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "pass",
        "api_key",
        "apikey",
        "access_key",
        "private_key",
        "credential",
        "credentials",
        "signature",
        "otp",
        // Azure: shared access signatures, and accounts in connection strings.
        "sig",
        "account_key",
        "session_key",
        "webhook_url",
    ];
    let is_name = |part: &&str| !part.is_empty() && !part.bytes().all(|byte| byte.is_ascii_digit());
    let segment = snake(key.rsplit(['.', ':', '/', '[', ']', ' ']).find(is_name).unwrap_or_default());
    let ends_in =
        |word: &str| segment.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    let is_parameter = ["db.query.parameter.", "db.operation.parameter.", "db.statement.parameter."]
        .iter()
        .any(|parameters| key.starts_with(parameters));
    match key_word(&segment) {
        Some(KeyWord::Credentials) => Some(Rule::Authorization),
        Some(KeyWord::Cookie) => Some(Rule::Cookie),
        Some(_) => Some(Rule::Token),
        None if ends_in("authorization") => Some(Rule::Authorization),
        None if ends_in("cookie") || ends_in("cookies") => Some(Rule::Cookie),
        None if TOKENS.iter().any(|word| ends_in(word)) => Some(Rule::Token),
        None if GLUED.iter().any(|word| segment.ends_with(word)) => Some(Rule::Token),
        None if is_parameter => Some(Rule::Literal),
        None => None,
    }
}

/// Whether what a key such as `process.pwd` holds is a working directory, and no password.
pub fn is_directory(key: &str, value: &str) -> bool {
    let is_path = value.starts_with('/') || value.get(1..3).is_some_and(|drive| drive == ":\\" || drive == ":/");
    is_path && key.rsplit(['.', '_', '-']).next().is_some_and(|word| word.eq_ignore_ascii_case("pwd"))
}

/// Whether the value under a key is a database statement.
pub fn is_statement_key(key: &str) -> bool {
    matches!(key, "db.query.text" | "db.statement" | "db.query" | "sql" | "sql.query" | "db.sql.query")
}

/// Whether all of a text fits a pattern, `*` being any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_tell_what_stands_under_them() {
        let all = Rules::default();
        for (key, rule) in [
            ("http.request.header.authorization", Some(Rule::Authorization)),
            ("http.request.header.x-amz-authorization", Some(Rule::Authorization)),
            ("http.response.header.set-cookie", Some(Rule::Cookie)),
            ("session.token", Some(Rule::Token)),
            ("aws.secretAccessKey", Some(Rule::Token)),
            ("db.query.parameter.0", Some(Rule::Literal)),
            ("http.request.header.authorization.0", Some(Rule::Authorization)),
            ("headers[Authorization]", Some(Rule::Authorization)),
            ("X-Amz-Signature", Some(Rule::Token)),
            ("PGPASSWORD", Some(Rule::Token)),
            ("APIToken", Some(Rule::Token)),
            ("csrftoken", Some(Rule::Token)),
            ("http.route", None),
            ("gen_ai.usage.output_tokens", None),
            ("", None),
        ] {
            assert_eq!(all.of_key(key), rule, "{key}");
        }
        assert_eq!(Rules::none().of_key("authorization"), None);
    }

    #[test]
    fn own_keys_may_have_stars() {
        let rules =
            Rules { keys: vec!["customer.*".to_owned(), "*.iban".to_owned(), "a*b*c".to_owned()], ..Rules::none() };
        for (key, is) in [
            ("customer.name", true),
            ("Customer.Name", true),
            ("customer", false),
            ("order.iban", true),
            ("order.iban.hash", false),
            ("abc", true),
            ("axxbyyc", true),
            ("acb", false),
        ] {
            assert_eq!(rules.of_key(key), is.then_some(Rule::Own), "{key}");
        }
    }
}
