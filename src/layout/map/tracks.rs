//! The vertical stretches between two columns, each on a track of its own where they would meet, as Rüegg et al.,
//! "Generating Orthogonal Edge Routings" (Sander 1996; ELK), arrange them: so that few lines cross, and so that no two
//! horizontal stretches lie on one another.
//!
//! ```text
//! y1 ──────┐            the upper edge's end and the lower one's beginning share y2: the lower one must turn first
//!     ┌────│── y3
//! y2 ─┘    └── y2
//! ```
//!
//! Where two edges change places neither can turn first; then one takes a detour by a free y, on two tracks.

use std::collections::BTreeSet;

use super::steps::Steps;

use crate::base::sort;

/// An edge, or edges with a common trunk: where its horizontal stretches meet the left and the right column.
#[derive(Clone, Default, Debug)]
pub(super) struct Segment {
    pub left_px: Vec<f32>,
    pub right_px: Vec<f32>,
}

impl Segment {
    /// The vertical stretch.
    fn extent(&self) -> (f32, f32) {
        let all = || self.left_px.iter().chain(&self.right_px).copied();
        (all().fold(f32::INFINITY, f32::min), all().fold(f32::NEG_INFINITY, f32::max))
    }

    fn goes_down(&self) -> bool {
        let mean = |px: &[f32]| px.iter().sum::<f32>() / px.len().max(1) as f32;
        mean(&self.right_px) > mean(&self.left_px)
    }
}

/// Which tracks, counted from the left, a segment runs on.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Run {
    pub track: u32,
    /// From the first track along this y to a second one.
    pub detour: Option<(f32, u32)>,
}

/// More segments than these are put in order by a rule of thumb: comparing all pairs would take too long.
const MAX_COMPARED: usize = 160;

/// By segment its run; and how many tracks there are. Horizontal stretches nearer than `apart_px` are taken to meet.
pub(super) async fn tracks(segments: &[Segment], apart_px: f32, steps: &Steps) -> (Vec<Run>, u32) {
    let preferred = preferred_order(segments, steps);
    let before = must_turn_before(segments, apart_px);
    let (order, detoured) = keep_apart(&preferred, &before);
    steps.take((segments.len() + before.len()) as u64);
    steps.rest().await;
    let mut free = FreeLines::new(segments, apart_px);
    // Detours turn before all others and after them, where nothing can be in their way.
    let mut detours: Vec<(usize, f32)> = Vec::with_capacity(detoured.len());
    for at in detoured {
        detours.push((at, free.near(&segments[at], steps)));
        steps.rest().await;
    }
    let stretch = |px: &[f32], detour_px: f32| Segment { left_px: px.to_vec(), right_px: vec![detour_px] };
    let mut stretches: Vec<(usize, Segment)> =
        detours.iter().map(|(at, px)| (*at, stretch(&segments[*at].left_px, *px))).collect();
    stretches.extend(order.iter().map(|at| (*at, segments[*at].clone())));
    stretches.extend(detours.iter().map(|(at, px)| (*at, stretch(&segments[*at].right_px, *px))));
    let (track_of, tracks) = pack(&stretches, apart_px, steps).await;
    let mut runs = vec![Run { track: 0, detour: None }; segments.len()];
    for (nth, (at, _)) in stretches.iter().enumerate() {
        let second = nth >= detours.len() + order.len();
        match detours.get(nth.wrapping_sub(detours.len() + order.len())) {
            Some((_, px)) if second => runs[*at].detour = Some((*px, track_of[nth])),
            _ => runs[*at].track = track_of[nth],
        }
    }
    (runs, tracks)
}

/// An order from left to right in which few lines cross.
fn preferred_order(segments: &[Segment], steps: &Steps) -> Vec<usize> {
    // Of lines that go down the lowest turns first, of those that go up the highest: then they do not cross.
    let key = |segment: &Segment| {
        let (low, high) = segment.extent();
        if segment.goes_down() { (0, -high) } else { (1, low) }
    };
    let keys: Vec<(u8, f32)> = segments.iter().map(key).collect();
    let mut order: Vec<usize> = (0..segments.len()).collect();
    sort::by(&mut order, |a, b| keys[*a].0.cmp(&keys[*b].0).then(keys[*a].1.total_cmp(&keys[*b].1)).then(a.cmp(b)));
    if order.len() > MAX_COMPARED {
        return order;
    }
    let crossings = crossings(segments);
    let ends: usize = segments.iter().map(|segment| segment.left_px.len() + segment.right_px.len()).sum();
    steps.take((segments.len() * ends) as u64);
    // Sifting: each in turn goes where it crosses least, and stays where it is if that is no worse.
    for _ in 0..3 {
        let mut moved = false;
        steps.take((segments.len() * segments.len()) as u64);
        for (segment, if_first) in crossings.iter().enumerate() {
            let Some(from) = order.iter().position(|at| *at == segment) else { continue };
            order.remove(from);
            let mut cost: i64 = order.iter().map(|other| i64::from(if_first[*other])).sum();
            let mut costs = vec![cost];
            for other in &order {
                cost += i64::from(crossings[*other][segment]) - i64::from(if_first[*other]);
                costs.push(cost);
            }
            let to = (0..costs.len()).min_by_key(|at| (costs[*at], *at != from)).unwrap_or(from);
            moved |= to != from;
            order.insert(to, segment);
        }
        if !moved {
            break;
        }
    }
    order
}

