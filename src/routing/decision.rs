//! What is asked of a router, and what it answers.

use std::fmt;

use serde::{Serialize, Serializer};

use super::bucket::Bucket;
use super::share::Share;
use crate::version::Version;

/// One request to decide on: an id, and the version that the caller asked for.
///
/// ```
/// use cutover::{Reason, Request, Rollout, Router, Share, Version};
/// let rollout = Rollout::builder("contribution-form-v2", Share::ZERO).allow_requested(true).build()?;
/// let router = Router::new(rollout);
/// let decision = router.decide(&Request::new("user-1").requested("v2"));
/// assert_eq!((decision.version(), decision.reason()), (Version::V2, Reason::Requested));
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    id: &'a [u8],
    requested: Option<Version>,
}

impl<'a> Request<'a> {
    /// A request of this id, for no particular version.
    #[inline]
    #[must_use]
    pub fn new(id: &'a (impl AsRef<[u8]> + ?Sized)) -> Self {
        Self {
            id: id.as_ref(),
            requested: None,
        }
    }

    /// The version that the caller asked for, say in `X-Api-Version`: a [`Version`], or a text, of which exactly `v1` and
    /// `v2` are heard and any other is ignored. `None` is no wish.
    #[must_use]
    pub fn requested(mut self, version: impl Into<Requested>) -> Self {
        self.requested = version.into().0;
        self
    }

    #[inline]
    pub(crate) fn id(&self) -> &'a [u8] {
        self.id
    }

    #[inline]
    pub(crate) fn wish(&self) -> Option<Version> {
        self.requested
    }
}

/// The version that a caller asked for, if it is one; made from a [`Version`] or a text, or an option of either.
#[derive(Clone, Copy, Debug)]
pub struct Requested(Option<Version>);

impl From<Version> for Requested {
    fn from(version: Version) -> Self {
        Self(Some(version))
    }
}

impl From<&str> for Requested {
    fn from(text: &str) -> Self {
        // Not `str::parse`: its error would be allocated, on the path of a request.
        Self(
            [Version::V1, Version::V2]
                .into_iter()
                .find(|version| version.as_str() == text),
        )
    }
}

impl<T: Into<Self>> From<Option<T>> for Requested {
    fn from(version: Option<T>) -> Self {
        version.map_or(Self(None), Into::into)
    }
}

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The brake is pulled: v1.
    Brake,
    /// The caller asked for the version, and the rollout allows it.
    Requested,
    /// The environment says so.
    Env,
    /// The document forces one version for everyone.
    Forced,
    /// The document pins the id.
    Pinned,
    /// The id's bucket, and the share.
    Share,
    /// There is no rollout in force: v1.
    NoRollout,
}

impl Reason {
    /// The reason's code, as logs and metrics have it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Brake => "brake",
            Self::Requested => "requested",
            Self::Env => "env",
            Self::Forced => "forced",
            Self::Pinned => "pinned",
            Self::Share => "share",
            Self::NoRollout => "no_rollout",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A router's answer, all of it from one rollout and one state of the brake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Decision {
    pub(crate) version: Version,
    pub(crate) reason: Reason,
    pub(crate) bucket: Bucket,
    pub(crate) revision: u32,
    pub(crate) share: Share,
    pub(crate) in_shadow: bool,
}

impl Decision {
    /// The version to answer with.
    #[must_use]
    pub fn version(&self) -> Version {
        self.version
    }

    /// The rule that decided.
    #[must_use]
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// The id's bucket, whichever rule decided.
    #[must_use]
    pub fn bucket(&self) -> Bucket {
        self.bucket
    }

    /// The revision of the rollout in force; 0 without one.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The share of the rollout in force, whichever rule decided; 0 % without one.
    #[must_use]
    pub fn share(&self) -> Share {
        self.share
    }

    /// Whether the id is in the rollout's shadow sample. A fact about the id, independent of its bucket and of the rule that
    /// decided: whoever runs the shadow looks at the version and the reason too.
    #[must_use]
    pub fn in_shadow(&self) -> bool {
        self.in_shadow
    }
}
