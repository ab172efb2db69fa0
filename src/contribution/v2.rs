//! A v2 payload as a value: valid and in its stored form from the moment it exists.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::convert::{Input, Way, Write, convert};
use super::record::Record;
use super::{Assumed, Limits, Report, Upgrader, V1, downgrade_within};
use crate::error::{Error, ErrorKind};

/// A valid v2 payload in the form in which it is stored: the core first, values in their one spelling, no nulls.
///
/// ```
/// use cutover::contribution::V2;
///
/// let v2 = V2::from_slice(br#"{"@id":"way/1","lat":51.5,"lng":-0.1,"fee":"yes","charge":"50p","wheelchair":"yes",
///     "access":"public","opening_hours":"24/7","amenity":"toilets","note":null}"#)?;
/// assert_eq!((v2.fee(), v2.charge().as_deref(), v2.access().as_ref()), (true, Some("0.50 GBP"), "yes"));
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct V2(Record);

impl V2 {
    /// Validates the bytes of a payload within [`Limits::V2`].
    ///
    /// # Errors
    /// [`ErrorKind::Rejected`] when v2 refuses it; [`Report::of`] has all findings.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(bytes).map(|(v2, _)| v2)
    }

    /// [`from_slice`](V2::from_slice), with the report of a payload that is taken.
    ///
    /// # Errors
    /// As [`from_slice`](V2::from_slice).
    pub fn parse(bytes: &[u8]) -> Result<(Self, Report), Error> {
        let mut out = Vec::new();
        let input = Input::new(Way::Settle, bytes, &Limits::V2);
        let report = convert(&input, Write::Valid, &mut out).into_result()?;
        Ok((Self::written(&out)?, report))
    }

    /// What this crate has written needs no validation.
    pub(super) fn written(record: &[u8]) -> Result<Self, Error> {
        Record::from_slice(record, &Limits::NONE).map(Self)
    }

    /// `@id`: the OSM element (`node/1`) or `node/temp_…` for one that OSM does not have yet.
    #[must_use]
    pub fn id(&self) -> Cow<'_, str> {
        self.core("@id")
    }

    /// Degrees north, -90 to 90, as the nearest f64; [`get`](V2::get) has the digits as they were written.
    #[must_use]
    pub fn lat(&self) -> f64 {
        self.0.number("lat").unwrap_or_default()
    }

    /// Degrees east, -180 to 180, as the nearest f64.
    #[must_use]
    pub fn lng(&self) -> f64 {
        self.0.number("lng").unwrap_or_default()
    }

    /// `yes`, `no`, `limited`, `designated` or `unknown`.
    #[must_use]
    pub fn wheelchair(&self) -> Cow<'_, str> {
        self.core("wheelchair")
    }

    /// `yes`, `permissive`, `customers`, `private`, `permit`, `no` or `unknown`.
    #[must_use]
    pub fn access(&self) -> Cow<'_, str> {
        self.core("access")
    }

    /// OSM opening hours, or any other text of at most 255 characters.
    #[must_use]
    pub fn opening_hours(&self) -> Cow<'_, str> {
        self.core("opening_hours")
    }

    /// Whether it costs something; how much is in [`charge`](V2::charge).
    #[must_use]
    pub fn fee(&self) -> bool {
        self.0.flag("fee").unwrap_or_default()
    }

    /// `<amount> <currency>`, such as `0.50 GBP`, or any other text of at most 255 characters.
    #[must_use]
    pub fn charge(&self) -> Option<Cow<'_, str>> {
        self.text("charge")
    }

    /// The JSON text of a tag.
    #[must_use]
    pub fn get(&self, tag: &str) -> Option<&str> {
        self.0.get(tag)
    }

    /// A tag that is a string, decoded.
    #[must_use]
    pub fn text(&self, tag: &str) -> Option<Cow<'_, str>> {
        self.0.text(tag)
    }

    /// Tags and JSON texts, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter()
    }

    /// As compact JSON.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        self.0.to_json()
    }

    /// Downgrades by the same code as [`downgrade`](super::downgrade).
    ///
    /// # Errors
    /// As [`downgrade`](super::downgrade); a payload that was read by this type is never refused.
    pub fn downgrade(&self, assumed: Assumed) -> Result<V1, Error> {
        let mut out = Vec::new();
        downgrade_within(&self.to_json(), assumed, &Limits::NONE, &mut out)?;
        V1::within(&out, &Limits::NONE)
    }

    fn core(&self, tag: &str) -> Cow<'_, str> {
        self.text(tag).unwrap_or_default()
    }
}

/// With [`Policy::Unknowns`](super::Policy::Unknowns), for payloads that carry their `@id`; [`V1::upgrade`] is for all others.
impl TryFrom<&V1> for V2 {
    type Error = Error;

    fn try_from(v1: &V1) -> Result<Self, Error> {
        if v1.get("@id").is_none_or(|id| id == "null") {
            let message = "required: set it, or upgrade with the contribution's id";
            return Err(Error::new(ErrorKind::Rejected, "/@id", message));
        }
        v1.upgrade_with(&Upgrader::new(), None).map(|(v2, _)| v2)
    }
}

impl Serialize for V2 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Only from serde_json, which alone can hand over numbers as they were written.
impl<'de> Deserialize<'de> for V2 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_slice(Record::json(deserializer)?.get().as_bytes())
            .map_err(serde::de::Error::custom)
    }
}
