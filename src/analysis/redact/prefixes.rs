//! Tokens that their issuers give a prefix, so that they can be recognised: what comes before, of which characters they are, and how many
//! there are at least. From the issuers' documentation; where it gives no length, one that no word has.

/// Which characters a token is made of, after its prefix.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Letters {
    Alphanumeric,
    /// And `-` and `_`.
    Url,
    /// And `.`.
    Dotted,
    /// Capitals and digits.
    Capitals,
    Hex,
    /// `A` to `Z`, `a` to `z`, digits, `+`, `/` and `=`.
    Base64,
}

impl Letters {
    pub fn has(self, byte: u8) -> bool {
        match self {
            Letters::Alphanumeric => byte.is_ascii_alphanumeric(),
            Letters::Url => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'),
            Letters::Dotted => byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
            Letters::Capitals => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
            Letters::Hex => byte.is_ascii_hexdigit(),
            Letters::Base64 => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        }
    }
}

/// A prefix, what follows, and how many characters of that at least.
pub type Prefix = (&'static str, Letters, usize);

use Letters::{Alphanumeric, Base64, Capitals, Dotted, Hex, Url};

/// In order of their first byte.
pub const PREFIXES: [Prefix; 88] = [
    // Age
    ("AGE-SECRET-KEY-1", Capitals, 40),
    // Google API keys
    ("AIza", Url, 30),
    // AWS: users, roles, bearers, contexts
    ("ABIA", Capitals, 16),
    ("ACCA", Capitals, 16),
    ("AKIA", Capitals, 16),
    ("ASIA", Capitals, 16),
    // Atlassian
    ("ATATT3", Dotted, 50),
    // Square
    ("EAAA", Url, 50),
    // Facebook
    ("EAACEdEose0cBA", Alphanumeric, 10),
    // GitLab runner registration
    ("GR1348941", Url, 20),
    // Google OAuth clients
    ("GOCSPX-", Url, 20),
    // New Relic
    ("NRAK-", Alphanumeric, 20),
    // Postman
    ("PMAK-", Url, 40),
    // SendGrid
    ("SG.", Dotted, 50),
    // Confluent, Dynatrace
    ("dt0c01.", Dotted, 60),
    ("dapi", Hex, 32),
    ("dckr_pat_", Url, 20),
    ("dckr_oat_", Url, 20),
    ("dp.ct.", Alphanumeric, 40),
    ("dp.pt.", Alphanumeric, 40),
    ("dp.st.", Dotted, 40),
    // DigitalOcean
    ("doo_v1_", Hex, 40),
    ("dop_v1_", Hex, 40),
    ("dor_v1_", Hex, 40),
    // Figma
    ("figd_", Url, 30),
    // Fly.io
    ("fo1_", Url, 40),
    // GitHub
    ("ghp_", Alphanumeric, 30),
    ("gho_", Alphanumeric, 30),
    ("ghu_", Alphanumeric, 30),
    ("ghs_", Alphanumeric, 30),
    ("ghr_", Alphanumeric, 30),
    ("github_pat_", Url, 22),
    // GitLab
    ("glpat-", Dotted, 20),
    ("gldt-", Url, 20),
    ("glrt-", Dotted, 20),
    ("glptt-", Url, 20),
    ("glcbt-", Dotted, 20),
    ("glsoat-", Url, 20),
    ("glft-", Url, 20),
    ("glimt-", Url, 20),
    ("glagent-", Url, 20),
    // Grafana
    ("glc_", Base64, 32),
    ("glsa_", Url, 32),
    // HubSpot and HashiCorp Vault
    ("hvb.", Url, 60),
    ("hvs.", Url, 24),
    ("hvr.", Url, 24),
    // Hugging Face
    ("hf_", Alphanumeric, 30),
    // Linear
    ("lin_api_", Alphanumeric, 30),
    // MessageBird, Mailgun
    ("key-", Hex, 32),
    // npm
    ("npm_", Alphanumeric, 30),
    // Netlify, Notion
    ("nfp_", Alphanumeric, 30),
    ("ntn_", Alphanumeric, 30),
    // Pulumi
    ("pul-", Hex, 40),
    // PlanetScale
    ("pscale_tkn_", Dotted, 30),
    ("pscale_pw_", Dotted, 30),
    // PyPI
    ("pypi-AgE", Url, 20),
    // Prefect
    ("pnu_", Alphanumeric, 30),
    // RubyGems
    ("rubygems_", Hex, 40),
    // README
    ("rdme_", Alphanumeric, 60),
    // Stripe, restricted and secret keys
    ("rk_live_", Alphanumeric, 10),
    ("rk_test_", Alphanumeric, 10),
    ("sk_live_", Alphanumeric, 10),
    ("sk_test_", Alphanumeric, 10),
    // OpenAI and Anthropic
    ("sk-admin-", Url, 20),
    ("sk-ant-", Url, 20),
    ("sk-or-v1-", Hex, 40),
    ("sk-proj-", Url, 20),
    ("sk-svcacct-", Url, 20),
    ("sk-", Alphanumeric, 32),
    // Shopify
    ("shpat_", Hex, 30),
    ("shpca_", Hex, 30),
    ("shppa_", Hex, 30),
    ("shpss_", Hex, 30),
    // Square
    ("sq0atp-", Url, 20),
    ("sq0csp-", Url, 40),
    // Supabase
    ("sbp_", Hex, 40),
    // Tailscale
    ("tskey-", Url, 20),
    // Stripe webhooks
    ("whsec_", Base64, 24),
    // Slack
    ("xapp-", Url, 10),
    ("xoxa-", Url, 10),
    ("xoxb-", Url, 10),
    ("xoxc-", Url, 10),
    ("xoxd-", Url, 10),
    ("xoxe", Dotted, 20),
    ("xoxp-", Url, 10),
    ("xoxr-", Url, 10),
    ("xoxs-", Url, 10),
    // Google OAuth
    ("ya29.", Dotted, 20),
];

/// Prefixes that other names end in, such as `task-` and `cache-key-`: those begin a word.
pub const BEGIN_WORDS: [&str; 3] = ["sk-", "key-", "pul-"];

/// The prefixes that begin with a byte: first and last place in [`PREFIXES`], one behind the last.
pub const BY_FIRST: [(u8, u8); 256] = by_first();

const fn by_first() -> [(u8, u8); 256] {
    let mut index = [(0, 0); 256];
    let mut at = 0;
    while at < PREFIXES.len() {
        let first = PREFIXES[at].0.as_bytes()[0] as usize;
        if index[first].1 == 0 {
            index[first].0 = at as u8;
        }
        at += 1;
        index[first].1 = at as u8;
    }
    index
}

/// Addresses to which whoever knows them may post: what follows is the secret.
pub const HOOKS: [&str; 12] = [
    "hooks.slack.com/services/",
    "hooks.slack.com/workflows/",
    "hooks.slack.com/triggers/",
    "discord.com/api/webhooks/",
    "discord.com/api/v9/webhooks/",
    "discord.com/api/v10/webhooks/",
    "discordapp.com/api/webhooks/",
    "webhook.office.com/webhookb2/",
    "api.telegram.org/bot",
    "api.telegram.org/file/bot",
    "hooks.zapier.com/hooks/catch/",
    "chat.googleapis.com/v1/spaces/",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_grouped_by_their_first_byte_and_none_is_twice() {
        for (at, (prefix, _, _)) in PREFIXES.iter().enumerate() {
            let (from, to) = BY_FIRST[prefix.as_bytes()[0] as usize];
            assert!((from as usize..to as usize).contains(&at), "{prefix} is apart from those with its first byte");
            assert_eq!(PREFIXES.iter().filter(|(other, _, _)| other == prefix).count(), 1, "{prefix}");
        }
        let counted: usize = BY_FIRST.iter().map(|(from, to)| usize::from(*to) - usize::from(*from)).sum();
        assert_eq!(counted, PREFIXES.len());
    }
}
