//! The canvas of the flame chart: a scroller as tall as all rows, in it a canvas as tall as the view. The wheel zooms at the
//! pointer, dragging pans in time and along the rows, a click selects, a double click fits.

use std::sync::Arc;

use leptos::ev::{MouseEvent, PointerEvent, WheelEvent};
use leptos::html;
use leptos::prelude::*;

use crate::base::format::{count, duration};
use crate::base::sort;
use crate::layout::Bits;
use crate::layout::flame_chart::pack::Item;
use crate::layout::flame_chart::{self, Chart as Scene, FlameBox, height_px, hit_test};
use crate::layout::ticks::ticks;
use crate::model::SpanIdx;
use crate::paint::flame::Words;
use crate::paint::surface::Figures;
use crate::paint::{self, Surface};
use crate::state::app::App;
use crate::state::react::{derived, effect, memo};
use crate::state::view::Flame;
use crate::ui::card::{At, Card, SpanCard, line};
use crate::ui::follow::{
    Dragging, ZOOM_PER_PX, follow_matches, follow_palette, follow_scroll, follow_size, paint_each_frame,
};
use crate::ui::parts::service_words;
use crate::ui::picked::Picked;
use crate::ui::time::Across;
use crate::ui::tools::NothingShown;
use crate::ui::twin::{MOST, Twin, TwinItem, follow_rest};