/// `[a][b]`: how often a and b cross when a turns left of b.
fn crossings(segments: &[Segment]) -> Vec<Vec<u32>> {
    let within = |px: &[f32], (low, high): (f32, f32)| px.iter().filter(|px| low < **px && **px < high).count() as u32;
    let extents: Vec<(f32, f32)> = segments.iter().map(Segment::extent).collect();
    let pair =
        |a: usize, b: usize| within(&segments[a].right_px, extents[b]) + within(&segments[b].left_px, extents[a]);
    (0..segments.len()).map(|a| (0..segments.len()).map(|b| pair(a, b)).collect()).collect()
}

/// (a, b): a must turn left of b, or the stretch by which a comes would lie on the one by which b goes.
fn must_turn_before(segments: &[Segment], apart_px: f32) -> Vec<(usize, usize)> {
    let mut left: Vec<(f32, usize)> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        left.extend(segment.left_px.iter().map(|px| (*px, at)));
    }
    sort::by(&mut left, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut before = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        for px in &segment.right_px {
            let from = left.partition_point(|(left_px, _)| *left_px <= px - apart_px);
            let near = left[from..].iter().take_while(|(left_px, _)| *left_px < px + apart_px);
            before.extend(near.filter(|(_, other)| *other != at).map(|(_, other)| (*other, at)));
        }
    }
    sort::plain(&mut before);
    before.dedup();
    before
}

/// The order nearest to the preferred one in which all turn before those they must; and those that cannot.
fn keep_apart(preferred: &[usize], before: &[(usize, usize)]) -> (Vec<usize>, Vec<usize>) {
    let mut rank = vec![0; preferred.len()];
    preferred.iter().enumerate().for_each(|(at, segment)| rank[*segment] = at);
    let mut waits_for = vec![0u32; preferred.len()];
    before.iter().for_each(|(_, later)| waits_for[*later] += 1);
    // By how many are waited for, then rank: the first is ready, or there is a ring and it goes by detour.
    let mut waiting: BTreeSet<(u32, usize)> = preferred.iter().map(|at| (waits_for[*at], rank[*at])).collect();
    let (mut order, mut detoured) = (Vec::with_capacity(preferred.len()), Vec::new());
    while let Some((waits, at)) = waiting.pop_first() {
        let segment = preferred[at];
        if waits > 0 {
            detoured.push(segment)
        } else {
            order.push(segment)
        }
        let from = before.partition_point(|(first, _)| *first < segment);
        for (_, later) in before[from..].iter().take_while(|(first, _)| *first == segment) {
            if waiting.remove(&(waits_for[*later], rank[*later])) {
                waits_for[*later] -= 1;
                waiting.insert((waits_for[*later], rank[*later]));
            }
        }
    }
    (order, detoured)
}

/// Puts stretches, in their order, each on the leftmost track right of those it would touch. A skyline over all y.
async fn pack(stretches: &[(usize, Segment)], apart_px: f32, steps: &Steps) -> (Vec<u32>, u32) {
    let reach: Vec<(f32, f32)> = stretches
        .iter()
        .map(|(_, segment)| segment.extent())
        .map(|(low, high)| (low - apart_px / 2.0, high + apart_px / 2.0))
        .collect();
    let mut bounds: Vec<f32> = reach.iter().flat_map(|(low, high)| [*low, *high]).collect();
    sort::by(&mut bounds, f32::total_cmp);
    bounds.dedup();
    let mut next_free = vec![0u32; bounds.len()];
    let (mut tracks, mut track_of) = (0, Vec::with_capacity(reach.len()));
    for (low, high) in &reach {
        let from = bounds.partition_point(|bound| bound < low);
        let to = bounds.partition_point(|bound| bound < high).max(from + 1).min(next_free.len());
        let reached = next_free.get_mut(from..to).unwrap_or_default();
        let track = reached.iter().copied().max().unwrap_or_default();
        reached.fill(track + 1);
        tracks = tracks.max(track + 1);
        track_of.push(track);
        steps.take(to.saturating_sub(from) as u64);
        steps.rest().await;
    }
    (track_of, tracks)
}

