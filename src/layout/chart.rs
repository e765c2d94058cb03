//! A chart of quantities over time: where its axes, lines and points stand, and which point is at the pointer. What draws it maps by the same [`Axis`].

use super::heatmap::Cell;
use crate::base::TraceId;
use crate::base::format::duration_parts;
use crate::model::Series;

/// Room for labels and edges around the plot.
pub const LEFT_PX: u32 = 48;
pub const RIGHT_PX: u32 = 12;
pub const TOP_PX: u32 = 8;
pub const BOTTOM_PX: u32 = 20;
/// How far from a point the pointer still means it.
const NEAR_PX: f64 = 9.0;
/// Labels of the time axis stand at least so far apart.
const TIME_LABEL_PX: f64 = 72.0;
const DECADE: f64 = 10.0;
/// Values are drawn between these, whatever a backend says: a duration axis has no more decades, and no axis ends at infinity.
const LEAST: f64 = 1e-12;
const MOST: f64 = 1e18;
/// Labels of a time axis, however wide it is.
const MOST_TIMES: usize = 1_000;

/// One axis: what it spans, and what it is labelled with.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Axis {
    pub from: f64,
    pub to: f64,
    /// By powers; `from` is above 0 then.
    pub is_log: bool,
    pub ticks: Vec<Tick>,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Tick {
    pub value: f64,
    pub label: String,
}

impl Axis {
    /// 0 at `from`, 1 at `to`.
    pub fn share(&self, value: f64) -> f64 {
        let share = if self.is_log {
            (value.max(self.from) / self.from).ln() / (self.to / self.from).ln()
        } else {
            (value - self.from) / (self.to - self.from)
        };
        if share.is_finite() { share } else { 0.0 }
    }

    /// What stands at a share of the axis.
    pub fn at(&self, share: f64) -> f64 {
        if self.is_log {
            self.from * (self.to / self.from).powf(share)
        } else {
            self.from + (self.to - self.from) * share
        }
    }

    /// Rates from 0 to a round number that holds them all.
    pub fn of_rates(values: impl Iterator<Item = f64>, unit: &str) -> Axis {
        let most = values.filter(|value| value.is_finite()).fold(0.0, f64::max).min(MOST);
        let step = round_up(if most > 0.0 { (most / 2.0).max(LEAST) } else { 1.0 });
        let ticks = (0..=2).map(|nth| step * f64::from(nth));
        let label = |value: f64| if value == 0.0 { "0".to_owned() } else { format!("{}{unit}", short(value)) };
        let ticks = ticks.map(|value| Tick { value, label: label(value) }).collect();
        Axis { from: 0.0, to: step * 2.0, is_log: false, ticks }
    }

    /// Durations in seconds by powers of ten, from the power below the shortest to the one above the longest.
    pub fn of_durations(values: impl Iterator<Item = f64>) -> Axis {
        let positive = values.filter(|value| value.is_finite() && *value > 0.0).map(|value| value.clamp(LEAST, MOST));
        let (mut least, mut most) =
            positive.fold((f64::MAX, 0f64), |(least, most), value| (least.min(value), most.max(value)));
        if most == 0.0 {
            (least, most) = (0.001, 1.0);
        }
        let low = least.log10().floor() as i32;
        let high = (most.log10().ceil() as i32).max(low + 1);
        let ticks = (low..=high).map(|power| DECADE.powi(power));
        let ticks = ticks.map(|value| {
            let (figure, unit) = duration_parts((value * 1e9).round() as u64);
            // Powers of ten are whole in their unit.
            let whole = figure.split('.').next().unwrap_or_default();
            Tick { value, label: format!("{whole} {unit}") }
        });
        Axis { from: DECADE.powi(low), to: DECADE.powi(high), is_log: true, ticks: ticks.collect() }
    }

    /// A range of time in ms. `label` writes a point of it.
    pub fn of_time(start_ms: i64, end_ms: i64, width_px: f64, label: impl Fn(i64) -> String) -> Axis {
        let room = (width_px - f64::from(LEFT_PX + RIGHT_PX)).max(1.0);
        let most = (room / TIME_LABEL_PX).floor().max(1.0) as i64;
        let length = end_ms.saturating_sub(start_ms);
        let step = STEPS_S.iter().map(|step| step * 1_000).find(|step| length / step <= most);
        let step = step.unwrap_or(length.max(1));
        let first = start_ms.checked_add((step - start_ms.rem_euclid(step)) % step);
        let times = std::iter::successors(first, |at| at.checked_add(step)).take_while(|at| *at <= end_ms);
        let ticks = times.take(MOST_TIMES).map(|at| Tick { value: at as f64, label: label(at) }).collect();
        Axis { from: start_ms as f64, to: end_ms.max(start_ms.saturating_add(1)) as f64, is_log: false, ticks }
    }
}

/// Round steps of time, in seconds.
const STEPS_S: [i64; 19] =
    [1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800];

/// The next 1, 2 or 5 times a power of ten.
fn round_up(value: f64) -> f64 {
    let power = DECADE.powi(value.log10().floor() as i32);
    [1.0, 2.0, 2.5, 5.0, 10.0]
        .map(|times| times * power)
        .into_iter()
        .find(|round| *round >= value * 0.999_999)
        .unwrap_or(value)
}

