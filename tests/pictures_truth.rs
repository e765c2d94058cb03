//! Pictures of every recorded trace: well-formed XML in which nothing a trace says is anything but text, a group with its words for each
//! row, colours as the style sheet has them. The XML is read by a small reader of its own here, which accepts no more than XML 1.0 does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot read its fixture or a picture fails")]

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use spanloom::analysis::{Derived, outline};
use spanloom::decode;
use spanloom::layout::flame_chart::pack::Packed;
use spanloom::layout::flame_chart::{Chart, TOP_PX, options, pitch_px};
use spanloom::layout::pieces::WideSpans;
use spanloom::layout::{Bits, Measure, RowModel, RowOptions, Viewport};
use spanloom::model::{Outline, SpanIdx, SpanSet, Trace};
use spanloom::paint::Palette;
use spanloom::paint::flame::Words;
use spanloom::paint::svg::drawing::Named;
use spanloom::paint::svg::timeline::{Making, Timeline};
use spanloom::paint::svg::{Heading, Picture, cards, flame_chart, table};

/// Letters of half their size, so that nothing is cut that need not be.
struct Narrow;

impl Measure for Narrow {
    fn width(&self, text: &str, font_px: f32) -> f32 {
        text.chars().count() as f32 * font_px * 0.1
    }
}

// Reading what was drawn.

#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    /// Its own text and that of all below, in order.
    text: String,
    /// Of the element it is in, by position.
    parent: Option<usize>,
}

impl Element {
    fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
}

/// Replaces references; only those that XML itself knows.
fn unescaped(text: &str) -> String {
    assert!(text.chars().all(is_char), "a character that XML forbids: {text:?}");
    assert!(!text.contains('<'), "{text:?}");
    let mut parts = text.split('&');
    let mut out = parts.next().unwrap().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(';').unwrap_or_else(|| panic!("a bare & before {part:?}"));
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "#39" => '\'',
            "#9" => '\t',
            "#10" => '\n',
            "#13" => '\r',
            other => panic!("an entity that XML does not know: {other:?}"),
        });
        out.push_str(rest);
    }
    out
}

fn attributes(mut inside: &str) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    while !inside.trim().is_empty() {
        let (name, rest) = inside.split_once("=\"").unwrap_or_else(|| panic!("no value in {inside:?}"));
        let (value, rest) = rest.split_once('"').unwrap_or_else(|| panic!("no end in {rest:?}"));
        let name = name.trim().to_owned();
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || "-:_".contains(c)), "{name:?}");
        assert!(found.iter().all(|(known, _)| *known != name), "{name} twice in {inside:?}");
        found.push((name, unescaped(value)));
        inside = rest;
    }
    found
}

