//! Names of an object's members.

use std::collections::HashSet;

use super::tape::Value;

/// Calls `found` with each further copy of a name.
pub(crate) fn duplicates<'t>(object: Value<'t>, mut found: impl FnMut(Value<'t>)) {
    let mut seen = HashSet::new();
    for (key, _) in object.members() {
        if !seen.insert(key.string().unwrap_or_default()) {
            found(key);
        }
    }
}
