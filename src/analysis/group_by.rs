//! What spans are grouped by, and the group of each span. Figures of the groups are in `statistics`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::attribute_places::{Values, said_of};
use super::derived::Derived;
use super::find::{Field, attribute_absent, attribute_equals, field_equals};
use super::scope::Scope;
use crate::base::Sym;
use crate::model::{Kind, SpanIdx, Status, Trace};

/// What spans are grouped by; its text is the address's `by`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum GroupBy {
    Service,
    /// What the rows of the timeline show, whatever the service.
    Operation,
    #[default]
    ServiceOperation,
    Kind,
    /// The span's own name.
    Name,
    Status,
    /// The value of the attribute with this key.
    Attribute(String),
}

impl GroupBy {
    /// `service`, `operation`, `service,operation` (also nothing), `kind`, `name`, `status`; anything else is an
    /// attribute's key, and so is what follows a leading dot: `.kind`.
    pub fn parse(text: &str) -> GroupBy {
        match text {
            "service" => GroupBy::Service,
            "operation" => GroupBy::Operation,
            "" | "service,operation" => GroupBy::ServiceOperation,
            "kind" => GroupBy::Kind,
            "name" => GroupBy::Name,
            "status" => GroupBy::Status,
            key => GroupBy::Attribute(key.strip_prefix('.').unwrap_or(key).to_owned()),
        }
    }

    /// The text that [`GroupBy::parse`] reads as this; a key has the dot only where it would read as something else.
    pub fn name(&self) -> String {
        match self {
            GroupBy::Service => "service".to_owned(),
            GroupBy::Operation => "operation".to_owned(),
            GroupBy::ServiceOperation => "service,operation".to_owned(),
            GroupBy::Kind => "kind".to_owned(),
            GroupBy::Name => "name".to_owned(),
            GroupBy::Status => "status".to_owned(),
            GroupBy::Attribute(key) if GroupBy::parse(key) == *self => key.clone(),
            GroupBy::Attribute(key) => format!(".{key}"),
        }
    }

    fn has_service(&self) -> bool {
        matches!(self, GroupBy::Service | GroupBy::ServiceOperation)
    }
}

/// No group, no service, no value.
pub(super) const NONE: u32 = u32::MAX;

/// What the spans of a group have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The service by index; [`NONE`] when grouping has none.
    pub service: u32,
    /// A symbol or number, by what is grouped by; [`NONE`] for spans without the attribute.
    value: u32,
}

/// The groups of a trace, in order of their first span.
pub(super) struct Groups<'t> {
    trace: &'t Trace,
    derived: &'t Derived,
    by: &'t GroupBy,
    values: Values<'t>,
    /// Group of each span; [`NONE`] out of scope.
    pub of_span: Vec<u32>,
    pub keys: Vec<Key>,
    /// Values that some span says besides the one it is grouped by: find, which looks everywhere, marks it for them too.
    besides: FxHashSet<u32>,
}

impl<'t> Groups<'t> {
    /// O(n), and as many texts as there are groups.
    pub fn of(trace: &'t Trace, derived: &'t Derived, scope: &Scope, by: &'t GroupBy) -> Self {
        let values = Values::new(&trace.set.strings);
        let of_span = vec![NONE; trace.len()];
        let mut groups =
            Groups { trace, derived, by, values, of_span, keys: Vec::new(), besides: FxHashSet::default() };
        let attribute = match by {
            GroupBy::Attribute(key) => trace.set.strings.find(key),
            _ => None,
        };
        let mut known: FxHashMap<Key, u32> = FxHashMap::default();
        let mut said = Vec::new();
        for span in scope.spans(trace) {
            let service = if by.has_service() { trace.service(span) } else { NONE };
            let key = Key { service, value: groups.value_of(span, attribute, &mut said) };
            let next = groups.keys.len() as u32;
            let group = *known.entry(key).or_insert(next);
            if group == next {
                groups.keys.push(key);
            }
            groups.of_span[span.index()] = group;
        }
        groups
    }

    fn value_of(&mut self, span: SpanIdx, attribute: Option<Sym>, said: &mut Vec<u32>) -> u32 {
        match self.by {
            GroupBy::Service => 0,
            GroupBy::Operation | GroupBy::ServiceOperation => self.derived.labels.label[span.index()].0,
            GroupBy::Kind => self.trace.kind(span) as u32,
            GroupBy::Name => self.trace.set.name[self.trace.row(span)].0,
            GroupBy::Status => self.trace.status(span) as u32,
            GroupBy::Attribute(_) => {
                let Some(key) = attribute else { return NONE };
                said_of(self.trace, span, key, &mut self.values, said);
                let value = said.first().copied().unwrap_or(NONE);
                self.besides.extend(said.iter().filter(|other| **other != value));
                value
            }
        }
    }