/// All elements in order of their starts; panics where the text is no well-formed XML.
fn read(xml: &str) -> Vec<Element> {
    let (mut elements, mut open): (Vec<Element>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut rest = xml;
    while let Some(at) = rest.find('<') {
        let (text, tag) = rest.split_at(at);
        let text = unescaped(text);
        assert!(!open.is_empty() || text.trim().is_empty(), "text outside: {text:?}");
        open.iter().for_each(|element| elements[*element].text.push_str(&text));
        let end = tag.find('>').unwrap();
        let inside = &tag[1..end];
        rest = &tag[end + 1..];
        if let Some(name) = inside.strip_prefix('/') {
            assert_eq!(elements[open.pop().unwrap()].name, name);
            continue;
        }
        let (inside, is_empty) = inside.strip_suffix('/').map_or((inside, false), |inside| (inside, true));
        let (name, given) = inside.split_once(' ').unwrap_or((inside, ""));
        assert!(name.chars().all(|c| c.is_ascii_alphanumeric()), "{name:?}");
        let parent = open.last().copied();
        elements.push(Element { name: name.to_owned(), attributes: attributes(given), text: String::new(), parent });
        if !is_empty {
            open.push(elements.len() - 1);
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{} left open", open.len());
    assert_eq!(elements.iter().filter(|element| element.parent.is_none()).count(), 1);
    elements
}

/// Reads a picture, and holds it to what every picture keeps: known elements only, plain colours, nothing from elsewhere.
fn read_picture(picture: &Picture) -> Vec<Element> {
    let elements = read(&picture.svg);
    const KNOWN: [&str; 9] = ["svg", "title", "desc", "g", "rect", "path", "text", "tspan", "polygon"];
    for element in &elements {
        assert!(KNOWN.contains(&element.name.as_str()), "{}", element.name);
        for (name, value) in &element.attributes {
            assert!(
                !name.starts_with("on") && !["href", "xlink:href", "style", "class"].contains(&name.as_str()),
                "{name}"
            );
            if name == "fill" || name == "stroke" {
                let is_hex = value.len() == 7 && value.starts_with('#') && u32::from_str_radix(&value[1..], 16).is_ok();
                assert!(is_hex || value == "none", "{name}={value}");
            }
        }
    }
    let root = &elements[0];
    assert_eq!((root.name.as_str(), root.get("xmlns")), ("svg", Some("http://www.w3.org/2000/svg")));
    assert_eq!(root.get("width"), Some(picture.width_px.to_string().as_str()));
    assert_eq!(root.get("height"), Some(picture.height_px.to_string().as_str()));
    elements
}

/// Texts of `<text>` elements by the group that they are in, nearest to the root but for the root itself.
fn words_by_group(elements: &[Element]) -> HashMap<usize, Vec<&str>> {
    let mut words: HashMap<usize, Vec<&str>> = HashMap::new();
    for element in elements.iter().filter(|element| element.name == "text") {
        let mut top = element.parent;
        while let Some(above) = top.and_then(|at| elements[at].parent).filter(|above| *above != 0) {
            top = Some(above);
        }
        words.entry(top.unwrap()).or_default().push(&element.text);
    }
    words
}

fn with<'e>(elements: &'e [Element], key: &str) -> Vec<(usize, &'e Element)> {
    elements.iter().enumerate().filter(|(_, element)| element.get(key).is_some()).collect()
}

// What is drawn.

/// The palette of `style/tokens.css`, as a browser has it.
fn palette(dark: bool) -> Palette {
    let css = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("style/tokens.css")).unwrap();
    let block = |selector: &str| {
        let from = css.find(&format!("\n{selector} {{")).unwrap();
        css[from..from + css[from..].find("\n}").unwrap()].to_owned()
    };
    let named = |block: &str, name: &str| {
        let value = block.split_once(&format!("{name}:"))?.1;
        Some(value.split(';').next()?.trim().to_owned())
    };
    let (light, night) = (block(":root"), block(":root[data-theme=\"dark\"]"));
    Palette::of_tokens(&|name| {
        let own = if dark { named(&night, name) } else { None };
        own.or_else(|| named(&light, name)).unwrap_or_default()
    })
}

fn traces() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tempo/traces");
    let mut traces: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    traces.sort();
    traces.into_iter().filter(|path| path.is_dir()).collect()
}

fn read_trace(bytes: Box<dyn std::io::Read>) -> Outline {
    let mut set = SpanSet::new();
    let outcome = decode::decode(bytes, &mut set, &mut |_| ());
    assert_eq!(outcome.error, None);
    let id = set.trace_ids[0];
    let trace = Trace::build(&set.into(), id).unwrap();
    outline(&trace, &Derived::of(&trace))
}

fn outline_of(folder: &Path) -> Outline {
    let file = ["v1.pb", "v1.pb.gz"].map(|name| folder.join(name)).into_iter().find(|file| file.exists()).unwrap();
    read_trace(Box::new(fs::File::open(file).unwrap()))
}

fn heading(outline: &Outline) -> Heading {
    Heading {
        service: "api".to_owned(),
        operation: "POST /orders".to_owned(),
        trace_id: outline.headline.trace_id.clone(),
        services: outline.services.iter().map(|line| (line.slot, line.name.clone())).collect(),
        ..Heading::default()
    }
}

/// Every row of a trace, over the window.
fn timeline(
    outline: &Outline,
    rows: &RowModel,
    viewport: Viewport,
    matches: Option<&Bits>,
    palette: &Palette,
) -> Picture {
    let (wide, heading) = (WideSpans::new(outline), heading(outline));
    let which: Vec<usize> = (0..rows.len()).collect();
    let of = Timeline {
        outline,
        rows,
        wide: &wide,
        which: &which,
        viewport,
        matches,
        critical_path: true,
        selected: None,
        sought: "order",
    };
    let mut making = Making::new(&of, &heading, palette, &Narrow);
    while making.step(100) {}
    making.finish()
}