#[component]
pub fn Chart() -> impl IntoView {
    let app = App::get();
    let view = app.view;
    app.follow_flame();
    let width_px = expect_context::<Across>().width_px;
    let scroller = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    follow_size(scroller, move |_, height| view.flame_px.set(height));
    let (palette, matched) = (follow_palette(), follow_matches());
    // Boxes in which find has matched; by their positions, which a frame can ask for whole runs of.
    let found: Memo<Option<Arc<Bits>>> = Memo::new_with_compare(
        move |_| Some(Arc::new(app.flame.get()?.packed.positions_of(&*matched.get()?))),
        |_, _| true,
    );
    // The scene of this moment, handed to whoever asks something of it.
    let with_scene = move |flame: &Flame, ask: &mut dyn FnMut(&Scene)| {
        ask(&Scene {
            outline: &flame.outline,
            packed: &flame.packed,
            rows: &flame.rows,
            viewport: view.window.get_untracked(),
            width_px: width_px.get_untracked(),
            view_px: view.flame_px.get_untracked(),
            scroll_px: view.flame_scroll_px.get_untracked(),
            matches: found.get_untracked().as_deref(),
            selected: view.selected.get_untracked(),
            critical_path: view.show_critical.get_untracked(),
        });
    };
    let draw = move || {
        let (Some(flame), Some(canvas)) = (app.flame.get_untracked(), canvas.get_untracked()) else { return };
        let (width, height) = (width_px.get_untracked(), view.flame_px.get_untracked());
        let Some(surface) = Surface::cleared(&canvas, width, height) else { return };
        let labelled =
            ticks(&view.window.get_untracked(), width, &Figures).into_iter().filter(|tick| tick.label.is_some());
        let grid: Vec<f64> = labelled.map(|tick| tick.x_px).collect();
        with_scene(&flame, &mut |chart| {
            let scene = flame_chart::scene(chart);
            paint::flame::paint(&surface, &palette.get_untracked(), &grid, &scene, &|drawn| words_in(&flame, drawn));
            // How much a frame draws, for tests: it grows with pixels, not with spans.
            let _ = canvas.set_attribute("data-items", &scene.len().to_string());
        });
    };
    // What moves boxes; the selection does not.
    let moves = move || {
        app.flame.track();
        view.window.track();
        view.flame_scroll_px.track();
        view.flame_px.track();
        width_px.track();
    };
    let watch = move || {
        moves();
        found.track();
        view.selected.track();
        view.show_critical.track();
    };
    paint_each_frame(
        move || {
            moves();
            found.track();
            view.show_critical.track();
            palette.track();
            canvas.track();
        },
        draw,
    );
    let twin = follow_rest(watch, move || {
        let mut items = Vec::new();
        if let Some(flame) = app.flame.get_untracked() {
            with_scene(&flame, &mut |chart| items = twin_of(&flame, chart));
        }
        items
    });
    let picked = derived(move || {
        moves();
        view.selected.track();
        let mut rect = None;
        with_scene(&*app.flame.get()?, &mut |chart| rect = flame_chart::selection(chart));
        rect
    });
    let rows = move || app.flame.with(|flame| flame.as_ref().map(|flame| flame.packed.row_count()).unwrap_or_default());
    let on_scroll = follow_scroll(scroller, view.flame_scroll_px, move || {
        rows();
    });

    let hovered: RwSignal<Option<(At, Item)>> = RwSignal::new(None);
    // What stood under a still pointer has moved away.
    effect(move || {
        moves();
        hovered.set(None);
    });
    let place = move |event: &MouseEvent| -> Option<(f64, f64)> {
        let rect = scroller.get_untracked()?.get_bounding_client_rect();
        Some((f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top()))
    };
    let item_at = move |event: &MouseEvent| -> Option<Item> {
        let ((x, y), flame) = (place(event)?, app.flame.get_untracked()?);
        let mut hit = None;
        with_scene(&flame, &mut |chart| hit = hit_test(chart, x, y).copied());
        hit
    };
    let on_wheel = move |event: WheelEvent| {
        event.prevent_default();
        let (dx, dy, width) = (event.delta_x(), event.delta_y(), width_px.get_untracked().max(1.0));
        if event.shift_key() {
            app.scroll_flame(if dy == 0.0 { dx } else { dy });
        } else if dx.abs() > dy.abs() {
            app.pan(dx / width);
        } else {
            let x = place(&event).map(|(x, _)| x).unwrap_or_default();
            app.zoom_at((x / width).clamp(0.0, 1.0), (-dy * ZOOM_PER_PX).exp());
        }
    };
    let dragging = Dragging::new();
    let on_down = move |event: PointerEvent| {
        let (window, from) = (view.window.get_untracked(), view.flame_scroll_px.get_untracked());
        // A finger scrolls the rows by itself.
        let touch = event.pointer_type() == "touch";
        dragging.follow(&event, move |dx, dy| {
            let Some(width) = width_px.try_get_untracked() else { return };
            app.pan_from(window, -dx / width.max(1.0));
            if !touch {
                app.scroll_flame(from - dy - view.flame_scroll_px.get_untracked());
            }
        });
    };
    let on_move = move |event: PointerEvent| {
        let Some((x, _)) = place(&event) else { return };
        if event.pointer_type() == "touch" || event.buttons() != 0 {
            return;
        }
        view.cursor_ns.set(Some(view.window.with_untracked(|window| window.time_from_px(x, width_px.get_untracked()))));
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        let under = item_at(&event);
        view.hovered.set(under.map(|item| item.span));
        hovered.set(under.map(|item| (at, item)));
    };
    let on_leave = move |_| {
        hovered.set(None);
        view.hovered.set(None);
        view.cursor_ns.set(None);
    };
    // The first click may open the details, and the chart then stands otherwise: a double click means what the first meant.
    let clicked: StoredValue<Option<Item>> = StoredValue::new(None);
    let on_click = move |event: MouseEvent| {
        if dragging.was_drag() || event.detail() > 1 {
            return;
        }
        focus_scroller(scroller);
        clicked.set_value(item_at(&event));
        match clicked.get_value() {
            Some(item) => app.select_row(item.span),
            None => view.selected.set(None),
        }
    };
    let on_double = move |_: MouseEvent| match clicked.get_value() {
        Some(item) => app.zoom_to_box(item.span),
        None => app.fit(),
    };
    let cursor_left = move || {
        let ns = view.cursor_ns.get()?;
        Some(view.window.with(|window| window.px_from_time(ns, width_px.get())))
    };
    let card_at = derived(move || hovered.with(|hovered| hovered.map(|(at, _)| at)));
    let card_item = memo(move |_| hovered.with(|hovered| hovered.map(|(_, item)| item)));
    // Only a box in sight can be named: others are not on the page.
    let active = move || twin.with(|items| items.iter().find(|item| item.selected).map(|item| item.id.clone()));
    let label = move || {
        let shown = app.flame.with(|flame| flame.as_ref().map(|flame| (flame.packed.len(), flame.packed.row_count())));
        let (boxes, rows) = shown.unwrap_or_default();
        format!("Flame chart, {} boxes in {} rows", count(boxes as u64), count(u64::from(rows)))
    };
    let is_empty = derived(move || app.flame.with(|flame| flame.as_ref().is_some_and(|flame| flame.packed.is_empty())));
    view! {
        <div
            class="rows flame-rows" node_ref=scroller role="tree" tabindex="0" data-flame data-view-focus aria-label=label aria-activedescendant=active
            on:scroll=move |_| on_scroll() on:wheel=on_wheel on:pointerdown=on_down on:pointermove=on_move on:pointerleave=on_leave
            on:click=on_click on:dblclick=on_double
        >
            <div class="rows-space" role="presentation" style:height=move || format!("{}px", height_px(rows()).max(1.0))>
                <div class="rows-view" role="presentation" style:height=move || format!("{}px", view.flame_px.get())>
                    <canvas class="bars-canvas" node_ref=canvas aria-hidden="true"
                        style:width=move || format!("{}px", width_px.get()) style:height=move || format!("{}px", view.flame_px.get())></canvas>
                    <Picked rect=picked/>
                    {move || cursor_left().map(|left| view! { <span class="cursor" style:left=format!("{left}px")></span> })}
                    <Twin items=twin/>
                </div>
            </div>
        </div>
        <NothingShown when=is_empty title="No box to show"/>
        <Card at=card_at>
            {move || card_item.get().map(|item| view! { <BoxCard item/> })}
        </Card>
    }
}

