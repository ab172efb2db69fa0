//! Where rollouts come from while the process runs: a [`Source`] gives the document, [`Follow`] keeps a router on it.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cutover::Router;
//! use cutover::routing::source::{File, Follow};
//!
//! let router = Arc::new(Router::builder().name("contribution-form-v2").build()?);
//! let file = File::new("/etc/cutover/rollout.json");
//! let _following = Follow::new(Arc::clone(&router), file).every(File::INTERVAL)?;
//! // What the file says is in force now, and a second after each edit. Keep `_following` for as long as it shall be so.
//! # Ok::<(), cutover::Error>(())
//! ```
//!
//! Whatever becomes of the source, the last good rollout stays in force. What is wrong with it stands in
//! [`Status::last_error`](super::Status::last_error) with the source's name and the error's age, and listeners get one
//! [`Change::Refused`](super::Change::Refused) when it begins.
//!
//! The environment is no source: a [`Router`](super::Router) reads it when it is built and at
//! [`refresh`](super::Router::refresh), and it outranks what a document says.

mod file;
mod follow;
mod router;

pub use file::File;
pub use follow::{Follow, Following};

use std::error::Error as StdError;

/// Holds one rollout document: a file, a row of a table, a key in a store.
///
/// Made to be written by users. Here is one that asks a table:
///
/// ```
/// use cutover::routing::source::Source;
/// # struct Connection;
/// # impl Connection { fn text(&self, _: &str) -> Result<String, std::io::Error> { Ok(String::new()) } }
/// struct Table(Connection);
///
/// impl Source for Table {
///     fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn std::error::Error + Send + Sync>> {
///         let document = self.0.text("SELECT document FROM rollout WHERE name = 'contribution-form-v2'")?;
///         Ok(Some(document.into_bytes()))
///     }
/// }
/// ```
pub trait Source {
    /// The document as it is now, byte for byte; `None` when it is what this gave last.
    ///
    /// `None` is there for stores that know cheaply that nothing has changed (a version column, an `ETag`). Giving the same
    /// bytes again does the same: [`Follow`] compares them. It may block, and so needs a time limit of its own if it asks
    /// the network: meanwhile the last good rollout stays in force, also when this fails or panics.
    ///
    /// # Errors
    /// Whatever keeps it from giving the document, a missing one too. A `cutover::Error` is shown as it is, another as
    /// [`ErrorKind::Io`](crate::ErrorKind::Io). Keep what changes by itself, such as the time, out of the message: a new
    /// message is a new trouble to a router's listeners.
    fn load(&mut self) -> Result<Option<Vec<u8>>, Box<dyn StdError + Send + Sync>>;

    /// What people shall read in a router's status, the type's name unless said otherwise. Asked once, by [`Follow::new`].
    fn name(&self) -> String {
        std::any::type_name::<Self>().to_owned()
    }
}