fn whole(outline: &Outline) -> Viewport {
    Viewport::fit(outline.headline.duration_ns)
}

#[test]
fn every_span_of_every_recorded_trace_has_one_row_of_text() {
    let traces = traces();
    assert!(traces.len() >= 20, "{}", traces.len());
    for folder in traces {
        let outline = outline_of(&folder);
        let rows = RowModel::new(&outline, &RowOptions::default());
        let elements = read_picture(&timeline(&outline, &rows, whole(&outline), None, &palette(false)));
        let drawn = with(&elements, "data-span");
        assert_eq!(drawn.len(), outline.len(), "{folder:?}");
        let words_by_group = words_by_group(&elements);
        for ((at, element), span) in drawn.into_iter().zip(outline.spans()) {
            assert_eq!(element.get("data-span"), Some(outline.id(span).to_string().as_str()));
            let words = &words_by_group[&at];
            let label = if outline.label(span).is_empty() { "(no name)" } else { outline.label(span) };
            let saying = words.iter().filter(|text| text.contains(label)).count();
            assert_eq!(saying, 1, "{folder:?} {label:?} in {words:?}");
        }
        assert_eq!(with(&elements, "data-scale").len(), 1);
        assert!(
            elements.iter().any(|element| element.name == "text" && element.text.contains(&outline.headline.trace_id))
        );
    }
}

#[test]
fn the_preview_of_a_long_picture_is_its_beginning_and_short_ones_have_none() {
    for (name, is_long) in [("import-5k", true), ("get-order", false)] {
        let folder = traces().into_iter().find(|path| path.ends_with(name)).unwrap();
        let outline = outline_of(&folder);
        let rows = RowModel::new(&outline, &RowOptions::default());
        let whole = timeline(&outline, &rows, whole(&outline), None, &palette(false));
        assert_eq!(whole.preview.is_some(), is_long, "{name}");
        let Some(preview) = &whole.preview else { continue };
        let elements = read(preview);
        let drawn = with(&elements, "data-span");
        assert!(drawn.len() > 100 && drawn.len() < 200, "{} rows", drawn.len());
        for ((_, element), span) in drawn.into_iter().zip(outline.spans()) {
            assert_eq!(element.get("data-span"), Some(outline.id(span).to_string().as_str()));
        }
        let height: u32 = elements[0].get("height").unwrap().parse().unwrap();
        assert!((3_000..3_040).contains(&height) && height < whole.height_px, "{height}");
    }
}

#[test]
fn spans_that_rows_fold_and_group_are_counted_by_their_rows() {
    let folder = traces().into_iter().find(|path| path.ends_with("import-5k")).unwrap();
    let outline = outline_of(&folder);
    let rows = RowModel::new(&outline, &RowOptions { fold: true, ..RowOptions::default() });
    let elements = read_picture(&timeline(&outline, &rows, whole(&outline), None, &palette(true)));
    let of = |key| with(&elements, key).len();
    assert_eq!(of("data-span") + of("data-group"), rows.rows().iter().filter(|row| !row.is_head()).count());
    assert_eq!(
        of("data-group"),
        rows.rows().iter().filter(|row| row.kind() == spanloom::layout::RowKind::Group).count()
    );
    assert!(of("data-group") > 0);
}

