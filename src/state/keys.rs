//! Keys: what each does, in which scheme. One table feeds the handler and the list that `?` shows.
//!
//! Three schemes: Perfetto's (WASD moves time), Jaeger's (its own `keyboard` names), and none, for readers whose tools
//! send single letters (WCAG 2.1.4). Keys with a name (arrows, Enter, Escape, Home, End) work in every scheme.

use super::url::View as Tab;

/// What a key asks for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Find,
    NextMatch,
    PreviousMatch,
    Close,
    OpenFile,
    GoTo,
    Help,
    Theme,
    Reload,
    ZoomIn,
    ZoomOut,
    PanLeft,
    PanRight,
    Fit,
    ZoomToSelection,
    NextRow,
    PreviousRow,
    PageDown,
    PageUp,
    FirstRow,
    LastRow,
    Expand,
    Collapse,
    ExpandAll,
    CollapseAll,
    ExpandLevel,
    CollapseLevel,
    Parent,
    FirstChild,
    NextError,
    CriticalPath,
    Details,
    CopySpanId,
    Fold,
    Dock,
    ScrollDown,
    ScrollUp,
    Show(Tab),
}

/// Which letters mean what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Scheme {
    #[default]
    Perfetto,
    Jaeger,
    None,
}

impl Scheme {
    pub const ALL: [Scheme; 3] = [Scheme::Perfetto, Scheme::Jaeger, Scheme::None];

    /// As config.json and local storage name it.
    pub fn name(self) -> &'static str {
        match self {
            Scheme::Perfetto => "perfetto",
            Scheme::Jaeger => "jaeger",
            Scheme::None => "none",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.name() == name)
    }
}

/// One line of the table: the section of the list, the words, and the keys in a scheme.
pub struct Binding {
    pub section: &'static str,
    pub words: &'static str,
    pub action: Action,
    perfetto: &'static [&'static str],
    jaeger: &'static [&'static str],
    /// Keys with a name, which every scheme has.
    always: &'static [&'static str],
}

const fn line(
    section: &'static str,
    words: &'static str,
    action: Action,
    perfetto: &'static [&'static str],
    jaeger: &'static [&'static str],
    always: &'static [&'static str],
) -> Binding {
    Binding { section, words, action, perfetto, jaeger, always }
}

const EVERYWHERE: &str = "Everywhere";
const VIEWS: &str = "Views";
const TIME: &str = "Time";
const ROWS: &str = "Rows";
const SELECTION: &str = "Selection";

/// In the order of the list that `?` shows.
pub const SECTIONS: [&str; 5] = [EVERYWHERE, VIEWS, TIME, ROWS, SELECTION];

/// A capital letter stands for Shift and that letter; named keys with Shift are written `Shift+ArrowUp`.
pub const BINDINGS: &[Binding] = &[
    line(EVERYWHERE, "Find in trace", Action::Find, &["/"], &["/"], &[]),
    line(EVERYWHERE, "Next match (in find)", Action::NextMatch, &[], &[], &["Enter"]),
    line(EVERYWHERE, "Previous match (in find)", Action::PreviousMatch, &[], &[], &["Shift+Enter"]),
    line(EVERYWHERE, "Close the topmost thing", Action::Close, &[], &[], &["Escape"]),
    line(EVERYWHERE, "Go to a trace", Action::GoTo, &["g"], &["g"], &[]),
    line(EVERYWHERE, "Open a file", Action::OpenFile, &["O"], &["O"], &[]),
    line(EVERYWHERE, "Reload from the source", Action::Reload, &["r"], &["r"], &[]),
    line(EVERYWHERE, "Light, dark", Action::Theme, &["T"], &["T"], &[]),
    line(EVERYWHERE, "This list", Action::Help, &["?"], &["?"], &[]),
    line(VIEWS, "Timeline", Action::Show(Tab::Timeline), &["1"], &["1"], &[]),
    line(VIEWS, "Flame chart", Action::Show(Tab::Flame), &["2"], &["2"], &[]),
    line(VIEWS, "Flame graph", Action::Show(Tab::Graph), &["3"], &["3"], &[]),
    line(VIEWS, "Map", Action::Show(Tab::Map), &["4"], &["4"], &[]),
    line(VIEWS, "Statistics", Action::Show(Tab::Stats), &["5"], &["5"], &[]),
    line(VIEWS, "Findings", Action::Show(Tab::Findings), &["6"], &["6"], &[]),
    line(TIME, "Zoom in", Action::ZoomIn, &["w"], &["+"], &[]),
    line(TIME, "Zoom out", Action::ZoomOut, &["s"], &["-"], &[]),
    line(TIME, "Earlier", Action::PanLeft, &["a"], &["a"], &[]),
    line(TIME, "Later", Action::PanRight, &["d"], &["d"], &[]),
    line(TIME, "Fit the trace", Action::Fit, &["f"], &["0"], &[]),
    line(TIME, "Zoom to the selection", Action::ZoomToSelection, &["z"], &["z"], &[]),
    line(ROWS, "Next; in the flame views the box below", Action::NextRow, &["j"], &["j", "f"], &["ArrowDown"]),
    line(ROWS, "Previous; the box above", Action::PreviousRow, &["k"], &["k", "b"], &["ArrowUp"]),
    line(ROWS, "Scroll down", Action::ScrollDown, &[], &["s"], &[]),
    line(ROWS, "Scroll up", Action::ScrollUp, &[], &["w"], &[]),
    line(ROWS, "Page down", Action::PageDown, &[], &[], &["PageDown"]),
    line(ROWS, "Page up", Action::PageUp, &[], &[], &["PageUp"]),
    line(ROWS, "First", Action::FirstRow, &[], &[], &["Home"]),
    line(ROWS, "Last", Action::LastRow, &[], &[], &["End"]),
    line(ROWS, "Expand; the box to the right", Action::Expand, &[], &[], &["ArrowRight"]),
    line(ROWS, "Collapse; the box to the left", Action::Collapse, &[], &[], &["ArrowLeft"]),
    line(ROWS, "Expand all", Action::ExpandAll, &["["], &["["], &[]),
    line(ROWS, "Collapse all", Action::CollapseAll, &["]"], &["]"], &[]),
    line(ROWS, "Expand one level", Action::ExpandLevel, &["o"], &["o"], &[]),
    line(ROWS, "Collapse one level", Action::CollapseLevel, &["p"], &["p"], &[]),
    line(ROWS, "Fold pass-through and repeats", Action::Fold, &["x"], &["x"], &[]),
    line(SELECTION, "Details", Action::Details, &[], &[], &["Enter"]),
    line(SELECTION, "Details right or below", Action::Dock, &["D"], &["D"], &[]),
    line(SELECTION, "Parent", Action::Parent, &[], &[], &["Shift+ArrowUp"]),
    line(SELECTION, "First child", Action::FirstChild, &[], &[], &["Shift+ArrowDown"]),
    line(SELECTION, "Next error", Action::NextError, &["e"], &["e"], &[]),
    line(SELECTION, "Along the critical path", Action::CriticalPath, &["c"], &["c"], &[]),
    line(SELECTION, "Copy span id", Action::CopySpanId, &["y"], &["y"], &[]),
];

