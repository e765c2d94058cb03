//! Which keys hold secrets, whatever they look like, and which values under such a key are none. What secrets look like is in
//! `secret_forms`.

use super::secret_forms::is_hidden;

/// What a key says that it holds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum KeyWord {
    Credentials,
    Cookie,
    Password,
    Secret,
    ApiKey,
    Token,
}

/// Not here: `pwd`, which is a directory too, and `credentials`, `cookies`, `secrets`, which are often how, or how many.
const WORDS: [(&str, KeyWord); 17] = [
    ("authorization", KeyWord::Credentials),
    ("set_cookie", KeyWord::Cookie),
    ("cookie", KeyWord::Cookie),
    ("password", KeyWord::Password),
    ("passwd", KeyWord::Password),
    ("passphrase", KeyWord::Password),
    ("client_secret", KeyWord::Secret),
    ("secret", KeyWord::Secret),
    ("secret_key", KeyWord::Secret),
    ("private_key", KeyWord::Secret),
    ("access_key", KeyWord::Secret),
    ("api_key", KeyWord::ApiKey),
    ("apikey", KeyWord::ApiKey),
    ("access_token", KeyWord::Token),
    ("refresh_token", KeyWord::Token),
    ("id_token", KeyWord::Token),
    ("auth_token", KeyWord::Token),
];

/// `has_password`, `user_reset_password` are about a secret and hold none.
const ABOUT: [&str; 15] = [
    "has", "is", "no", "needs", "requires", "require", "with", "use", "uses", "reset", "forgot", "change", "update",
    "valid", "set",
];

/// `http.request.header.x-api-key` → API key: the last segment is a word, or ends in one.
pub fn key_word(key: &str) -> Option<KeyWord> {
    let segment = snake(key.rsplit('.').next().unwrap_or_default());
    let before = |word: &str| segment.strip_suffix(word).filter(|before| before.is_empty() || before.ends_with('_'));
    let (before, word) = WORDS.into_iter().find_map(|(key, word)| Some((before(key)?, word)))?;
    (!before.split('_').any(|part| ABOUT.contains(&part))).then_some(word)
}

/// `Api-Key`, `apiKey` → `api_key`.
pub fn snake(segment: &str) -> String {
    let mut out = String::with_capacity(segment.len());
    let mut was_lower = false;
    for c in segment.chars() {
        if c.is_ascii_uppercase() && was_lower {
            out.push('_');
        }
        was_lower = c.is_ascii_lowercase() || c.is_ascii_digit();
        out.push(if c == '-' { '_' } else { c.to_ascii_lowercase() });
    }
    out
}

impl KeyWord {
    /// Whether a value under such a key was hidden, or is nothing.
    pub fn is_hidden(self, value: &str) -> bool {
        match self {
            KeyWord::Credentials => {
                let (scheme, rest) = value.trim().split_once(' ').unwrap_or((value, ""));
                let is_scheme =
                    ["bearer", "basic", "digest", "token", "negotiate"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
                is_hidden(value) || is_scheme && is_hidden(rest)
            }
            // `session=***; theme=***`, and `id=***; Path=/; HttpOnly` of a cookie that is set.
            KeyWord::Cookie => {
                let value_of = |pair: &str| is_hidden(pair.split_once('=').map_or(pair, |(_, value)| value));
                let attribute = |pair: &str| {
                    let name = pair.split('=').next().unwrap_or_default().trim();
                    ["path", "domain", "expires", "max-age", "httponly", "secure", "samesite"]
                        .iter()
                        .any(|known| name.eq_ignore_ascii_case(known))
                };
                value.split(';').all(|pair| attribute(pair) || value_of(pair))
            }
            _ => is_hidden(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_segment_tells_however_it_is_written() {
        let keys = [
            ("http.request.header.authorization", KeyWord::Credentials),
            ("http.request.header.Proxy-Authorization", KeyWord::Credentials),
            ("http.response.header.set-cookie", KeyWord::Cookie),
            ("db.password", KeyWord::Password),
            ("smtp_passwd", KeyWord::Password),
            ("oauth.clientSecret", KeyWord::Secret),
            ("x-api-key", KeyWord::ApiKey),
            ("APIKEY", KeyWord::ApiKey),
            ("accessToken", KeyWord::Token),
            ("oauth.refreshToken", KeyWord::Token),
            ("aws.secret_access_key", KeyWord::Secret),
            ("tls.private-key", KeyWord::Secret),
        ];
        for (key, word) in keys {
            assert_eq!(key_word(key), Some(word), "{key}");
        }
    }

    #[test]
    fn keys_about_secrets_and_keys_that_only_hold_the_word_are_none() {
        let keys = [
            "password.length",
            "cookies",
            "user.has_password",
            "reset-password",
            "user_reset_password",
            "setPassword",
            "process.pwd",
            "fetch.credentials",
            "access_key_id",
            "secretary",
            "nosecret",
            "idempotency_key",
            "partition.key",
            "token",
            "",
            ".",
            "日本",
        ];
        for key in keys {
            assert_eq!(key_word(key), None, "{key}");
        }
    }

    #[test]
    fn hidden_values_keep_their_scheme_and_their_names() {
        assert!(KeyWord::Credentials.is_hidden("Bearer ***"));
        assert!(KeyWord::Credentials.is_hidden("Basic"));
        assert!(!KeyWord::Credentials.is_hidden("Bearer a"));
        assert!(KeyWord::Cookie.is_hidden("session=***; theme=[Filtered]"));
        assert!(KeyWord::Cookie.is_hidden("id=REDACTED; Path=/; HttpOnly"));
        assert!(!KeyWord::Cookie.is_hidden("session=***; csrf=17"));
        assert!(KeyWord::Password.is_hidden("") && KeyWord::Password.is_hidden("[REDACTED]"));
        assert!(!KeyWord::Password.is_hidden("pw"));
    }
}
