//! Whether a v1 and a v2 payload say the same.

use super::tags::CONTRIBUTION;
use super::{Difference, Limits, Policy};
use crate::payload::convert::Input;
use crate::payload::equivalence;
use crate::version::Version;

/// Compares the records that a service would store for a v1 and a v2 payload, with [`Policy::Unknowns`] and
/// without an id: `@id` counts only if both payloads have one. [`Comparer`] takes both.
///
/// Spelling does not count (`"caf\u00e9"` is `"café"`, `true` is `"yes"` where a tag takes both, null is absent);
/// numbers are compared by their text (`51.50` is not `51.5`), nested values byte for byte.
///
/// # Errors
/// All differences, by JSON pointer. A payload with an error, other than a missing member, differs there.
pub fn compare(v1: &[u8], v2: &[u8]) -> Result<(), Vec<Difference>> {
    Comparer::new().compare(v1, v2)
}

/// Compares with an id, a policy and limits.
#[derive(Clone, Copy, Debug)]
pub struct Comparer<'a> {
    id: Option<&'a str>,
    policy: Policy,
    limits: (Limits, Limits),
}

impl Default for Comparer<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Comparer<'a> {
    /// No id, [`Policy::Unknowns`], each version's default limits.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            id: None,
            policy: Policy::Unknowns,
            limits: (Limits::V1, Limits::V2),
        }
    }

    /// The contribution id that the v1 payload came with.
    #[must_use]
    pub const fn id(self, id: &'a str) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// What stands in for what the v1 payload does not have.
    #[must_use]
    pub const fn policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// How large the payloads may be.
    #[must_use]
    pub const fn limits(self, v1: Limits, v2: Limits) -> Self {
        Self {
            limits: (v1, v2),
            ..self
        }
    }

    /// As [`compare`].
    ///
    /// # Errors
    /// As [`compare`].
    pub fn compare(&self, v1: &[u8], v2: &[u8]) -> Result<(), Vec<Difference>> {
        let (policy, limits) = (self.policy, &self.limits);
        let v1 = Input {
            version: Version::V1,
            bytes: v1,
            limits: &limits.0,
            id: self.id,
            policy,
        };
        let v2 = Input {
            version: Version::V2,
            bytes: v2,
            limits: &limits.1,
            id: None,
            policy,
        };
        equivalence::compare(&CONTRIBUTION, &v1, &v2)
    }
}

/// Asserts that a v1 and a v2 payload say the same, for the tests of services that have both.
///
/// Takes anything that is `AsRef<[u8]>`, and optionally the contribution's id. Panics with all differences, one a
/// line.
///
/// ```
/// cutover::assert_equivalent!(
///     r#"{"lat":51.5,"lng":-0.1,"accessible":true}"#,
///     r#"{"@id":"node/1","amenity":"toilets","lat":51.5,"lng":-0.1,"wheelchair":"yes","access":"unknown",
///         "opening_hours":"unknown","fee":false}"#,
/// );
/// ```
#[macro_export]
macro_rules! assert_equivalent {
    ($v1:expr, $v2:expr $(,)?) => {
        $crate::assert_equivalent!(@ $crate::contribution::equivalence::Comparer::new(), $v1, $v2)
    };
    ($v1:expr, $v2:expr, id = $id:expr $(,)?) => {
        $crate::assert_equivalent!(@ $crate::contribution::equivalence::Comparer::new().id($id), $v1, $v2)
    };
    (@ $comparer:expr, $v1:expr, $v2:expr) => {
        if let ::core::result::Result::Err(differences) =
            $comparer.compare(::core::convert::AsRef::<[u8]>::as_ref(&$v1), ::core::convert::AsRef::<[u8]>::as_ref(&$v2))
        {
            let lines: ::std::vec::Vec<::std::string::String> =
                differences.iter().map(|difference| ::std::format!("  {difference}")).collect();
            ::core::panic!("the payloads are not equivalent:\n{}", lines.join("\n"));
        }
    };
}
