//! The host page's `show`, read and checked as a whole before anything is done: an error leaves everything as it was.
//! Doing it is `App::show`'s.

use super::url::View;
use crate::base::{SpanId, id_text};
use crate::layout::Viewport;
use crate::model::SpanIdx;

/// What `show` takes.
pub const KEYS: [&str; 5] = ["span", "t0", "t1", "view", "find"];

/// A value of a message.
#[derive(Clone, PartialEq, Debug)]
pub enum Given {
    Text(String),
    Number(f64),
    /// null, an object, a truth value.
    Other,
}

/// What is to be shown; what is `None` stays as it is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Show {
    pub view: Option<View>,
    pub span: Option<SpanIdx>,
    /// Cut to the trace.
    pub window: Option<Viewport>,
    /// Empty: what was found is let go.
    pub find: Option<String>,
}

impl Show {
    /// Reads values by key for a trace of this duration, whose spans `find` knows. The error is a sentence for whoever
    /// wrote the host page.
    pub fn read(
        asked: &[(&'static str, Given)],
        find: &dyn Fn(SpanId) -> Option<SpanIdx>,
        duration_ns: u64,
    ) -> Result<Show, String> {
        let get = |key: &str| asked.iter().find(|(name, _)| *name == key).map(|(_, value)| value);
        let text = |key: &str| match get(key) {
            Some(Given::Text(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(format!("`{key}` must be text")),
            None => Ok(None),
        };
        let view = match text("view")? {
            Some(name) => Some(View::from_name(name).ok_or_else(|| format!("there is no view `{}`", short(name)))?),
            None => None,
        };
        let span = match text("span")? {
            Some(id) => {
                let known = find(id_text::span_id_or_derived(id));
                Some(known.ok_or_else(|| format!("there is no span `{}` in this trace", short(id)))?)
            }
            None => None,
        };
        let window = match (get("t0"), get("t1")) {
            (Some(t0), Some(t1)) => Some(window(t0, t1, duration_ns)?),
            (None, None) => None,
            _ => return Err("t0 and t1 come together".to_owned()),
        };
        let show = Show { view, span, window, find: text("find")?.map(str::to_owned) };
        if show == Show::default() {
            return Err("there is nothing to show: name any of span, t0 and t1, view, find".to_owned());
        }
        Ok(show)
    }
}

fn window(t0: &Given, t1: &Given, duration_ns: u64) -> Result<Viewport, String> {
    let (Some(t0_ns), Some(t1_ns)) = (ns(t0), ns(t1)) else {
        return Err("t0 and t1 are nanoseconds from the trace's start, as numbers or decimal text".to_owned());
    };
    if t0_ns >= t1_ns {
        return Err("t0 must be less than t1".to_owned());
    }
    let whole = Viewport::fit(duration_ns);
    if t1_ns <= whole.t0_ns || t0_ns >= whole.t1_ns {
        return Err(format!(
            "t0 and t1 are outside of the trace: they are nanoseconds from its start, and it lasts {duration_ns}"
        ));
    }
    Ok(Viewport { t0_ns: t0_ns.max(whole.t0_ns), t1_ns: t1_ns.min(whole.t1_ns) }.clamped(duration_ns))
}

/// `parse` alone would take `inf`, `1e9` and `+5` too.
fn ns(given: &Given) -> Option<f64> {
    match given {
        Given::Number(number) => Some(*number),
        Given::Text(text) => {
            let is_decimal = text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.'));
            text.parse().ok().filter(|_| is_decimal)
        }
        Given::Other => None,
    }
    .filter(|number| number.is_finite())
}

/// Enough to know it again.
fn short(text: &str) -> &str {
    text.char_indices().nth(40).map_or(text, |(end, _)| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> Given {
        Given::Text(value.to_owned())
    }

    fn read(asked: &[(&'static str, Given)]) -> Result<Show, String> {
        Show::read(asked, &|id| (id == SpanId(0xab)).then_some(SpanIdx(3)), 1_000_000)
    }

    #[test]
    fn all_of_it_at_once() {
        let asked = [
            ("span", text("00000000000000AB")),
            ("t0", Given::Number(5.0)),
            ("t1", text("2000")),
            ("view", text("flame")),
            ("find", text("")),
        ];
        let window = Viewport { t0_ns: 5.0, t1_ns: 2000.0 };
        let shown =
            Show { view: Some(View::Flame), span: Some(SpanIdx(3)), window: Some(window), find: Some(String::new()) };
        assert_eq!(read(&asked), Ok(shown));
    }

    #[test]
    fn one_wrong_value_refuses_all() {
        for (wrong, words) in [
            (("span", text("cd")), "there is no span `cd`"),
            (("span", text("</script>")), "there is no span"),
            (("span", text("")), "there is no span"),
            (("span", Given::Number(171.0)), "`span` must be text"),
            (("find", Given::Other), "`find` must be text"),
            (("t0", Given::Number(1.0)), "come together"),
        ] {
            let asked = [("view", text("map")), wrong];
            let told = read(&asked).unwrap_err();
            assert!(told.contains(words), "{told}");
        }
        assert!(read(&[("view", text("waterfall"))]).unwrap_err().contains("no view `waterfall`"));
        assert!(read(&[]).unwrap_err().contains("nothing to show"));
        assert!(read(&[("view", text(&"é".repeat(999)))]).unwrap_err().len() < 200);
    }

    #[test]
    fn windows_are_cut_to_the_trace_and_none_is_made_up() {
        let of = |t0: Given, t1: Given| read(&[("t0", t0), ("t1", t1)]).map(|show| show.window.unwrap_or_default());
        let numbers = |t0, t1| of(Given::Number(t0), Given::Number(t1));
        assert_eq!(numbers(-50.0, 700.5), Ok(Viewport { t0_ns: 0.0, t1_ns: 700.5 }));
        assert_eq!(of(text("-50"), text("700.5")), numbers(-50.0, 700.5));
        assert_eq!(numbers(400.0, 1e300), Ok(Viewport { t0_ns: 400.0, t1_ns: 1e6 }));
        // Narrower than can be looked at: as narrow as can be.
        assert_eq!(numbers(400.0, 401.0), Ok(Viewport { t0_ns: 400.0, t1_ns: 500.0 }));
        for (t0, t1) in [(9.0, 9.0), (9.0, 8.0)] {
            assert!(numbers(t0, t1).unwrap_err().contains("less than"));
        }
        // Epoch nanoseconds, and a window that ends before the trace begins.
        for (t0, t1) in [(1.7e18, 1.8e18), (-9.0, 0.0), (1e6, 2e6)] {
            assert!(numbers(t0, t1).unwrap_err().contains("outside of the trace"));
        }
        for bad in [
            text("1e3"),
            text("inf"),
            text("NaN"),
            text(""),
            text(" 5"),
            text("5-"),
            Given::Other,
            Given::Number(f64::NAN),
            Given::Number(f64::INFINITY),
        ] {
            assert!(of(Given::Number(0.0), bad.clone()).unwrap_err().contains("decimal text"), "{bad:?}");
        }
    }
}