    pub fn is_absent(&self, key: Key) -> bool {
        key.value == NONE
    }

    pub fn service_name(&self, key: Key) -> &str {
        let sym = self.trace.services.get(key.service as usize).copied().unwrap_or_default();
        self.trace.set.strings.get(sym)
    }

    /// Empty when grouped by service alone, and for spans without the attribute.
    pub fn text(&self, key: Key) -> &str {
        let number = u64::from(key.value);
        match self.by {
            GroupBy::Service => "",
            GroupBy::Operation | GroupBy::ServiceOperation => self.derived.labels.strings.get(Sym(key.value)),
            GroupBy::Kind => Kind::from_otlp(number).unwrap_or_default().name(),
            GroupBy::Name => self.trace.set.strings.get(Sym(key.value)),
            GroupBy::Status => Status::from_otlp(number).unwrap_or_default().name(),
            GroupBy::Attribute(_) => self.values.text(key.value),
        }
    }

    /// What find marks the group by, if it can be said at all; whether it marks others too is for [`Groups::alike`].
    pub fn find(&self, key: Key) -> Option<String> {
        let (text, service) = (self.text(key), self.service_name(key));
        match self.by {
            GroupBy::Service => field_equals(Field::Service, service),
            GroupBy::Operation => field_equals(Field::Operation, text),
            GroupBy::ServiceOperation => {
                let operation = field_equals(Field::Operation, text)?;
                Some(format!("{} {operation}", field_equals(Field::Service, service)?))
            }
            GroupBy::Kind => field_equals(Field::Kind, text),
            GroupBy::Name => field_equals(Field::Name, text),
            GroupBy::Status => field_equals(Field::Status, text),
            GroupBy::Attribute(name) if self.is_absent(key) => attribute_absent(name),
            GroupBy::Attribute(name) => attribute_equals(name, text),
        }
    }

    /// For each of `asked`, by position: whether find takes it for another group too. Case is nothing to find, and an
    /// attribute counts wherever a span says it.
    pub fn alike(&self, asked: &[Key]) -> Vec<bool> {
        let lower = |key: Key| (self.service_name(key).to_lowercase(), self.text(key).to_lowercase());
        // Absence is no text: `-key=` is exact, and an empty value is not the same.
        let said = |key: &Key| !self.is_absent(*key);
        let mut times: FxHashMap<(String, String), u32> =
            asked.iter().copied().filter(said).map(|key| (lower(key), 0)).collect();
        let besides = self.besides.iter().map(|value| Key { service: NONE, value: *value });
        for key in self.keys.iter().copied().filter(said).chain(besides) {
            if let Some(times) = times.get_mut(&lower(key)) {
                *times += 1;
            }
        }
        asked.iter().map(|key| said(key) && times.get(&lower(*key)).is_some_and(|times| *times > 1)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_dot_says_that_it_is_a_key() {
        for (text, by) in [
            ("", GroupBy::ServiceOperation),
            ("service,operation", GroupBy::ServiceOperation),
            ("kind", GroupBy::Kind),
            (".kind", GroupBy::Attribute("kind".to_owned())),
            ("db.system", GroupBy::Attribute("db.system".to_owned())),
            (".db.system", GroupBy::Attribute("db.system".to_owned())),
            ("Service", GroupBy::Attribute("Service".to_owned())),
            (".", GroupBy::Attribute(String::new())),
        ] {
            assert_eq!(GroupBy::parse(text), by, "{text}");
        }
        let name = |key: &str| GroupBy::Attribute(key.to_owned()).name();
        assert_eq!(["db.system", "kind", ".x", ""].map(name), ["db.system", ".kind", "..x", "."]);
    }

    proptest! {
        #[test]
        fn every_grouping_reads_back_from_its_name(key in "\\.{0,2}(service|operation|service,operation|kind|name|status|[a-z.]*)") {
            let by = GroupBy::Attribute(key.clone());
            prop_assert_eq!(GroupBy::parse(&by.name()), by);
            let by = GroupBy::parse(&key);
            prop_assert_eq!(GroupBy::parse(&by.name()), by);
        }
    }
}
