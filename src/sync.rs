//! The shared-memory primitives of the router and the guard, so that `--cfg loom` runs the shipped code on loom's instead of a copy of it.

#[cfg(not(loom))]
mod shipped {
    pub(crate) use arc_swap::ArcSwap as Swap;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
    pub(crate) use std::sync::{Mutex, MutexGuard};
}

#[cfg(loom)]
mod shipped {
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering, fence};
    pub(crate) use loom::sync::{Mutex, MutexGuard};
    use std::sync::Arc;

    /// Stands in for `ArcSwap`, whose own atomics loom can't see: the same reads and writes, by a lock. It is stronger than
    /// `ArcSwap` in that a load always sees the last store; what loom checks is the word, the lock and their order.
    pub(crate) struct Swap<T>(Mutex<Arc<T>>);

    impl<T> Swap<T> {
        pub(crate) fn from_pointee(value: T) -> Self {
            Self(Mutex::new(Arc::new(value)))
        }

        pub(crate) fn load(&self) -> Arc<T> {
            Arc::clone(&lock(&self.0))
        }

        pub(crate) fn store(&self, value: Arc<T>) {
            *lock(&self.0) = value;
        }
    }

    use super::lock;
}

pub(crate) use shipped::*;

/// Takes a lock, also one that a panicking thread left behind.
///
/// Of a user's code only the reader of the environment runs under a lock, one that guards nothing else; and what a change
/// assigns comes after its checks: a panic leaves the state from before it, or a pulled brake.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
