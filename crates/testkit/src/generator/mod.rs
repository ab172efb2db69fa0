//! Seeded, endless, varied payloads that v1 (or v2) accepts, of the size real contributions have: for benches, load
//! and `--generate`. Hard and refused payloads come from [`strategies`](crate::strategies).

mod forms;
mod members;
mod payloads;
mod tags;
#[cfg(test)]
mod tests;

pub use forms::Forms;
pub use payloads::{Payloads, V2Payloads};
