//! Shadows whose answers are payloads: compared by what they say, whatever version says it.

use super::{Shadow, ShadowBuilder, Side};
use crate::contribution::{self, equivalence::Comparer};
use crate::contribution::{Assumed, Difference};
use crate::mapping::{self, Call, Error, Mapping};
use crate::version::Version;

impl Shadow<Vec<u8>> {
    /// Sets up a shadow whose answers are documents of a mapping, v1's of its `from` and v2's of its `to`: compared by
    /// [`Mapping::compare_sides`], with the request's id as the document's and this context in each call.
    ///
    /// A document that is refused differs at the pointers that it is refused for.
    pub fn of_mapping(mapping: Mapping, context: Vec<(String, String)>) -> ShadowBuilder<Vec<u8>> {
        Self::builder(move |id, one, two| {
            let named = context.iter();
            let call = named.fold(Call::new().id(id), |call, (name, value)| {
                call.context(name, value)
            });
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

    /// Sets up a shadow whose answers are contributions, v1's in v1's shape and v2's in v2's: compared by
    /// [`contribution::equivalence`], with the id as the contribution's.
    pub fn of_contributions() -> ShadowBuilder<Vec<u8>> {
        Self::builder(contributions)
    }
}

/// Compares what two versions, or one version twice, say about a contribution. A comparison is of v1 with v2, so of two
/// answers of one version the one is brought to the other version first, which changes no record.
fn contributions(id: &str, one: Side<'_, Vec<u8>>, two: Side<'_, Vec<u8>>) -> Vec<String> {
    let mut moved = Vec::new();
    let compared = match (one.version, two.version) {
        (Version::V1, Version::V2) => Ok((&one.answer[..], &two.answer[..])),
        (Version::V2, Version::V1) => Ok((&two.answer[..], &one.answer[..])),
        (Version::V1, Version::V1) => {
            contribution::upgrade(two.answer, id, &mut moved).map(|_| (&one.answer[..], &moved[..]))
        }
        (Version::V2, Version::V2) => {
            contribution::downgrade(one.answer, Assumed::default(), &mut moved)
                .map(|_| (&moved[..], &two.answer[..]))
        }
    };
    match compared {
        Err(refused) => vec![refused.path().to_owned()],
        Ok((v1, v2)) => match Comparer::new().id(id).compare(v1, v2) {
            Ok(()) => Vec::new(),
            Err(differences) => differences
                .iter()
                .map(Difference::path)
                .map(str::to_owned)
                .collect(),
        },
    }
}
