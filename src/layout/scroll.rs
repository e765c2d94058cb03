//! Scrolling by rows: the state is a row and a fraction of it, so that a million rows are reachable although browsers
//! cap an element's height near 33 million px, and nothing jumps when rows above change height. Also where each row
//! stands in px. Not time: that is [`super::viewport`].

/// No scroller is made taller: well below every browser's cap (Firefox's is 17.9 million px, Chromium's 33.5).
pub const MAX_SCROLLER_PX: f64 = 8_000_000.0;

/// How tall rows are. All are `row_px`, but for the few heads.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct RowHeights {
    row_px: f64,
    head_px: f64,
    rows: usize,
    /// Positions of heads, ascending.
    heads: Vec<u32>,
}

impl RowHeights {
    /// `heads` as [`super::RowModel::heads`] gives them.
    pub fn new(rows: usize, heads: &[u32], row_px: f64, head_px: f64) -> RowHeights {
        RowHeights { row_px: row_px.max(1.0), head_px: head_px.max(1.0), rows, heads: heads.to_vec() }
    }

    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn total_px(&self) -> f64 {
        self.y_px(self.rows)
    }

    /// Top of a row, from the top of the first; for the row after the last, the total height.
    pub fn y_px(&self, row: usize) -> f64 {
        let row = row.min(self.rows);
        let heads = self.heads.partition_point(|head| (*head as usize) < row);
        (row - heads) as f64 * self.row_px + heads as f64 * self.head_px
    }

    pub fn height_px(&self, row: usize) -> f64 {
        if u32::try_from(row).is_ok_and(|row| self.heads.binary_search(&row).is_ok()) {
            self.head_px
        } else {
            self.row_px
        }
    }

    /// The row at `y_px`; the first above the top, the last below the bottom, `None` without rows.
    pub fn row_at(&self, y_px: f64) -> Option<usize> {
        let last = self.rows.checked_sub(1)?;
        // The last head at or above y, by its own top.
        let heads = self.partition_heads(|head| self.y_px(head as usize) <= y_px);
        let (from, top) = match heads.checked_sub(1).and_then(|at| self.heads.get(at)) {
            None => (0, 0.0),
            Some(head) => {
                let top = self.y_px(*head as usize);
                if y_px < top + self.head_px {
                    return Some((*head as usize).min(last));
                }
                (*head as usize + 1, top + self.head_px)
            }
        };
        Some((from + ((y_px - top).max(0.0) / self.row_px) as usize).min(last))
    }

    fn partition_heads(&self, is_above: impl Fn(u32) -> bool) -> usize {
        self.heads.partition_point(|head| is_above(*head))
    }

    /// Rows of which at least a part is in sight.
    pub fn visible(&self, scroll: Scroll, view_px: f64) -> core::ops::Range<usize> {
        let top = scroll.y_px(self);
        match self.row_at((top + view_px - 1e-6).max(top)) {
            Some(last) if view_px > 0.0 => scroll.row.min(last)..last + 1,
            _ => 0..0,
        }
    }
}

/// What is at the top of the view: a row, and the share of it that is already out of sight.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Scroll {
    pub row: usize,
    /// From 0 to below 1.
    pub fraction: f64,
}

impl Scroll {
    /// Top of the view, from the top of the first row.
    pub fn y_px(&self, heights: &RowHeights) -> f64 {
        heights.y_px(self.row) + self.fraction * heights.height_px(self.row)
    }

    /// The state in which `y_px` is at the top, as far as the rows reach.
    pub fn at_y(y_px: f64, heights: &RowHeights, view_px: f64) -> Scroll {
        let y_px = y_px.min(heights.total_px() - view_px).max(0.0);
        let Some(row) = heights.row_at(y_px) else { return Scroll::default() };
        let fraction = (y_px - heights.y_px(row)) / heights.height_px(row);
        Scroll { row, fraction: fraction.clamp(0.0, 1.0 - f64::EPSILON) }
    }

    /// The nearest state that does not show emptiness below the last row. A state that is allowed stays as it is.
    pub fn clamped(self, heights: &RowHeights, view_px: f64) -> Scroll {
        let most = (heights.total_px() - view_px).max(0.0);
        let is_sound = self.row < heights.rows && (0.0..1.0).contains(&self.fraction);
        if is_sound && self.y_px(heights) <= most {
            self
        } else {
            Scroll::at_y(self.y_px(heights).min(most), heights, view_px)
        }
    }

    /// Moved by `dy_px`, down when positive: wheel, touch and page keys, the same at any number of rows.
    pub fn by_px(self, dy_px: f64, heights: &RowHeights, view_px: f64) -> Scroll {
        Scroll::at_y(self.y_px(heights) + dy_px, heights, view_px)
    }

    /// Moved no more than it takes to have `row` wholly in sight with `margin_px` above and below.
    pub fn with_in_view(self, row: usize, margin_px: f64, heights: &RowHeights, view_px: f64) -> Scroll {
        let top = heights.y_px(row);
        let bottom = top + heights.height_px(row);
        let margin = margin_px.min((view_px - (bottom - top)) / 2.0).max(0.0);
        let y_px = self.y_px(heights);
        if y_px > top - margin {
            Scroll::at_y(top - margin, heights, view_px)
        } else if y_px + view_px < bottom + margin {
            Scroll::at_y(bottom + margin - view_px, heights, view_px)
        } else {
            self.clamped(heights, view_px)
        }
    }