impl Binding {
    /// The keys of this line in a scheme.
    pub fn keys(&self, scheme: Scheme) -> impl Iterator<Item = &'static str> {
        let letters = match scheme {
            Scheme::Perfetto => self.perfetto,
            Scheme::Jaeger => self.jaeger,
            Scheme::None => &[],
        };
        letters.iter().chain(self.always).copied()
    }
}

/// The first key of an action in a scheme, as its cap shows it.
pub fn hint(scheme: Scheme, action: Action) -> Option<String> {
    BINDINGS.iter().find(|binding| binding.action == action)?.keys(scheme).next().map(cap)
}

/// The action of a key press outside of text fields. `key` is the browser's `KeyboardEvent.key`. Enter is the
/// selection's here; in the find box it steps through matches, which that box handles itself.
pub fn action(scheme: Scheme, key: &str, shift: bool) -> Option<Action> {
    let named = key.chars().count() > 1;
    let written = if named && shift { format!("Shift+{key}") } else { key.to_owned() };
    BINDINGS
        .iter()
        .filter(|binding| !matches!(binding.action, Action::NextMatch | Action::PreviousMatch))
        .find(|binding| binding.keys(scheme).any(|key| key == written))
        .map(|binding| binding.action)
}

/// A key as its cap shows it.
pub fn cap(key: &str) -> String {
    let named = key
        .replace("ArrowUp", "↑")
        .replace("ArrowDown", "↓")
        .replace("ArrowLeft", "←")
        .replace("ArrowRight", "→")
        .replace("Enter", "⏎")
        .replace("Escape", "Esc")
        .replace("Shift+", "⇧ ");
    match named.as_str() {
        letter if letter.len() == 1 && letter.chars().all(|c| c.is_ascii_uppercase()) => format!("⇧ {letter}"),
        letter if letter.len() == 1 => letter.to_uppercase(),
        _ => named,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_has_two_meanings_in_any_scheme() {
        for scheme in Scheme::ALL {
            let mut seen: Vec<&str> = Vec::new();
            for binding in BINDINGS.iter().filter(|b| !matches!(b.action, Action::NextMatch | Action::PreviousMatch)) {
                for key in binding.keys(scheme) {
                    assert!(!seen.contains(&key), "{key} has two meanings in {scheme:?}");
                    seen.push(key);
                }
            }
        }
    }

    #[test]
    fn letters_follow_the_scheme_and_named_keys_always_work() {
        assert_eq!(action(Scheme::Perfetto, "w", false), Some(Action::ZoomIn));
        assert_eq!(action(Scheme::Jaeger, "w", false), Some(Action::ScrollUp));
        assert_eq!(action(Scheme::Jaeger, "b", false), Some(Action::PreviousRow));
        assert_eq!(action(Scheme::None, "w", false), None);
        assert_eq!(action(Scheme::None, "ArrowUp", true), Some(Action::Parent));
        assert_eq!(action(Scheme::Perfetto, "T", true), Some(Action::Theme));
    }

    #[test]
    fn caps_read_as_on_a_keyboard() {
        assert_eq!(cap("w"), "W");
        assert_eq!(cap("T"), "⇧ T");
        assert_eq!(cap("Shift+ArrowUp"), "⇧ ↑");
    }
}
