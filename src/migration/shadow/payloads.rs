//! Shadows whose answers are documents of a mapping: compared by what they say, whatever version says it.

use super::{Shadow, ShadowBuilder};
use crate::mapping::{self, Call, Error, Mapping};
use crate::version::Version;

impl Shadow<Vec<u8>> {
    /// Sets up a shadow whose answers are documents of a mapping, v1's of its `from` and v2's of its `to`: compared by
    /// [`Mapping::compare_sides`], with the request's id as the document's and this policy and context in each call. The
    /// policy is the definition's first one unless it is given: give the one that your service upgrades with.
    ///
    /// A document that is refused differs at the pointers that it is refused for.
    pub fn of_mapping(
        mapping: Mapping,
        policy: Option<String>,
        context: Vec<(String, String)>,
    ) -> ShadowBuilder<Vec<u8>> {
        Self::builder(move |id, one, two| {
            let mut call = Call::new().id(id);
            if let Some(policy) = &policy {
                call = call.policy(policy);
            }
            for (name, value) in &context {
                call = call.context(name, value);
            }
            let side = |version| match version {
                Version::V1 => mapping::Side::From,
                Version::V2 => mapping::Side::To,
            };
            let (one, two) = (
                (side(one.version), &one.answer[..]),
                (side(two.version), &two.answer[..]),
            );
            match mapping.compare_sides(one, two, &call) {
                Ok(differences) => differences.iter().map(|it| it.path().to_owned()).collect(),
                Err(Error::Rejected(report)) => {
                    report.errors().map(|it| it.path().to_owned()).collect()
                }
                // Whoever sets the shadow up sees at the first answer that a context value is missing.
                Err(_) => vec![String::new()],
            }
        })
    }
}
