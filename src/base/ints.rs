//! A column of whole numbers that is as wide as its greatest: nothing while all are 0, then 8, 16 or 32 bits each. Most
//! traces have few services, one trace id, one value of flags. Not for numbers of which each is different.

use super::Column;

#[derive(Clone, Debug)]
pub enum Ints {
    /// So many zeros.
    Zeros(usize),
    U8(Column<u8>),
    U16(Column<u16>),
    U32(Column<u32>),
}

impl Default for Ints {
    fn default() -> Self {
        Ints::Zeros(0)
    }
}

impl Ints {
    #[inline]
    pub fn push(&mut self, value: u32) {
        match self {
            Ints::Zeros(count) if value == 0 => *count += 1,
            Ints::U8(column) if value <= 0xff => column.push(value as u8),
            Ints::U16(column) if value <= 0xffff => column.push(value as u16),
            Ints::U32(column) => column.push(value),
            _ => {
                self.widen(value);
                self.push(value);
            }
        }
    }

    /// The value at `at`; 0 where there is none.
    #[inline]
    pub fn at(&self, at: usize) -> u32 {
        match self {
            Ints::Zeros(_) => 0,
            Ints::U8(column) => column.get(at).map_or(0, u32::from),
            Ints::U16(column) => column.get(at).map_or(0, u32::from),
            Ints::U32(column) => column.get(at).unwrap_or_default(),
        }
    }

    /// Puts `value` at a place that has one already.
    pub fn set(&mut self, at: usize, value: u32) {
        match self {
            Ints::Zeros(_) if value == 0 => {}
            Ints::U8(column) if value <= 0xff => column.set(at, value as u8),
            Ints::U16(column) if value <= 0xffff => column.set(at, value as u16),
            Ints::U32(column) => column.set(at, value),
            _ => {
                self.widen(value);
                self.set(at, value);
            }
        }
    }

    /// Makes room for `value` in every place: each column is copied three times at most.
    #[cold]
    fn widen(&mut self, value: u32) {
        fn copied<T: Copy>(from: &Ints, narrow: impl Fn(u32) -> T) -> Column<T> {
            let mut column = Column::default();
            from.iter().for_each(|value| column.push(narrow(value)));
            column
        }
        *self = match value {
            0..=0xff => Ints::U8(copied(self, |value| value as u8)),
            0x100..=0xffff => Ints::U16(copied(self, |value| value as u16)),
            _ => Ints::U32(copied(self, |value| value)),
        };
    }

    pub fn len(&self) -> usize {
        match self {
            Ints::Zeros(count) => *count,
            Ints::U8(column) => column.len(),
            Ints::U16(column) => column.len(),
            Ints::U32(column) => column.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|at| self.at(at))
    }

    /// Bytes of memory.
    pub fn bytes(&self) -> usize {
        match self {
            Ints::Zeros(_) => 0,
            Ints::U8(column) => column.bytes(),
            Ints::U16(column) => column.bytes(),
            Ints::U32(column) => column.bytes(),
        }
    }
}

impl FromIterator<u32> for Ints {
    fn from_iter<I: IntoIterator<Item = u32>>(values: I) -> Self {
        let mut ints = Ints::default();
        values.into_iter().for_each(|value| ints.push(value));
        ints
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_widens_when_it_must_and_keeps_its_values() {
        let values = [0, 0, 7, 255, 256, 65_535, 65_536, u32::MAX, 1];
        let ints: Ints = values.into_iter().collect();
        assert_eq!(ints.iter().collect::<Vec<_>>(), values);
        assert_eq!((ints.at(7), ints.at(99)), (u32::MAX, 0));
    }

    #[test]
    fn zeros_cost_nothing_and_one_of_them_can_be_set() {
        let mut ints: Ints = core::iter::repeat_n(0, 1000).collect();
        assert_eq!((ints.bytes(), ints.len()), (0, 1000));
        ints.set(500, 300);
        assert_eq!((ints.at(499), ints.at(500), ints.len()), (0, 300, 1000));
    }
}
