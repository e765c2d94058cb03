//! How often rows were looked at to be compared: counted in tests, which hold the cost by it; nothing elsewhere.

#[cfg(test)]
thread_local! {
    static COUNT: core::cell::Cell<u64> = const { core::cell::Cell::new(0) };
}

/// One more comparison.
#[inline]
pub(super) fn one() {
    #[cfg(test)]
    COUNT.with(|count| count.set(count.get() + 1));
}

/// How many `work` takes.
#[cfg(test)]
pub(super) fn count_of(work: impl FnOnce()) -> u64 {
    COUNT.with(|count| count.set(0));
    work();
    COUNT.with(core::cell::Cell::get)
}
