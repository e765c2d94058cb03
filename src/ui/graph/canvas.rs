//! The canvas of the flame graph. A click zooms into a frame; arrows walk along frames, `w` zooms, Escape steps out.

use std::sync::Arc;

use leptos::ev::{MouseEvent, PointerEvent};
use leptos::html;
use leptos::prelude::*;

use crate::base::format::{count, counted, duration, percent};
use crate::base::sort;
use crate::layout::flame_graph::{self, Direction, Graph, Width, hit_test};
use crate::paint::Surface;
use crate::paint::flame::{Words, paint_graph};
use crate::state::app::App;
use crate::state::graph::Merged;
use crate::state::react::{derived, effect, memo};
use crate::ui::card::{At, Card, CardBody, line};
use crate::ui::follow::{follow_matches, follow_palette, follow_scroll, follow_size, paint_each_frame};
use crate::ui::parts::service_words;
use crate::ui::picked::Picked;
use crate::ui::tools::NothingShown;
use crate::ui::twin::{MOST, Twin, TwinItem, follow_rest};

pub const PITCH_PX: f64 = 18.0;

#[component]
pub fn GraphCanvas() -> impl IntoView {
    let app = App::get();
    let (view, graph) = (app.view, app.graph);
    let scroller = NodeRef::<html::Div>::new();
    let canvas = NodeRef::<html::Canvas>::new();
    let width_px = RwSignal::new(800.0);
    follow_size(scroller, move |width, height| {
        width_px.set(width);
        graph.view_px.set(height);
    });
    let (palette, matched) = (follow_palette(), follow_matches());
    // By frame: whether one of its spans is matched.
    let found: Memo<Option<Arc<Vec<bool>>>> = Memo::new_with_compare(
        move |_| {
            let (matched, merged) = (matched.get()?, graph.merged.get()?);
            Some(Arc::new(merged.nodes_of(matched.iter())))
        },
        |_, _| true,
    );
    let with_graph = move |merged: &Merged, ask: &mut dyn FnMut(&Graph)| {
        let found = found.get_untracked();
        ask(&Graph {
            tree: merged.tree(),
            order: &merged.order,
            outline: merged.outline(),
            direction: graph.direction.get_untracked(),
            root: untrack(|| app.graph_root(merged)),
            width_px: width_px.get_untracked(),
            view_px: graph.view_px.get_untracked(),
            scroll_px: graph.scroll_px.get_untracked(),
            pitch_px: PITCH_PX,
            matches: found.as_deref().map(Vec::as_slice),
            selected: view.selected.get_untracked().and_then(|span| merged.node_of(span)),
        });
    };
    let draw = move || {
        let (Some(merged), Some(canvas)) = (graph.merged.get_untracked(), canvas.get_untracked()) else { return };
        let Some(surface) = Surface::cleared(&canvas, width_px.get_untracked(), graph.view_px.get_untracked()) else {
            return;
        };
        let palette = palette.get_untracked();
        with_graph(&merged, &mut |asked| {
            let scene = flame_graph::scene(asked);
            graph.height_px.set(scene.height_px);
            paint_graph(&surface, &palette, &scene, &|node| words_in(&merged, node));
            let _ = canvas.set_attribute("data-items", &(scene.boxes.len() + scene.thin.len()).to_string());
        });
    };
    // What moves boxes; the selection does not.
    let moves = move || {
        graph.merged.track();
        graph.direction.track();
        graph.zoom.track();
        graph.scroll_px.track();
        graph.view_px.track();
        width_px.track();
    };
    let watch = move || {
        moves();
        found.track();
        view.selected.track();
    };
    paint_each_frame(
        move || {
            moves();
            found.track();
            palette.track();
            canvas.track();
        },
        draw,
    );
    let twin = follow_rest(watch, move || {
        let mut items = Vec::new();
        if let Some(merged) = graph.merged.get_untracked() {
            with_graph(&merged, &mut |asked| items = twin_of(&merged, asked));
        }
        items
    });

    let picked = derived(move || {
        moves();
        view.selected.track();
        let mut rect = None;
        with_graph(&*graph.merged.get()?, &mut |asked| {
            rect = asked.selected.and_then(|node| flame_graph::rect_of(asked, node));
        });
        rect
    });
    let on_scroll = follow_scroll(scroller, graph.scroll_px, move || graph.height_px.track());
    // Turned over, the graph is looked at where `all` stands.
    Effect::new(move |before: Option<Direction>| {
        let now = graph.direction.get();
        if before.is_some_and(|before| before != now) {
            request_animation_frame(move || {
                app.scroll_graph(if now == Direction::Flame { f64::MAX } else { f64::MIN })
            });
        }
        now
    });
    // What is selected is in sight, and so is the row that a zoom leads to.
    effect(move || {
        let Some(merged) = graph.merged.get() else { return };
        graph.zoom.track();
        let Some(node) = view.selected.get().and_then(|span| merged.node_of(span)) else { return };
        with_graph(&merged, &mut |asked| {
            let row_y = flame_graph::y_of(asked, node);
            let (scroll, room) = (asked.scroll_px, asked.view_px);
            if row_y < scroll + PITCH_PX || row_y > scroll + room - PITCH_PX * 2.0 {
                graph.scroll_px.set((row_y - room / 3.0).max(0.0));
            }
        });
    });

    let hovered: RwSignal<Option<(At, u32)>> = RwSignal::new(None);
    // What stood under a still pointer has moved away.
    effect(move || {
        graph.merged.track();
        graph.zoom.track();
        graph.direction.track();
        graph.scroll_px.track();
        width_px.track();
        hovered.set(None);
    });
    let node_at = move |event: &MouseEvent| -> Option<u32> {
        let rect = scroller.get_untracked()?.get_bounding_client_rect();
        let (x, y) = (f64::from(event.client_x()) - rect.left(), f64::from(event.client_y()) - rect.top());
        let merged = graph.merged.get_untracked()?;
        let mut hit = None;
        with_graph(&merged, &mut |asked| hit = hit_test(asked, x, y));
        hit
    };
    let on_move = move |event: PointerEvent| {
        if event.pointer_type() == "touch" {
            return;
        }
        let at = (f64::from(event.client_x()), f64::from(event.client_y()));
        hovered.set(node_at(&event).map(|node| (at, node)));
    };
    let on_click = move |event: MouseEvent| {
        hovered.set(None);
        if let Some(node) = node_at(&event) {
            app.zoom_graph(node);
        }
    };
    let card_at = derived(move || hovered.with(|hovered| hovered.map(|(at, _)| at)));
    let card_node = memo(move |_| hovered.with(|hovered| hovered.map(|(_, node)| node)));
    let active = move || twin.with(|items| items.iter().find(|item| item.selected).map(|item| item.id.clone()));
    let frames =
        move || graph.merged.with(|merged| merged.as_ref().map(|merged| merged.tree().len() - 1).unwrap_or_default());
    let label = move || format!("Flame graph, {}", counted(frames() as u64, "merged frame", "merged frames"));
    let is_empty =
        derived(move || graph.merged.with(|merged| merged.as_ref().is_some_and(|merged| merged.tree().len() <= 1)));
    view! {
        <div class="rows flame-rows" node_ref=scroller role="tree" tabindex="0" data-graph data-view-focus aria-label=label aria-activedescendant=active
            on:scroll=move |_| on_scroll() on:pointermove=on_move on:pointerleave=move |_| hovered.set(None) on:click=on_click>
            <div class="rows-space" role="presentation" style:height=move || format!("{}px", graph.height_px.get().max(1.0))>
                <div class="rows-view" role="presentation" style:height=move || format!("{}px", graph.view_px.get())>
                    <canvas class="bars-canvas" node_ref=canvas aria-hidden="true"
                        style:width=move || format!("{}px", width_px.get()) style:height=move || format!("{}px", graph.view_px.get())></canvas>
                    <Picked rect=picked/>
                    <Twin items=twin/>
                </div>
            </div>
        </div>
        <NothingShown when=is_empty title="No frame to show"/>
        <Card at=card_at>{move || card_node.get().map(|node| view! { <FrameCard node/> })}</Card>
    }
}