/// Where no horizontal stretch runs. y in hundredths of a px, which can be sorted.
struct FreeLines {
    taken: BTreeSet<i64>,
    apart_px: f32,
}

impl FreeLines {
    fn key(px: f32) -> i64 {
        (px * 100.0).round() as i64
    }

    fn new(segments: &[Segment], apart_px: f32) -> Self {
        let all = segments.iter().flat_map(|segment| segment.left_px.iter().chain(&segment.right_px));
        FreeLines { taken: all.map(|px| FreeLines::key(*px)).collect(), apart_px }
    }

    /// The free y nearest to the segment's middle; taken from now on.
    fn near(&mut self, segment: &Segment, steps: &Steps) -> f32 {
        let (low, high) = segment.extent();
        let middle = ((low + high) / 2.0).round();
        // One of so many is free: each line taken is in the way of at most four.
        for nth in 0..=4 * self.taken.len() + 4 {
            steps.take(1);
            let away = nth.div_ceil(2) as f32 * self.apart_px / 2.0;
            let px = if nth % 2 == 0 { middle + away } else { middle - away };
            let (from, to) = (FreeLines::key(px - self.apart_px), FreeLines::key(px + self.apart_px));
            if self.taken.range(from + 1..to).next().is_none() {
                self.taken.insert(FreeLines::key(px));
                return px;
            }
        }
        high + self.apart_px
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(left_px: &[f32], right_px: &[f32]) -> Segment {
        Segment { left_px: left_px.to_vec(), right_px: right_px.to_vec() }
    }

    type Detour = Option<(f32, u32)>;

    fn runs(segments: &[Segment]) -> (Vec<(u32, Detour)>, u32) {
        let steps = Steps::default();
        let work = core::pin::pin!(tracks(segments, 4.0, &steps));
        let mut context = core::task::Context::from_waker(core::task::Waker::noop());
        let core::task::Poll::Ready((runs, count)) = work.poll(&mut context) else { panic!("a slice holds it") };
        (runs.into_iter().map(|run| (run.track, run.detour)).collect(), count)
    }

    #[test]
    fn what_does_not_meet_shares_a_track() {
        assert_eq!(runs(&[segment(&[0.0], &[20.0]), segment(&[40.0], &[60.0])]), (vec![(0, None), (0, None)], 1));
    }

    #[test]
    fn of_two_that_go_down_the_lower_turns_first() {
        assert_eq!(runs(&[segment(&[0.0], &[40.0]), segment(&[20.0], &[60.0])]), (vec![(1, None), (0, None)], 2));
        assert_eq!(runs(&[segment(&[40.0], &[0.0]), segment(&[60.0], &[20.0])]), (vec![(0, None), (1, None)], 2));
    }

    #[test]
    fn a_beginning_never_lies_on_anothers_end() {
        // The second begins where the first ends.
        let (runs, _) = runs(&[segment(&[0.0], &[50.0]), segment(&[51.0], &[20.0])]);
        assert!(runs[1].0 < runs[0].0, "{runs:?}");
    }

    #[test]
    fn two_that_change_places_take_a_detour() {
        let (runs, count) = runs(&[segment(&[0.0], &[40.0]), segment(&[40.0], &[0.0])]);
        assert_eq!((runs, count), (vec![(0, Some((20.0, 2))), (1, None)], 3));
    }

    #[test]
    fn a_trunk_turns_where_it_crosses_least() {
        // Turning first the other crosses the trunk once; turning after it, two of the trunk's branches cross it.
        let trunk = segment(&[20.0], &[0.0, 50.0, 100.0]);
        let (runs, _) = runs(&[trunk, segment(&[120.0], &[40.0])]);
        assert_eq!((runs[0].0, runs[1].0), (1, 0));
    }

    #[test]
    fn a_free_line_keeps_its_distance() {
        let mut free = FreeLines::new(&[segment(&[0.0], &[10.0]), segment(&[6.0], &[4.0])], 4.0);
        // 5 is the middle; up to −4 and from 14 on no taken line is nearer than 4.
        assert_eq!([(); 2].map(|()| free.near(&segment(&[0.0], &[10.0]), &Steps::default())), [-5.0, 15.0]);
    }
}