fn short(value: f64) -> String {
    let text = if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.3}") };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// How a line is stroked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stroke {
    Solid,
    Dashed,
    Dotted,
}

/// One line. Its colour is a palette slot, or ink.
#[derive(Clone, PartialEq, Debug)]
pub struct Line {
    pub name: String,
    pub slot: Option<u8>,
    pub stroke: Stroke,
    /// Time in ms and value, by time; runs without a number between them are apart.
    pub runs: Vec<Vec<(f64, f64)>>,
}

/// One trace as a point.
#[derive(Clone, PartialEq, Debug)]
pub struct Dot {
    pub unix_ms: f64,
    pub value: f64,
    pub is_error: bool,
    pub trace: TraceId,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Chart {
    pub x: Axis,
    pub y: Axis,
    pub lines: Vec<Line>,
    /// Lines that there are beside these.
    pub left_out: usize,
    pub dots: Vec<Dot>,
    /// Below lines and points.
    pub cells: Vec<Cell>,
}

impl Chart {
    /// Where a point stands, in px of a canvas of that size.
    pub fn place(&self, size_px: (f64, f64), unix_ms: f64, value: f64) -> (f64, f64) {
        let (left, right, top, bottom) = plot(size_px);
        let x = left + self.x.share(unix_ms).clamp(0.0, 1.0) * (right - left);
        let y = bottom - self.y.share(value) * (bottom - top);
        (x, y.clamp(top, bottom))
    }

    /// The time under a place, inside the axis.
    pub fn time_at(&self, size_px: (f64, f64), x_px: f64) -> f64 {
        let (left, right, ..) = plot(size_px);
        self.x.at(((x_px - left) / (right - left).max(1.0)).clamp(0.0, 1.0))
    }

    /// The value at a height, inside the axis.
    pub fn value_at(&self, size_px: (f64, f64), y_px: f64) -> f64 {
        let (_, _, top, bottom) = plot(size_px);
        self.y.at(((bottom - y_px) / (bottom - top).max(1.0)).clamp(0.0, 1.0))
    }

    /// The cell at a place.
    pub fn cell_at(&self, size_px: (f64, f64), x_px: f64, y_px: f64) -> Option<Cell> {
        let (time, value) = (self.time_at(size_px, x_px), self.value_at(size_px, y_px));
        let is_in =
            |cell: &&Cell| (cell.from_ms..=cell.to_ms).contains(&time) && value > cell.from_s && value <= cell.to_s;
        self.cells.iter().find(is_in).copied()
    }

