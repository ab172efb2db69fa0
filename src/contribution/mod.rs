//! The ContributionForm: a reported public toilet, in v1 and v2, and the way between.

mod answers;
mod built;
mod charge;
mod code;
mod convert;
mod definition;
mod difference;
pub mod equivalence;
mod form;
mod hooks;
mod hours;
mod kind;
mod limits;
mod message;
mod number;
mod policy;
mod record;
mod report;
mod schema;
mod tags;
mod v1;
mod v2;

pub use answers::differences;
use convert::{Input, Way, Write, convert};
pub use definition::mapping;
pub use difference::Difference;
pub use form::{Features, Form, form_to_v1, form_to_v2};
pub use limits::Limits;
pub use policy::Policy;
pub use report::{Assumed, Code, Finding, Report, Severity, Tier, TierCount};
pub use schema::{form_schema, schema};
pub use v1::V1;
pub use v2::V2;

use crate::error::Error;
use crate::mapping::names::Symbols;
use crate::mapping::scan::document;
use crate::mapping::tape::{Node, Shape};
use crate::version::Version;

/// Upgrades a v1 payload to v2 and appends it to `out`.
///
/// `id` is the contribution's id, 1 to 1,024 bytes. Unless the payload has an `@id`, it becomes that: an OSM element
/// (`node/1`, `way/2`, `relation/3`) as it is, any other as `node/temp_<id>`. Missing facts are
/// written as unknown ([`Policy::Unknowns`]); [`Upgrader`] takes another policy and other limits. The same inputs give
/// the same bytes. Linear in the payload; allocates nothing when `out` has room and there is nothing to report.
///
/// # Errors
/// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) when the payload or the id has an error; `out` is as it was
/// given, and [`Report::of`] has all findings.
///
/// ```
/// use cutover::contribution::upgrade;
///
/// let mut v2 = Vec::new();
/// let report = upgrade(br#"{"lat":51.5,"lng":-0.1,"fee":0.5}"#, "way/1", &mut v2)?;
/// assert_eq!(
///     String::from_utf8_lossy(&v2),
///     r#"{"@id":"way/1","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"unknown","access":"unknown","opening_hours":"unknown","fee":true,"charge":"0.50 GBP"}"#
/// );
/// assert!(report.assumed().contains("wheelchair"));
/// # Ok::<(), cutover::Error>(())
/// ```
pub fn upgrade(payload: &[u8], id: &str, out: &mut Vec<u8>) -> Result<Report, Error> {
    Upgrader::new().upgrade(payload, id, out)
}

/// Downgrades a v2 payload to what v1 readers know and appends it to `out`: the way back for records that v2 stored.
///
/// Members keep their order and are renamed in place. `assumed` is what the upgrade's report said
/// ([`Report::assumed`]): those members are left out again as long as they have the value that was filled in. Without
/// it (`Assumed::default()`), what says `unknown` is left out all the same. A payload beyond v1's limits stays so.
///
/// # Errors
/// [`ErrorKind::Rejected`](crate::ErrorKind::Rejected) when v2 refuses the payload; `out` is as it was given.
///
/// ```
/// use cutover::contribution::{downgrade, upgrade};
///
/// let v1 = br#"{"lat":51.5,"lng":-0.1,"hours":"dawn to dusk","fee":0.5}"#;
/// let (mut v2, mut back) = (Vec::new(), Vec::new());
/// let report = upgrade(v1, "way/1", &mut v2)?;
/// downgrade(&v2, report.assumed(), &mut back)?;
/// assert_eq!(
///     String::from_utf8_lossy(&back),
///     r#"{"@id":"way/1","lat":51.5,"lng":-0.1,"hours":"dawn to dusk","fee":0.5}"#
/// );
/// # Ok::<(), cutover::Error>(())
/// ```
pub fn downgrade(payload: &[u8], assumed: Assumed, out: &mut Vec<u8>) -> Result<Report, Error> {
    downgrade_within(payload, assumed, &Limits::V2, out)
}

/// [`downgrade`] within other limits.
///
/// # Errors
/// As [`downgrade`].
pub fn downgrade_within(
    payload: &[u8],
    assumed: Assumed,
    limits: &Limits,
    out: &mut Vec<u8>,
) -> Result<Report, Error> {
    let input = Input {
        assumed,
        ..Input::new(Way::Down, payload, limits)
    };
    convert(&input, Write::Valid, out).into_result()
}

/// The set that [`Assumed::bits`] was taken from, for records that were stored with it.
#[must_use]
pub fn assumed_from_bits(bits: u16) -> Assumed {
    Assumed::of_bits(bits)
}

/// Everything there is to say of a payload of this version, within the version's default limits.
///
/// Never fails: what is wrong with the payload is in the report. Linear in the payload.
#[must_use]
pub fn validate(version: Version, payload: &[u8]) -> Report {
    validate_within(version, payload, &Limits::of(version))
}

/// [`validate`] within other limits.
#[must_use]
pub fn validate_within(version: Version, payload: &[u8], limits: &Limits) -> Report {
    let way = match version {
        Version::V1 => Way::Up,
        Version::V2 => Way::Settle,
    };
    let mut report = convert(
        &Input::new(way, payload, limits),
        Write::Nothing,
        &mut Vec::new(),
    );
    report.assumed = Assumed::default();
    report
}

/// Reads a JSON object.
fn scan<'t>(
    bytes: &'t [u8],
    limits: &Limits,
    nodes: &mut Vec<Node>,
) -> Result<&'t str, crate::mapping::Finding> {
    let text = document(bytes, &limits.of_document(), &Symbols::default(), nodes)?;
    match nodes.first() {
        Some(root) if root.shape == Shape::Object => Ok(text),
        _ => Err(crate::mapping::look::no_object()),
    }
}

/// Upgrades with a policy and limits of its own. Cheap to make and to copy; holds no state between payloads.
#[derive(Clone, Copy, Debug)]
pub struct Upgrader {
    policy: Policy,
    limits: Limits,
}

impl Default for Upgrader {
    fn default() -> Self {
        Self::new()
    }
}

impl Upgrader {
    /// [`Policy::Unknowns`], [`Limits::V1`].
    #[must_use]
    pub const fn new() -> Self {
        Self {
            policy: Policy::Unknowns,
            limits: Limits::V1,
        }
    }

    /// What is written for missing core members.
    #[must_use]
    pub const fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// How large a v1 payload may be. Raise v2's limits along with these.
    #[must_use]
    pub const fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// As [`upgrade`].
    ///
    /// # Errors
    /// As [`upgrade`].
    pub fn upgrade(&self, payload: &[u8], id: &str, out: &mut Vec<u8>) -> Result<Report, Error> {
        self.record(payload, Some(id), out)
    }

    fn record(&self, payload: &[u8], id: Option<&str>, out: &mut Vec<u8>) -> Result<Report, Error> {
        let input = Input {
            id,
            policy: self.policy,
            ..Input::new(Way::Up, payload, &self.limits)
        };
        convert(&input, Write::Valid, out).into_result()
    }
}
