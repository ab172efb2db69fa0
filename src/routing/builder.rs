//! Builds a router: which rollouts it will take, and where its environment comes from.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use super::brake::Latch;
use super::brake_state::BrakeState;
use super::control::Identity;
use super::env::{self, EnvReader, Read};
use super::rollout::Rollout;
use super::router::Router;
use crate::durable::{Disk, System};
use crate::error::{Error, ErrorKind};

/// Builds a [`Router`] from a rollout, or from a name alone when the first rollout comes later.
///
/// ```
/// use cutover::{Reason, Request, Router, Version};
/// let router = Router::builder().name("contribution-form-v2").env(|_| None).build()?;
/// let decision = router.decide(&Request::new("user-1"));
/// assert_eq!((decision.version(), decision.reason()), (Version::V1, Reason::NoRollout));
/// # Ok::<(), cutover::Error>(())
/// ```
#[must_use = "a builder does nothing until build()"]
pub struct RouterBuilder {
    rollout: Option<Rollout>,
    name: Option<String>,
    salt: Option<String>,
    read: Read,
    version_variable: String,
    state: Option<(Arc<dyn Disk>, PathBuf)>,
}

impl Default for RouterBuilder {
    fn default() -> Self {
        Self {
            rollout: None,
            name: None,
            salt: None,
            read: Box::new(env::process),
            version_variable: env::VERSION_VARIABLE.to_owned(),
            state: None,
        }
    }
}

impl RouterBuilder {
    /// The first rollout; its name and salt become the router's.
    pub fn rollout(mut self, rollout: Rollout) -> Self {
        self.rollout = Some(rollout);
        self
    }

    /// The name of the rollouts to come. Until the first one all is v1.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The salt of the rollouts to come, where it isn't their name.
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// Where environment variables are read instead of the process's environment: name → value, `None` when unset.
    ///
    /// Called when the router is built and at each refresh. It must not refresh the router itself.
    pub fn env(mut self, read: impl Fn(&str) -> Option<String> + Send + 'static) -> Self {
        self.read = Box::new(read);
        self
    }

    /// Calls the variable that gives everyone one version so, instead of `CUTOVER_API_VERSION`.
    pub fn version_variable(mut self, name: impl Into<String>) -> Self {
        self.version_variable = name.into();
        self
    }

    /// Keeps the brake in this file, so that it survives a restart and a crash: there is a file while the brake is pulled.
    ///
    /// A file that is there but is not a brake of a router with this name and salt, or that can't be read, pulls the brake:
    /// [`Status::brake`](super::Status::brake) says why. So does a folder that is missing, and a symbolic link to nowhere.
    /// The router never writes over or takes away such a file, but for one: releasing a brake that a damaged file has
    /// pulled renames that to the same with `.unreadable` added.
    ///
    /// Give each router of each process a file of its own, on a disk that outlives the process. A relative path is one of
    /// the folder that the process is in when the router is built. A symbolic link to a file is replaced by the file, not
    /// followed; a crash may leave a file beside it whose name ends in `.tmp`. [`Router::brake`] and what releases the brake
    /// wait for the disk, and with them whoever changes or inspects the router meanwhile; decisions don't. Without this the
    /// brake lasts as long as the process.
    pub fn brake_file(self, path: impl Into<PathBuf>) -> Self {
        self.brake_file_on(Arc::new(System), path)
    }

    pub(crate) fn brake_file_on(mut self, disk: Arc<dyn Disk>, path: impl Into<PathBuf>) -> Self {
        self.state = Some((disk, path.into()));
        self
    }

    /// Reads the environment and the brake's state, and builds the router.
    ///
    /// # Errors
    /// [`ErrorKind::Identity`] when there is neither a rollout nor a name, or a name or salt beside a rollout with another.
    /// A state file that can't be read is none: it pulls the brake.
    pub fn build(self) -> Result<Router, Error> {
        let Self {
            rollout,
            name,
            salt,
            read,
            version_variable,
            state,
        } = self;
        let refuse = |message: &str| Err(Error::new(ErrorKind::Identity, "", message));
        let identity = match (&rollout, name) {
            (None, None) => {
                return refuse("a router needs a rollout, or the name of those to come");
            }
            (None, Some(name)) => Identity {
                salt: salt.unwrap_or_else(|| name.clone()),
                name,
            },
            (Some(rollout), name) => {
                if name.is_some_and(|name| name != rollout.name())
                    || salt.is_some_and(|salt| salt != rollout.salt())
                {
                    return refuse(
                        "the rollout has another name or salt than the router: give one",
                    );
                }
                Identity::of(rollout)
            }
        };
        let latch = state.map_or_else(Latch::default, |(disk, path)| {
            let revision = rollout.as_ref().map_or(0, Rollout::revision);
            Latch::open(BrakeState::new(disk, path, &identity), revision)
        });
        let env = EnvReader::new(read, version_variable);
        Ok(Router::assemble(identity, rollout, env, latch))
    }
}

impl fmt::Debug for RouterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterBuilder")
            .field("rollout", &self.rollout)
            .field("name", &self.name)
            .field("salt", &self.salt)
            .field("version_variable", &self.version_variable)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}