    /// The point nearest to a place, within reach of the pointer.
    pub fn hit_test(&self, size_px: (f64, f64), x_px: f64, y_px: f64) -> Option<usize> {
        let away = |dot: &Dot| {
            let (x, y) = self.place(size_px, dot.unix_ms, dot.value);
            (x - x_px).hypot(y - y_px)
        };
        let near = self.dots.iter().map(away).enumerate().filter(|(_, away)| *away <= NEAR_PX);
        near.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
    }
}

/// Left, right, top and bottom of the plot.
fn plot((width_px, height_px): (f64, f64)) -> (f64, f64, f64, f64) {
    let (left, top) = (f64::from(LEFT_PX), f64::from(TOP_PX));
    // A canvas that has no size yet has a plot of none.
    (left, (width_px - f64::from(RIGHT_PX)).max(left), top, (height_px - f64::from(BOTTOM_PX)).max(top))
}

/// The samples of a series inside a range as runs of numbers that `counts`. A sample is told at its interval's end: one at the range's start is of the
/// time before, and the last one may lie behind its end, where it is drawn.
pub fn runs_of(series: &Series, start_ms: i64, end_ms: i64, counts: impl Fn(f64) -> bool) -> Vec<Vec<(f64, f64)>> {
    let inside = series.samples.iter().filter(|sample| sample.unix_ms > start_ms);
    let points: Vec<(f64, f64)> = inside.map(|sample| (sample.unix_ms.min(end_ms) as f64, sample.value)).collect();
    let runs = points.split(|(_, value)| !value.is_finite() || !counts(*value)).filter(|run| !run.is_empty());
    runs.map(<[(f64, f64)]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Sample;

    const SIZE: (f64, f64) = (460.0, 128.0);

    fn labels(axis: &Axis) -> Vec<&str> {
        axis.ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn rates_end_at_a_round_number_above_them() {
        for (most, to, words) in [
            (549.0, 1_000.0, ["0", "500/s", "1000/s"]),
            (4.1, 5.0, ["0", "2.5/s", "5/s"]),
            (0.07, 0.1, ["0", "0.05/s", "0.1/s"]),
        ] {
            let axis = Axis::of_rates([0.0, most, f64::NAN].into_iter(), "/s");
            assert_eq!((axis.to, labels(&axis)), (to, words.to_vec()), "{most}");
        }
        assert_eq!(Axis::of_rates([].into_iter(), "").to, 2.0);
    }

    #[test]
    fn durations_stand_by_powers_of_ten() {
        let axis = Axis::of_durations([0.03, 4.9, 0.0, f64::NAN].into_iter());
        assert_eq!((axis.from, axis.to), (0.01, 10.0));
        assert_eq!(labels(&axis), ["10 ms", "100 ms", "1 s", "10 s"]);
        assert!((axis.share(0.1) - 1.0 / 3.0).abs() < 1e-9 && axis.share(0.0) == 0.0);
        assert!((axis.at(axis.share(0.77)) - 0.77).abs() < 1e-9);
        assert_eq!(labels(&Axis::of_durations([].into_iter())).len(), 4);
    }

    #[test]
    fn times_are_round_and_have_room() {
        let axis = Axis::of_time(1_795_349_830_000, 1_795_349_980_000, 460.0, |at| format!("{}", at / 1000 % 1000));
        assert_eq!(labels(&axis), ["850", "880", "910", "940", "970"]);
        for width in [60.0, 200.0, 2_000.0] {
            let axis = Axis::of_time(0, 7 * 86_400_000, width, |_| String::new());
            assert!(axis.ticks.len() as f64 * TIME_LABEL_PX <= width + 2.0 * TIME_LABEL_PX, "{width}");
        }
    }

    #[test]
    fn whatever_a_backend_says_an_axis_has_ends_and_few_labels() {
        for most in [f64::MAX, 5e-324, 1e300, -1.0] {
            let axis = Axis::of_rates([most].into_iter(), "/s");
            assert!(axis.to.is_finite() && axis.to > 0.0 && axis.ticks.len() == 3, "{most}: {axis:?}");
            let axis = Axis::of_durations([most, 1.0].into_iter());
            assert!(axis.from > 0.0 && axis.to.is_finite() && axis.ticks.len() <= 32, "{most}: {axis:?}");
            assert!((0.0..=1.0).contains(&axis.share(1.0)));
        }
        for (start, end) in [(i64::MIN, i64::MAX), (i64::MAX - 5, i64::MAX), (i64::MAX, i64::MIN), (0, 0)] {
            for width in [0.0, 340.0, f64::INFINITY, f64::NAN] {
                assert!(Axis::of_time(start, end, width, |_| String::new()).ticks.len() <= MOST_TIMES);
            }
        }
    }

    #[test]
    fn the_point_at_the_pointer_is_the_nearest() {
        let dot = |unix_ms: f64, value: f64| Dot { unix_ms, value, is_error: false, trace: TraceId(1) };
        let chart = Chart {
            x: Axis { from: 0.0, to: 400.0, ..Axis::default() },
            y: Axis { from: 0.0, to: 100.0, ..Axis::default() },
            lines: Vec::new(),
            left_out: 0,
            dots: vec![dot(100.0, 50.0), dot(104.0, 50.0), dot(300.0, 10.0)],
            cells: vec![Cell { from_ms: 200.0, to_ms: 240.0, from_s: 40.0, to_s: 60.0, count: 3.0 }],
        };
        let (x, y) = chart.place(SIZE, 104.0, 50.0);
        assert_eq!((x, y), (152.0, 58.0));
        assert_eq!(chart.hit_test(SIZE, x + 1.0, y), Some(1));
        assert_eq!(chart.hit_test(SIZE, x - 3.0, y), Some(0));
        assert_eq!(chart.hit_test(SIZE, x + 40.0, y), None);
        assert_eq!(chart.place((0.0, 0.0), 104.0, 50.0), (48.0, 8.0));
        assert_eq!(chart.hit_test((0.0, 0.0), 48.0, 8.0), Some(0));
        assert_eq!(chart.time_at(SIZE, x), 104.0);
        assert_eq!(
            (chart.value_at(SIZE, y), chart.value_at(SIZE, 0.0), chart.value_at(SIZE, 900.0)),
            (50.0, 100.0, 0.0)
        );
        let (x, y) = chart.place(SIZE, 220.0, 55.0);
        assert_eq!(chart.cell_at(SIZE, x, y).map(|cell| cell.count), Some(3.0));
        assert_eq!(chart.cell_at(SIZE, x, y + 30.0), None);
        assert_eq!((chart.time_at(SIZE, 0.0), chart.time_at(SIZE, 900.0)), (0.0, 400.0));
    }

    #[test]
    fn what_is_no_number_parts_a_line() {
        let samples = [1.0, 2.0, f64::NAN, 3.0, f64::INFINITY].iter().enumerate();
        let samples = samples.map(|(at, value)| Sample { unix_ms: at as i64, value: *value }).collect();
        let series = Series { samples, ..Series::default() };
        assert_eq!(runs_of(&series, -1, 9, |_| true), [vec![(0.0, 1.0), (1.0, 2.0)], vec![(3.0, 3.0)]]);
        assert_eq!(runs_of(&series, 0, 2, |_| true), [vec![(1.0, 2.0)], vec![(2.0, 3.0)]]);
        assert_eq!(runs_of(&series, -1, 9, |value| value > 1.0), [vec![(1.0, 2.0)], vec![(3.0, 3.0)]]);
    }
}
