//! A rollout: who shall get v2, as one validated, immutable value.

use std::fmt;

use super::bucket::Seed;
use super::pins::{Pinned, Pins};
use super::share::Share;
use crate::error::{Error, ErrorKind};
use crate::version::Version;

/// Who shall get v2: what a rollout document says, checked.
///
/// Comes from [`Rollout::from_json`] or, in code, from [`Rollout::builder`].
///
/// ```
/// use cutover::{Rollout, Share, Version};
/// let rollout = Rollout::builder("contribution-form-v2", "10%".parse()?)
///     .revision(7)
///     .pin("user-1", Version::V2)
///     .build()?;
/// assert_eq!(rollout.share(), "10%".parse::<Share>()?);
/// # Ok::<(), cutover::Error>(())
/// ```
pub struct Rollout {
    name: String,
    /// `None`: the name is the salt.
    salt: Option<String>,
    seed: Seed,
    revision: u32,
    share: Share,
    shadow: Share,
    force: Option<Version>,
    allow_requested: bool,
    releases_brake: Option<u32>,
    pins: Pins,
}

impl Rollout {
    /// Begins a rollout: revision 0, salted by its name, nothing forced, pinned or shadowed, no requests honoured.
    pub fn builder(name: impl Into<String>, share: Share) -> RolloutBuilder {
        RolloutBuilder {
            name: name.into(),
            salt: None,
            revision: 0,
            share,
            shadow: Share::ZERO,
            force: None,
            allow_requested: false,
            releases_brake: None,
            pins: Pinned::default(),
            fault: None,
        }
    }

    /// Everyone gets this version.
    pub(crate) fn fixed(version: Version) -> Self {
        Self {
            name: "fixed".to_owned(),
            salt: None,
            seed: Seed::new("fixed"),
            revision: 0,
            share: Share::ZERO,
            shadow: Share::ZERO,
            force: Some(version),
            allow_requested: false,
            releases_brake: None,
            pins: Pins::default(),
        }
    }

    /// The rollout's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What salts the hash: the document's salt, else the name.
    #[must_use]
    pub fn salt(&self) -> &str {
        self.salt.as_deref().unwrap_or(&self.name)
    }

    /// The salt that the document itself has, if any.
    pub(crate) fn own_salt(&self) -> Option<&str> {
        self.salt.as_deref()
    }

    /// The seed of the salt.
    #[must_use]
    pub fn seed(&self) -> Seed {
        self.seed
    }

    /// Counts the document's edits.
    #[must_use]
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// How many ids get v2 by their bucket.
    #[must_use]
    pub fn share(&self) -> Share {
        self.share
    }

    /// How many ids are sampled for the shadow comparison, independently of the share.
    #[must_use]
    pub fn shadow(&self) -> Share {
        self.shadow
    }

    /// The version that everyone gets, whatever the pins and the share say.
    #[must_use]
    pub fn force(&self) -> Option<Version> {
        self.force
    }

    /// Whether a caller gets the version that it asks for.
    #[must_use]
    pub fn allow_requested(&self) -> bool {
        self.allow_requested
    }

    /// The number of the brake that applying this document releases.
    #[must_use]
    pub fn releases_brake(&self) -> Option<u32> {
        self.releases_brake
    }

    /// The pinned ids, each once, in an order that the ids and the salt alone decide.
    pub fn pins(&self) -> impl Iterator<Item = (&str, Version)> {
        self.pins.iter().map(|(_, id, version)| (id, version))
    }

    /// The version that an id is pinned to.
    #[must_use]
    pub fn pin_of(&self, id: &str) -> Option<Version> {
        self.pins.get(self.seed.hash(id.as_bytes()), id.as_bytes())
    }

    pub(crate) fn pin_table(&self) -> &Pins {
        &self.pins
    }
}

impl PartialEq for Rollout {
    fn eq(&self, other: &Self) -> bool {
        let head = |r: &Self| (r.revision, r.share, r.shadow, r.force, r.allow_requested);
        head(self) == head(other)
            && self.releases_brake == other.releases_brake
            && self.name == other.name
            && self.salt == other.salt
            && self.pins.iter().eq(other.pins.iter())
    }
}

impl fmt::Debug for Rollout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rollout")
            .field("name", &self.name)
            .field("salt", &self.salt)
            .field("revision", &self.revision)
            .field("share", &self.share)
            .field("shadow", &self.shadow)
            .field("force", &self.force)
            .field("allow_requested", &self.allow_requested)
            .field("releases_brake", &self.releases_brake)
            .field("pins", &self.pins.len())
            .finish_non_exhaustive()
    }
}

/// Makes a [`Rollout`] in code; each setter is a member of the document.
#[must_use = "a builder does nothing until build()"]
pub struct RolloutBuilder {
    name: String,
    salt: Option<String>,
    revision: u32,
    share: Share,
    shadow: Share,
    force: Option<Version>,
    allow_requested: bool,
    releases_brake: Option<u32>,
    pins: Pinned,
    fault: Option<Error>,
}

impl RolloutBuilder {
    /// Salts the hash with this text instead of the name: rollouts with equal salts choose equal ids.
    pub fn salt(mut self, salt: impl Into<String>) -> Self {
        self.salt = Some(salt.into());
        self
    }

    /// Numbers this edit of the document.
    pub fn revision(mut self, revision: u32) -> Self {
        self.revision = revision;
        self
    }

    /// Samples so many ids for the shadow comparison.
    pub fn shadow(mut self, shadow: Share) -> Self {
        self.shadow = shadow;
        self
    }

    /// Gives everyone this version, whatever the pins and the share say.
    pub fn force(mut self, version: Version) -> Self {
        self.force = Some(version);
        self
    }

    /// Honours the version that a caller asks for.
    pub fn allow_requested(mut self, allowed: bool) -> Self {
        self.allow_requested = allowed;
        self
    }

    /// Releases the brake of this number when the document is applied (with a higher revision than the number).
    pub fn releases_brake(mut self, number: u32) -> Self {
        self.releases_brake = Some(number);
        self
    }

    /// Gives this id this version, whatever its bucket.
    pub fn pin(mut self, id: impl AsRef<str>, version: Version) -> Self {
        if self.fault.is_none() {
            self.fault = self.pins.push(id.as_ref(), version).err();
        }
        self
    }

    pub(crate) fn pins(mut self, pins: Pinned) -> Self {
        self.pins = pins;
        self
    }

    /// Checks the whole. Takes `n log n` time in the number of pins.
    ///
    /// # Errors
    /// [`ErrorKind::Document`]: an empty name (at `/name`), an id pinned to both versions, more than 1,000,000 pins or
    /// more than 256 MiB of pinned ids (at `/pins`).
    pub fn build(self) -> Result<Rollout, Error> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.name.is_empty() {
            let message = "the name is empty: name the rollout, it salts who is in the share";
            return Err(Error::new(ErrorKind::Document, "/name", message));
        }
        let seed = Seed::new(self.salt.as_ref().unwrap_or(&self.name));
        Ok(Rollout {
            seed,
            pins: self.pins.build(seed)?,
            name: self.name,
            salt: self.salt,
            revision: self.revision,
            share: self.share,
            shadow: self.shadow,
            force: self.force,
            allow_requested: self.allow_requested,
            releases_brake: self.releases_brake,
        })
    }
}

impl fmt::Debug for RolloutBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolloutBuilder")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