/// Figure and share of all.
pub fn figure_words(merged: &Merged, node: u32) -> String {
    let figure = merged.figure(node);
    let words = match merged.order.width() {
        Width::Time => duration(figure),
        Width::Count => count(figure),
    };
    format!("{words}  {}", percent(figure, merged.figure(0)))
}

pub fn words_in(merged: &Merged, node: u32) -> Words {
    let (service, label) = merged.names(node);
    let parent = merged.tree().parent.get(node as usize).copied().unwrap_or_default();
    let named = node != 0 && merged.span_of(node).is_some() && merged.names(parent).0 != service;
    let label = if named { format!("{} {label}", service_words(service)) } else { label.to_owned() };
    Words { label, figure: figure_words(merged, node) }
}

/// The widest frames in sight, from the top row by row.
fn twin_of(merged: &Merged, asked: &Graph) -> Vec<TwinItem> {
    let mut boxes = flame_graph::scene(asked).boxes;
    if boxes.len() > MOST {
        sort::by(&mut boxes, |a, b| {
            (b.selected, b.w).partial_cmp(&(a.selected, a.w)).unwrap_or(core::cmp::Ordering::Equal)
        });
        boxes.truncate(MOST);
    }
    sort::by(&mut boxes, |a, b| (a.y, a.x).partial_cmp(&(b.y, b.x)).unwrap_or(core::cmp::Ordering::Equal));
    boxes
        .iter()
        .map(|drawn| TwinItem {
            id: format!("frame-{}", drawn.node),
            level: merged.order.depth(drawn.node) + 1,
            words: spoken(merged, drawn.node),
            selected: drawn.selected,
        })
        .collect()
}

