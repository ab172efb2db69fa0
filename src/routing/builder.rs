//! Builds a router: which rollouts it will take, and where its environment comes from.

use std::fmt;

use super::control::Identity;
use super::env::{self, EnvReader, Read};
use super::rollout::Rollout;
use super::router::Router;
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
}

impl Default for RouterBuilder {
    fn default() -> Self {
        Self {
            rollout: None,
            name: None,
            salt: None,
            read: Box::new(env::process),
            version_variable: env::VERSION_VARIABLE.to_owned(),
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

    /// Reads the environment and builds the router.
    ///
    /// # Errors
    /// [`ErrorKind::Identity`] when there is neither a rollout nor a name, or a name or salt beside a rollout with another.
    pub fn build(self) -> Result<Router, Error> {
        let Self {
            rollout,
            name,
            salt,
            read,
            version_variable,
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
        Ok(Router::assemble(
            identity,
            rollout,
            EnvReader::new(read, version_variable),
        ))
    }
}

impl fmt::Debug for RouterBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RouterBuilder")
            .field("rollout", &self.rollout)
            .field("name", &self.name)
            .field("salt", &self.salt)
            .field("version_variable", &self.version_variable)
            .finish_non_exhaustive()
    }
}
