//! Reading values of `config.json` one by one: the right type, or a note that says where it is and what was expected.
//!
//! It knows types and names; what they mean is in `config`.

use serde_json::{Map, Value};

use super::config::{ConfigNote, KEYS};
use super::failure::shortened;

/// Collects notes while values are read.
#[derive(Default)]
pub(super) struct Reader {
    notes: Vec<ConfigNote>,
}

/// Notes on unknown keys just taken, whose path is still that of the table (`sources[]`).
pub(super) struct Placed<'r> {
    reader: &'r mut Reader,
    since: usize,
    table_path: &'static str,
}

impl Placed<'_> {
    /// Puts the real path (`sources[2]`) in place of the table's.
    pub fn at(self, path: &str) {
        for note in &mut self.reader.notes[self.since..] {
            if let Some(rest) = note.path.strip_prefix(self.table_path) {
                note.path = format!("{path}{rest}");
            }
        }
    }
}

impl Reader {
    pub fn note(&mut self, path: &str, message: String) {
        self.notes.push(ConfigNote { path: path.to_owned(), message });
    }

    pub fn into_notes(self) -> Vec<ConfigNote> {
        self.notes
    }

    pub fn object<'v>(&mut self, path: &str, value: &'v Value) -> Option<&'v Map<String, Value>> {
        let fields = value.as_object();
        if fields.is_none() {
            self.expected(path, "an object", value);
        }
        fields
    }

    /// The items of a list; none when it is missing.
    pub fn list<'v>(&mut self, path: &str, value: Option<&'v Value>) -> &'v [Value] {
        match value {
            Some(Value::Array(items)) => items,
            Some(other) => {
                self.expected(path, "a list", other);
                &[]
            }
            None => &[],
        }
    }

    pub fn text(&mut self, path: &str, value: Option<&Value>) -> Option<String> {
        match value? {
            Value::String(text) => Some(text.clone()),
            other => {
                self.expected(path, "text in quotes", other);
                None
            }
        }
    }

    pub fn truth(&mut self, path: &str, value: Option<&Value>) -> Option<bool> {
        match value? {
            Value::Bool(truth) => Some(*truth),
            other => {
                self.expected(path, "true or false", other);
                None
            }
        }
    }

    /// A text out of a few.
    pub fn one_of<T: Clone>(&mut self, path: &str, value: Option<&Value>, choices: &[(&str, T)]) -> Option<T> {
        let text = self.text(path, value)?;
        if let Some((_, choice)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(choice.clone());
        }
        let names: Vec<String> = choices.iter().map(|(name, _)| format!("“{name}”")).collect();
        self.note(path, format!("“{}” is none of {}. It is left out.", shortened(&text, 40), names.join(", ")));
        None
    }

    fn expected(&mut self, path: &str, wanted: &str, found: &Value) {
        let found = match found {
            Value::Null => "null".to_owned(),
            Value::Bool(truth) => truth.to_string(),
            Value::Number(number) => format!("the number {number}"),
            Value::String(text) => format!("the text “{}”", shortened(text, 40)),
            Value::Array(_) => "a list".to_owned(),
            Value::Object(_) => "an object".to_owned(),
        };
        self.note(path, format!("Expected {wanted}, found {found}. It is left out."));
    }

    /// Notes every key that the table does not have under `table_path` (`""`, `sources[]`), with the one probably
    /// meant.
    pub fn unknown_keys(&mut self, table_path: &'static str, fields: &Map<String, Value>) -> Placed<'_> {
        let since = self.notes.len();
        let known: Vec<&str> = KEYS.iter().filter_map(|key| child(table_path, key.path)).collect();
        for name in fields.keys().filter(|name| !known.contains(&name.as_str())) {
            let suggestion = match closest(name, &known) {
                Some(meant) => format!(" Is “{meant}” meant?"),
                None => String::new(),
            };
            let path = if table_path.is_empty() { name.clone() } else { format!("{table_path}.{name}") };
            self.note(&path, format!("There is no key “{}” here.{suggestion} It is left out.", shortened(name, 40)));
        }
        Placed { reader: self, since, table_path }
    }
}

/// The name of a key directly under a path of the table.
fn child(parent: &str, path: &'static str) -> Option<&'static str> {
    let name = if parent.is_empty() { path } else { path.strip_prefix(parent)?.strip_prefix('.')? };
    (!name.contains('.') && !name.contains('[')).then_some(name)
}

/// The known name that differs in case, separators or at most two edits.
fn closest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    if name.len() > 40 {
        return None;
    }
    let flat = |name: &str| name.replace(['_', '-', ' '], "").to_lowercase();
    let wanted = flat(name);
    let near = known.iter().map(|known| (edits(&wanted, &flat(known)), *known)).min()?;
    // A name of three letters is two edits from anything.
    (near.0 <= 2 && near.0 * 3 <= near.1.len().max(3)).then_some(near.1)
}

/// Levenshtein's distance, for names of a few dozen characters.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let change = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
