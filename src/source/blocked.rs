//! What the page's own policy blocked: the origins, the newest last, of which no more are kept than matter.

use std::collections::VecDeque;

use super::address::origin;

/// A page asks a handful of origins; a policy that reports more than these repeats itself.
const MAX_ORIGINS: usize = 64;

#[derive(Debug, Default)]
pub struct Blocked {
    /// Of an address without an origin, the address.
    origins: VecDeque<String>,
}

fn key(address: &str) -> String {
    origin(address).unwrap_or_else(|| address.to_owned())
}

impl Blocked {
    pub const fn new() -> Self {
        Blocked { origins: VecDeque::new() }
    }

    pub fn note(&mut self, address: &str) {
        let key = key(address);
        self.origins.retain(|known| *known != key);
        if self.origins.len() == MAX_ORIGINS {
            self.origins.pop_front();
        }
        self.origins.push_back(key);
    }

    /// Whether a request to this address, or another of its origin, was blocked.
    pub fn has(&self, address: &str) -> bool {
        let key = key(address);
        self.origins.iter().any(|known| *known == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_once_and_the_newest_are_kept() {
        let mut blocked = Blocked::new();
        for nth in 0..10_000 {
            blocked.note(&format!("https://t{}.example/api/{nth}", nth % 200));
        }
        assert_eq!(blocked.origins.len(), MAX_ORIGINS);
        assert!(blocked.has("https://t199.example/other") && blocked.has("https://t136.example/"));
        assert!(!blocked.has("https://t135.example/") && !blocked.has("http://t199.example/"));
        blocked.note("inline");
        assert!(blocked.has("inline"));
    }
}
