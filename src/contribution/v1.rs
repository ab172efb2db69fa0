//! A v1 payload as a value: what a client sent, in the order in which it sent it, not yet validated.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::record::Record;
use super::{Limits, Report, Upgrader, V2, validate_within};
use crate::error::Error;
use crate::version::Version;

/// A v1 payload: its members in order, values as they were written (`51.50` stays `51.50`), unknown tags included.
///
/// It may hold what v1 refuses; [`validate`](V1::validate) tells, and so does the upgrade.
///
/// ```
/// use cutover::contribution::{Upgrader, V1};
///
/// let mut v1 = V1::new(51.5, -0.1);
/// v1.set("hours", "business").set("fee", 0.5).set("level", "-1");
/// let (v2, report) = v1.upgrade(&Upgrader::new(), "way/7")?;
/// assert_eq!(v2.opening_hours(), "Mo-Fr 09:00-17:00");
/// assert_eq!(v2.charge().as_deref(), Some("0.50 GBP"));
/// assert!(report.assumed().contains("wheelchair"));
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct V1(pub(super) Record);

impl V1 {
    /// A payload with the two members that v1 requires, in degrees (WGS 84). A number that is not finite becomes
    /// null, which v1 takes for missing.
    #[must_use]
    pub fn new(lat: f64, lng: f64) -> Self {
        let mut v1 = Self::default();
        v1.set("lat", lat).set("lng", lng);
        v1
    }

    /// Reads the bytes of a payload within [`Limits::V1`].
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) when they are no JSON object or exceed the limits.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        Self::within(bytes, &Limits::V1)
    }

    pub(super) fn within(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        Record::from_slice(bytes, limits).map(Self)
    }

    /// Writes a member: in its place when it is there, else at the end.
    pub fn set(&mut self, name: &str, value: impl Into<serde_json::Value>) -> &mut Self {
        self.0.set(name, &value.into());
        self
    }

    /// Takes a member out, further copies included.
    pub fn remove(&mut self, name: &str) -> &mut Self {
        self.0.remove(name);
        self
    }

    /// The JSON text of a member.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// A member that is a string, decoded.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        self.0.text(name)
    }

    /// A member that is a number, as the nearest f64.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<f64> {
        self.0.number(name)
    }

    /// A member that is a bool.
    #[must_use]
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.0.flag(name)
    }

    /// Names and JSON texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }

    /// As compact JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.0.to_json()
    }

    /// Everything there is to say of this payload as v1.
    #[must_use]
    pub fn validate(&self) -> Report {
        validate_within(Version::V1, &self.to_json(), &Limits::V1)
    }

    /// Upgrades by the same code as [`upgrade`](super::upgrade): the rules can't differ.
    ///
    /// # Errors
    /// As [`upgrade`](super::upgrade).
    pub fn upgrade(&self, upgrader: &Upgrader, id: &str) -> Result<(V2, Report), Error> {
        self.upgrade_with(upgrader, Some(id))
    }

    pub(super) fn upgrade_with(
        &self,
        upgrader: &Upgrader,
        id: Option<&str>,
    ) -> Result<(V2, Report), Error> {
        let mut out = Vec::new();
        let report = upgrader.record(&self.to_json(), id, &mut out)?;
        Ok((V2::written(&out)?, report))
    }
}

impl Serialize for V1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Only from serde_json, which alone can hand over numbers as they were written.
impl<'de> Deserialize<'de> for V1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_slice(Record::json(deserializer)?.get().as_bytes())
            .map_err(serde::de::Error::custom)
    }
}
