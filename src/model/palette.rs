//! Which colour slot a service gets; the colours themselves are tokens of the page.

use std::collections::{BTreeMap, BTreeSet};

/// Slots of the palette (`--svc-1` to `--svc-20`).
pub const SLOTS: usize = 20;

/// The slot of each name, 0-based: FNV-1a of the name picks it; if an earlier name took it, the next free one. Given the
/// names in sorted order, a name has the same slot in every trace unless a name before it collides. When all slots are
/// taken a name keeps the slot of its hash.
pub fn slots<'n>(names: impl Iterator<Item = &'n str>) -> Vec<u8> {
    let mut taken = [false; SLOTS];
    names
        .map(|name| {
            let wanted = fnv1a(name) as usize % SLOTS;
            let free = (0..SLOTS).map(|step| (wanted + step) % SLOTS).find(|slot| !taken[*slot]);
            let slot = free.unwrap_or(wanted);
            taken[slot] = true;
            slot as u8
        })
        .collect()
}

/// Slots of names that come bit by bit: whoever has a slot keeps it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    slots: BTreeMap<String, u8>,
}

impl Given {
    /// The slots of these names; new ones get theirs in the order of the names, whatever order they come in.
    pub fn slots<'n>(&mut self, names: impl Iterator<Item = &'n str> + Clone) -> Vec<u8> {
        let new: BTreeSet<&str> = names.clone().filter(|name| !self.slots.contains_key(*name)).collect();
        for name in new {
            let is_taken = |slot: u8| self.slots.values().any(|taken| *taken == slot);
            let wanted = fnv1a(name) as usize % SLOTS;
            let free = (0..SLOTS).map(|step| ((wanted + step) % SLOTS) as u8).find(|slot| !is_taken(*slot));
            self.slots.insert(name.to_owned(), free.unwrap_or(wanted as u8));
        }
        names.map(|name| self.slots.get(name).copied().unwrap_or_default()).collect()
    }
}

/// FNV-1a, 32 bits (Fowler, Noll, Vo).
fn fnv1a(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv1a(""), 0x811c_9dc5);
        assert_eq!(fnv1a("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn twenty_names_have_twenty_slots_and_the_21st_reuses_its_own() {
        let names: Vec<String> = (0..21).map(|n| format!("service-{n:02}")).collect();
        let given = slots(names.iter().map(String::as_str));
        let mut first: Vec<u8> = given[..20].to_vec();
        first.sort_unstable();
        assert_eq!(first, (0..20).collect::<Vec<u8>>());
        assert_eq!(given[20], (fnv1a("service-20") % 20) as u8);
    }

    #[test]
    fn who_has_a_slot_keeps_it_whoever_comes_later() {
        let mut given = Given::default();
        let first = given.slots(["b", "a"].into_iter());
        let names: Vec<String> = (0..30).map(|n| format!("service-{n}")).collect();
        let _ = given.slots(names.iter().map(String::as_str));
        assert_eq!(given.slots(["b", "a"].into_iter()), first);
        assert_ne!(first[0], first[1]);
        assert_eq!(Given::default().slots(["a", "b"].into_iter()), [first[1], first[0]]);
    }

    #[test]
    fn a_name_alone_has_the_slot_of_its_hash() {
        assert_eq!(slots(["api-gateway"].into_iter()), [(fnv1a("api-gateway") % 20) as u8]);
    }
}
