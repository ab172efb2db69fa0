//! Two answers about one contribution, of either version, compared: for a shadow.

use super::{Assumed, Difference, downgrade, equivalence::Comparer, upgrade};
use crate::version::Version;

/// Where two answers about the contribution `id` say something else, as JSON pointers; nothing when they are
/// [equivalent](super::equivalence). An answer that is refused differs at the pointer that it is refused for.
///
/// A comparison is of v1 with v2, so of two answers of one version the one is brought to the other version first, which
/// changes no record. A shadow of contributions compares by it:
///
/// ```
/// use cutover::contribution::differences;
/// use cutover::migration::shadow::Shadow;
///
/// let shadow = Shadow::<Vec<u8>>::builder(|id, one, two| {
///     differences(id, (one.version, one.answer), (two.version, two.answer))
/// });
/// # let _ = shadow;
/// ```
#[must_use]
pub fn differences(id: &str, one: (Version, &[u8]), two: (Version, &[u8])) -> Vec<String> {
    let mut moved = Vec::new();
    let compared = match (one.0, two.0) {
        (Version::V1, Version::V2) => Ok((one.1, two.1)),
        (Version::V2, Version::V1) => Ok((two.1, one.1)),
        (Version::V1, Version::V1) => upgrade(two.1, id, &mut moved).map(|_| (one.1, &moved[..])),
        (Version::V2, Version::V2) => {
            downgrade(one.1, Assumed::default(), &mut moved).map(|_| (&moved[..], two.1))
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