fn focus_scroller(scroller: NodeRef<html::Div>) {
    if let Some(scroller) = scroller.get_untracked() {
        // A click on the canvas gives it the keyboard; what cannot take it leaves it where it was.
        let _ = scroller.focus();
    }
}

fn id_of(span: SpanIdx) -> String {
    format!("box-{}", span.0)
}

/// What stands in a box: the service where it changes, the label, how many are folded in; the duration.
pub fn words_in(flame: &Flame, drawn: &FlameBox) -> Words {
    let (outline, item) = (&flame.outline, &drawn.item);
    let label = outline.label(item.span);
    let mut words = match (item.count, drawn.names_service) {
        (1, true) => format!("{} {label}", service_words(outline.service_name(item.span))),
        (1, false) => label.to_owned(),
        (many, true) => {
            format!("{} × {} {label}", count(u64::from(many)), service_words(outline.service_name(item.span)))
        }
        (many, false) => format!("{} × {label}", count(u64::from(many))),
    };
    if item.folded > 0 {
        words.push_str(&format!("  +{}", item.folded));
    }
    let figure = match flame.rows.group(item.span).filter(|_| item.count > 1) {
        Some(group) => format!("Σ {}", duration(group.sum_ns)),
        None => outline.duration_words(item.span),
    };
    Words { label: words, figure }
}

/// The widest boxes in sight, in the order of rows and time.
fn twin_of(flame: &Flame, chart: &Scene) -> Vec<TwinItem> {
    let mut boxes = flame_chart::scene(chart).boxes;
    if boxes.len() > MOST {
        sort::by(&mut boxes, |a, b| {
            (b.selected, b.w).partial_cmp(&(a.selected, a.w)).unwrap_or(core::cmp::Ordering::Equal)
        });
        boxes.truncate(MOST);
        sort::by_key(&mut boxes, |drawn| (drawn.item.row, drawn.item.start_ns));
    }
    boxes
        .iter()
        .map(|drawn| TwinItem {
            id: id_of(drawn.item.span),
            level: drawn.item.row + 1,
            words: spoken(flame, drawn),
            selected: drawn.selected,
        })
        .collect()
}

fn spoken(flame: &Flame, drawn: &FlameBox) -> String {
    let (outline, span) = (&flame.outline, drawn.item.span);
    let Words { label, figure } = words_in(flame, &FlameBox { names_service: true, ..*drawn });
    let failed = if drawn.error { ", error" } else { "" };
    let from = duration(outline.start_ns[span.index()]);
    let more = match flame.rows.group(span).filter(|_| drawn.item.count > 1) {
        Some(group) => format!("max {}", duration(group.max_ns)),
        None if outline.timing(span).is_known() => format!("self {}", duration(outline.self_ns[span.index()])),
        None => return format!("{label}, {figure}, placed at {from}{failed}"),
    };
    format!("{label}, {figure}, {more}, from {from}{failed}")
}

/// The card of a box; of a group, its figures.
#[component]
fn BoxCard(item: Item) -> impl IntoView {
    let app = App::get();
    let mut more = Vec::new();
    let mut hint = "Click selects, double click fits";
    if let Some(flame) = app.flame.get_untracked() {
        if let Some(group) = flame.rows.group(item.span).filter(|_| item.count > 1) {
            more.push(line("Group", format!("{} × alike", count(u64::from(group.count)))));
            more.push(line("Sum", duration(group.sum_ns)).beside(format!("max {}", duration(group.max_ns))));
            hint = "The figures above are the first one's; double click opens the group";
        }
        if item.folded > 0 {
            more.push(line("Folded in", format!("+{} pass-through", item.folded)));
        }
    }
    view! { <SpanCard span=item.span more hint/> }
}