fn spoken(merged: &Merged, node: u32) -> String {
    let at = node as usize;
    let (service, label) = merged.names(node);
    let service = if merged.span_of(node).is_none() { String::new() } else { format!("{} ", service_words(service)) };
    let tree = merged.tree();
    let of = |column: &[u64]| column.get(at).copied().unwrap_or_default();
    let spans = tree.spans.get(at).copied().unwrap_or_default();
    let errors = tree.errors.get(at).copied().unwrap_or_default();
    let failed = if errors > 0 { format!(", {}", counted(errors.into(), "error", "errors")) } else { String::new() };
    format!(
        "{service}{label}, {}, {}, self {}, wall clock {}{failed}",
        figure_words(merged, node).replace("  ", ", "),
        counted(spans.into(), "span", "spans"),
        duration(of(&tree.self_ns)),
        duration(of(&tree.wall_ns)),
    )
}

#[component]
fn FrameCard(node: u32) -> impl IntoView {
    let Some(merged) = App::get().graph.merged.get_untracked() else { return ().into_any() };
    let (tree, at) = (merged.tree(), node as usize);
    let of = |column: &[u64]| column.get(at).copied().unwrap_or_default();
    let number = |column: &[u32]| u64::from(column.get(at).copied().unwrap_or_default());
    let work = of(&tree.work_ns);
    let whole = tree.work_ns.first().copied().unwrap_or_default();
    let mut lines = vec![
        line("Work", duration(work)).beside(percent(work, whole)),
        line("Self", duration(of(&tree.self_ns))).beside(percent(of(&tree.self_ns), whole)),
        line("Wall clock", duration(of(&tree.wall_ns))),
        line("Spans", count(number(&tree.spans)))
            .beside(format!("{} with all below", count(number(&tree.subtree_spans)))),
    ];
    let critical = of(&tree.critical_ns);
    if critical > 0 {
        let path = merged.outline().headline.critical_path_ns;
        lines.push(line("On critical path", duration(critical)).beside(percent(critical, path)));
    }
    let errors = number(&tree.errors);
    if errors > 0 {
        lines.push(line("Errors", count(errors)).bad());
    }
    let (service, label) = merged.names(node);
    let span = merged.span_of(node);
    let service = if span.is_some() { service_words(service) } else { "the whole trace".to_owned() };
    view! {
        <CardBody colour=span.map(|span| merged.outline().slot(span)) service operation=label.to_owned() lines hint="Click zooms in, breadcrumbs lead out"/>
    }
    .into_any()
}
