//! Whether a text matches a schema's `pattern`, as far as the checks can tell.

use super::super::schema::pattern::Pattern;

/// `None` when the pattern can't be read.
pub(super) fn matches(pattern: &str, text: &str) -> Option<bool> {
    Pattern::new(pattern).ok().map(|pattern| pattern.is_in(text))
}
