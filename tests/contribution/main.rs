//! The contribution half: CONTRACT row by row, its laws against a model, and its JSON Schemas against a validator.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod downgrade;
mod form;
mod kit;
mod laws;
mod laws_back;
mod limits;
mod london;
mod messages;
mod schemas;
mod upgrade;
mod values;