#[test]
fn boxes_of_the_flame_chart_are_spans_with_their_titles() {
    for folder in traces() {
        let outline = outline_of(&folder);
        let rows = RowModel::new(&outline, &options(&outline, RowOptions::default()));
        let packed = Packed::new(&outline, &rows);
        let chart = Chart {
            outline: &outline,
            packed: &packed,
            rows: &rows,
            viewport: whole(&outline),
            width_px: flame_chart::BOXES_PX,
            view_px: f64::from(packed.row_count()) * pitch_px(packed.row_count()),
            scroll_px: TOP_PX,
            matches: None,
            selected: None,
            critical_path: true,
        };
        let named = |span: u32| {
            let span = SpanIdx(span);
            Named { key: "span", id: outline.id(span).to_string(), title: format!("span {}", outline.name(span)) }
        };
        let words = |drawn: &spanloom::layout::flame_chart::FlameBox| Words {
            label: outline.label(drawn.item.span).to_owned(),
            figure: String::new(),
        };
        let names = flame_chart::Names { words: &words, named: &named };
        let picture = flame_chart::picture(&chart, &names, &heading(&outline), &palette(false), &Narrow);
        let elements = read_picture(&picture);
        let mut shown: HashMap<&str, usize> = HashMap::new();
        with(&elements, "data-span")
            .iter()
            .for_each(|(_, one)| *shown.entry(one.get("data-span").unwrap()).or_default() += 1);
        let mut alike: HashMap<String, usize> = HashMap::new();
        outline.spans().for_each(|span| *alike.entry(outline.id(span).to_string()).or_default() += 1);
        // What is wider than a mark has a box of its own; no span has two.
        let px = |span: SpanIdx| outline.duration_of(span) as f64 * chart.viewport.px_per_ns(chart.width_px);
        for span in outline.spans() {
            let id = outline.id(span).to_string();
            let boxes = shown.get(id.as_str()).copied().unwrap_or_default();
            assert!(boxes <= alike[&id], "{folder:?} {id} {boxes} times");
            assert!(px(span) < 13.0 || boxes > 0, "{folder:?} {id} is {} px wide", px(span));
        }
        assert_eq!(elements.iter().filter(|one| one.name == "title").count(), shown.values().sum::<usize>() + 1);
    }
}

/// A trace whose every text wants to be something else.
const HOSTILE: [&str; 8] = [
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "]]> <!-- -- > <![CDATA[ & &amp; &#x0; &nope;",
    "a\\u0000b\\u0001c\\u001b[31md\\u000be\\ufffe\\uffff",
    "line\\nbreak\\r\\nand\\ttab",
    "\u{202e}right to left\u{202c} \u{5e9}\u{5dc}\u{5d5}\u{5dd}",
    "' onload='alert(1)' x='",
    "🦀 e\u{301} \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
];

fn hostile_trace() -> Outline {
    let spans: Vec<String> = HOSTILE
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let name = name.replace('"', "\\\"");
            let parent = if at == 0 { String::new() } else { "\"parentSpanId\":\"0000000000000001\",".to_owned() };
            format!(
                "{{\"traceId\":\"0123456789abcdef0123456789abcdef\",\"spanId\":\"{:016x}\",{parent}\"name\":\"{name}\",\"kind\":3,\"startTimeUnixNano\":\"{}\",\"endTimeUnixNano\":\"{}\"}}",
                at + 1,
                1_000 + at,
                900_000 + at
            )
        })
        .collect();
    let service = HOSTILE[1].replace('"', "\\\"");
    let json = format!(
        "{{\"resourceSpans\":[{{\"resource\":{{\"attributes\":[{{\"key\":\"service.name\",\"value\":{{\"stringValue\":\"{service}\"}}}}]}},\"scopeSpans\":[{{\"spans\":[{}]}}]}}]}}",
        spans.join(",")
    );
    read_trace(Box::new(std::io::Cursor::new(json.into_bytes())))
}

#[test]
fn hostile_names_stay_text_in_every_place() {
    let outline = hostile_trace();
    assert_eq!(outline.len(), HOSTILE.len());
    let rows = RowModel::new(&outline, &RowOptions::default());
    let elements = read_picture(&timeline(&outline, &rows, whole(&outline), None, &palette(false)));
    let text: String = elements[0].text.clone();
    for name in [
        "</script><script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onload='alert(1)' x='",
        "]]> <!-- -- >",
    ] {
        assert!(text.contains(name), "{name} is not in {text}");
    }
    assert!(text.contains("a\u{fffd}b\u{fffd}c\u{fffd}[31md\u{fffd}e\u{fffd}\u{fffd}"), "{text}");
    assert!(text.contains("line\nbreak\r\nand\ttab"), "{text}");
    assert!(text.contains("\u{202e}right to left") && text.contains('🦀'), "{text}");
}

