//! What allocates nothing. A binary of its own: the counter replaces its global allocator, and counts by thread.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(loom))]

mod contribution;
mod guard;
mod mapping;
mod routing;
