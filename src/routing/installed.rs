//! The process-wide router, for code that no router can be handed to.

use once_cell::race::OnceBox;

use super::router::Router;
use crate::error::{Error, ErrorKind};
use crate::version::Version;

/// `race`, unlike std's cells: a reader never waits for a thread that is installing.
static ROUTER: OnceBox<Router> = OnceBox::new();

/// Makes this the router of the process, for good: [`route`] asks it from now on.
///
/// # Errors
/// [`ErrorKind::Installed`] when there is one already; that one stays.
pub fn install(router: Router) -> Result<&'static Router, Error> {
    let refused = || {
        let message = "a router is installed already: apply() a rollout to that one";
        Error::new(ErrorKind::Installed, "", message)
    };
    ROUTER.set(Box::new(router)).map_err(|_| refused())?;
    ROUTER.get().ok_or_else(refused)
}

/// The router of the process, once there is one.
#[must_use]
pub fn installed() -> Option<&'static Router> {
    ROUTER.get()
}

/// The version for this id, by the router of the process; v1 until one is installed. See [`Router::route`].
#[inline]
#[must_use]
pub fn route(id: impl AsRef<str>) -> Version {
    installed().map_or(Version::V1, |router| router.route(id))
}