#[test]
fn hostile_words_of_headings_tables_and_cards_stay_text() {
    let palette = palette(true);
    let told = |text: &str| text.to_owned();
    for words in HOSTILE {
        let heading = Heading {
            service: told(words),
            operation: told(words),
            trace_id: told(words),
            facts: vec![told(words)],
            view: told(words),
            notes: vec![told(words)],
            services: vec![(3, told(words))],
            ..Heading::default()
        };
        let line = table::Line { service: told(words), name: told(words), slot: Some(1), ..Default::default() };
        let (heads, lines) = ([told(words)], [line]);
        let of = table::Table { heads: &heads, sorted: Some((0, true)), lines: &lines };
        let mut making = table::Making::new(&of, &heading, &palette, &Narrow);
        while making.step(10) {}
        let elements = read_picture(&making.finish());
        assert!(elements[0].text.matches(words).count() >= 5, "{words} in {}", elements[0].text);

        let card = cards::Card {
            id: told(words),
            weight: cards::Weight::Warning,
            title: told(words),
            about: told(words),
            cost: told(words),
            share: Some(0.5),
            evidence: vec![told(words)],
            more: vec![("Rule", told(words))],
            spans: vec![cards::NamedSpan { label: told(words), service: told(words), ..Default::default() }],
            left_out: told(words),
        };
        let elements = read_picture(&cards::picture(&[card], "", &heading, &palette, &Narrow));
        assert!(elements[0].text.matches(words).count() >= 7, "{words}");
    }
}

#[test]
fn colours_are_those_of_services_and_of_the_theme() {
    let folder = traces().into_iter().find(|path| path.ends_with("order-full")).unwrap();
    let outline = outline_of(&folder);
    let rows = RowModel::new(&outline, &RowOptions::default());
    for dark in [false, true] {
        let palette = palette(dark);
        let elements = read_picture(&timeline(&outline, &rows, whole(&outline), None, &palette));
        let ground = elements.iter().find(|element| element.name == "rect").unwrap();
        assert_eq!(ground.get("fill"), Some(palette.bg.as_str()));
        assert_eq!(palette.bg, if dark { "#121418" } else { "#ffffff" });
        for (at, element) in with(&elements, "data-span") {
            let id = element.get("data-span").unwrap();
            let span = outline.spans().find(|span| outline.id(*span).to_string() == id).unwrap();
            let fills = elements.iter().filter(|one| one.parent == Some(at) && one.name == "rect");
            let colours: Vec<&str> = fills.filter_map(|one| one.get("fill")).collect();
            assert!(colours.contains(&palette.line(outline.slot(span))), "{id} {colours:?}");
        }
        // Errors have a shape: as many marks at bars as spans that failed, and one in each of their names.
        let failed = outline.spans().filter(|span| outline.has(*span, spanloom::model::outline::flag::ERROR)).count();
        let marks = elements.iter().filter(|one| one.name == "path" && one.get("fill") == Some(&palette.error)).count();
        assert_eq!(marks, failed * 2);
    }
}

#[test]
fn what_find_has_not_matched_is_dimmed_and_what_it_has_is_not() {
    let folder = traces().into_iter().find(|path| path.ends_with("order-full")).unwrap();
    let outline = outline_of(&folder);
    let rows = RowModel::new(&outline, &RowOptions::default());
    let matches: Bits = [3, 5].into_iter().collect();
    let elements = read_picture(&timeline(&outline, &rows, whole(&outline), Some(&matches), &palette(false)));
    for ((at, _), span) in with(&elements, "data-span").into_iter().zip(outline.spans()) {
        let faded = elements.iter().any(|one| one.parent == Some(at) && one.get("opacity").is_some());
        assert_eq!(faded, !matches.has(span), "{span:?}");
    }
}

#[test]
fn every_colour_of_both_themes_is_plain_hex() {
    for dark in [false, true] {
        let palette = palette(dark);
        let one = [
            &palette.bg,
            &palette.panel,
            &palette.inset,
            &palette.sel,
            &palette.ink,
            &palette.ink_2,
            &palette.ink_3,
            &palette.grid,
            &palette.hair,
            &palette.axis,
            &palette.edge,
            &palette.error,
            &palette.warn,
            &palette.on_solid,
            &palette.critical,
            &palette.mark,
            &palette.mark_line,
            &palette.accent,
        ];
        for colour in one.into_iter().chain(&palette.line).chain(&palette.area) {
            let is_hex = colour.len() == 7 && u32::from_str_radix(colour.trim_start_matches('#'), 16).is_ok();
            assert!(is_hex, "{colour:?} dark: {dark}");
        }
        assert_eq!((palette.line.len(), palette.area.len()), (20, 20));
        assert!(palette.font.contains("sans-serif") && palette.mono.contains("monospace"));
    }
}
