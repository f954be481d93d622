//! A set of small numbers, a bit for each: of a large catalogue it stays near the processor where a list would not.

#[derive(Debug, Clone, Default)]
pub(super) struct Marks(Vec<u64>);

impl Marks {
    /// Makes room for numbers below `count`.
    pub fn make_room(&mut self, count: usize) {
        self.0.resize(count.div_ceil(64), 0);
    }

    /// Marks a number; whether it was not marked before.
    #[inline]
    pub fn mark(&mut self, number: u32) -> bool {
        let (word, bit) = (&mut self.0[number as usize / 64], 1 << (number % 64));
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    #[inline]
    pub fn has(&self, number: u32) -> bool {
        self.0[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// Takes away the marks of all that were marked: these, each at least once.
    pub fn clear(&mut self, marked: impl Iterator<Item = u32>) {
        marked.for_each(|number| self.0[number as usize / 64] = 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_marked_once_and_all_are_cleared() {
        let mut marks = Marks::default();
        marks.make_room(130);
        assert!(marks.mark(0) && marks.mark(129) && marks.mark(128));
        assert!(!marks.mark(129));
        assert!(marks.has(128) && !marks.has(127));
        marks.clear([0, 128, 129].into_iter());
        assert!((0..130).all(|number| !marks.has(number)));
    }
}