    /// Where the browser's scroller stands for this state: 1:1 while the rows fit under [`MAX_SCROLLER_PX`], else in
    /// proportion.
    pub fn to_scroller(self, heights: &RowHeights, view_px: f64) -> f64 {
        self.y_px(heights) * scroller_scale(heights, view_px)
    }

    /// The state for where the browser's scroller stands, when the reader has dragged its bar.
    pub fn from_scroller(scroll_top_px: f64, heights: &RowHeights, view_px: f64) -> Scroll {
        Scroll::at_y(scroll_top_px / scroller_scale(heights, view_px), heights, view_px)
    }
}

/// Height to give the scroller's content.
pub fn scroller_height_px(heights: &RowHeights) -> f64 {
    heights.total_px().min(MAX_SCROLLER_PX)
}

fn scroller_scale(heights: &RowHeights, view_px: f64) -> f64 {
    let total = heights.total_px();
    if total <= MAX_SCROLLER_PX { 1.0 } else { (MAX_SCROLLER_PX - view_px) / (total - view_px) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEW: f64 = 615.0;

    fn uneven() -> RowHeights {
        RowHeights::new(10, &[2, 3, 7], 20.0, 24.0)
    }

    #[test]
    fn rows_tile_the_height_without_gap_or_overlap() {
        let heights = uneven();
        assert_eq!(heights.total_px(), 7.0 * 20.0 + 3.0 * 24.0);
        for row in 0..10 {
            let top = heights.y_px(row);
            assert_eq!(top + heights.height_px(row), heights.y_px(row + 1));
            assert_eq!(heights.row_at(top), Some(row));
            assert_eq!(heights.row_at(top + heights.height_px(row) - 0.01), Some(row));
        }
        assert_eq!(heights.row_at(-9.0), Some(0));
        assert_eq!(heights.row_at(9e9), Some(9));
        assert_eq!(RowHeights::default().row_at(0.0), None);
    }

    #[test]
    fn small_lists_map_one_to_one() {
        let heights = RowHeights::new(1_000, &[], 20.0, 24.0);
        assert_eq!(scroller_height_px(&heights), 20_000.0);
        let scroll = Scroll::from_scroller(130.0, &heights, VIEW);
        assert_eq!(scroll, Scroll { row: 6, fraction: 0.5 });
        assert_eq!(scroll.to_scroller(&heights, VIEW), 130.0);
    }

    #[test]
    fn million_rows_are_reachable_under_the_browsers_cap() {
        let heights = RowHeights::new(1_000_000, &[0, 999_999], 40.0, 24.0);
        assert_eq!(scroller_height_px(&heights), MAX_SCROLLER_PX);
        let end = Scroll::from_scroller(MAX_SCROLLER_PX - VIEW, &heights, VIEW);
        assert_eq!(heights.visible(end, VIEW).end, 1_000_000);
        assert_eq!(Scroll::from_scroller(0.0, &heights, VIEW), Scroll::default());
        for row in [1, 4_321, 500_000, 987_654] {
            let there = Scroll { row, fraction: 0.25 };
            let back = Scroll::from_scroller(there.to_scroller(&heights, VIEW), &heights, VIEW);
            assert!((back.y_px(&heights) - there.y_px(&heights)).abs() < 1e-3, "{row}");
            // The wheel moves px, not shares of the scroller.
            assert!((there.by_px(100.0, &heights, VIEW).y_px(&heights) - there.y_px(&heights) - 100.0).abs() < 1e-6);
        }
    }

    #[test]
    fn scrolling_stops_at_both_ends() {
        let heights = uneven();
        let end = Scroll { row: 500, fraction: 7.0 }.clamped(&heights, 100.0);
        assert!((end.y_px(&heights) - 112.0).abs() < 1e-9);
        assert_eq!(end.by_px(1e9, &heights, 100.0), end);
        assert_eq!(end.by_px(-1e9, &heights, 100.0), Scroll::default());
        assert_eq!(Scroll { row: 3, fraction: 0.0 }.clamped(&heights, 900.0), Scroll::default());
        assert_eq!(Scroll { row: 3, fraction: 0.5 }.clamped(&heights, 50.0), Scroll { row: 3, fraction: 0.5 });
        assert_eq!(Scroll { row: 3, fraction: 0.5 }.clamped(&RowHeights::default(), 50.0), Scroll::default());
    }

    #[test]
    fn row_comes_into_view_by_the_least_move() {
        let heights = RowHeights::new(100, &[], 20.0, 24.0);
        let start = Scroll { row: 10, fraction: 0.0 };
        assert_eq!(start.with_in_view(12, 20.0, &heights, 200.0), start);
        assert_eq!(start.with_in_view(30, 20.0, &heights, 200.0).row, 22);
        assert_eq!(start.with_in_view(5, 20.0, &heights, 200.0).row, 4);
        assert_eq!(start.with_in_view(0, 20.0, &heights, 200.0), Scroll::default());
        assert_eq!(start.with_in_view(99, 500.0, &heights, 200.0).row, 90);
    }

    #[test]
    fn visible_rows_cover_the_view() {
        let heights = uneven();
        assert_eq!(heights.visible(Scroll { row: 1, fraction: 0.5 }, 40.0), 1..4);
        assert_eq!(heights.visible(Scroll::default(), 900.0), 0..10);
        assert_eq!(heights.visible(Scroll::default(), 40.0), 0..2);
        assert_eq!(RowHeights::default().visible(Scroll::default(), 900.0), 0..0);
    }
}
