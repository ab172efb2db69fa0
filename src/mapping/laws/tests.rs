//! The laws hold for the example definitions, and each finds what breaks it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
