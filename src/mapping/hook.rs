//! Hooks: code for what a table can't say, both directions beside each other.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::call::Call;
use super::report::Finding;
use super::tape::{Shape, Value};

/// A value of the document, as JSON text.
#[derive(Clone, Copy, Debug)]
pub struct RawJson<'t>(pub(crate) Value<'t>);

impl<'t> RawJson<'t> {
    /// Its text, as the document spells it.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.0.text()
    }

    /// What a string says; `None` for what is no string.
    #[must_use]
    pub fn string(&self) -> Option<Cow<'t, str>> {
        self.0.string()
    }

    /// A bool; `None` for anything else.
    #[must_use]
    pub fn bool(&self) -> Option<bool> {
        match self.0.shape() {
            Shape::True => Some(true),
            Shape::False => Some(false),
            _ => None,
        }
    }

    /// A number's text; `None` for anything else.
    #[must_use]
    pub fn number(&self) -> Option<&'t str> {
        (self.0.shape() == Shape::Number).then(|| self.0.text())
    }
}

/// What a hook gives: a value for each of its places, and what it has to report.
#[derive(Debug)]
pub struct Outputs<'a> {
    pub(crate) made: &'a mut Vec<u8>,
    /// Begin and end in `made`, by place.
    pub(crate) spans: &'a mut [Option<(u32, u32)>],
    pub(crate) findings: &'a mut Vec<Finding>,
}

impl Outputs<'_> {
    /// Fills the `i`-th place with this JSON text; a place that isn't filled is absent. Text that is no JSON makes the output
    /// unreadable: the conversion is refused then. Places that there aren't are ignored.
    pub fn set(&mut self, i: usize, json: &str) {
        if let Some(span) = self.spans.get_mut(i) {
            let start = self.made.len() as u32;
            self.made.extend_from_slice(json.as_bytes());
            *span = Some((start, self.made.len() as u32));
        }
    }

    /// Adds a finding, such as a loss. An empty path is taken for that of the hook's first value.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Values that a hook accepts, as JSON texts: what generated documents have at its places.
#[derive(Clone, Debug, Default)]
pub struct Samples {
    /// Values of the places in `from`, by place; a `None` is absent.
    pub from: Vec<Vec<Option<String>>>,
    /// Values of the places in `to`.
    pub to: Vec<Vec<Option<String>>>,
}

/// Code for what a table can't say: the values of some places of one object, in both directions.
///
/// Both directions must be pure functions of the values and the call. A refusal is a [`Finding`] of severity error; an empty
/// path in it is taken for that of the hook's first value.
pub trait Hook: Send + Sync {
    /// From the values in `from` to those in `to`.
    ///
    /// # Errors
    /// The finding that refuses the document.
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding>;

    /// From the values in `to` to those in `from`.
    ///
    /// # Errors
    /// The finding that refuses the document.
    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding>;

    /// Values that it takes, for generated documents.
    fn samples(&self) -> Samples {
        Samples::default()
    }
}

/// Hooks by the names under which definitions know them.
#[derive(Clone, Default)]
pub struct Hooks {
    pub(crate) known: Vec<(String, Arc<dyn Hook>)>,
}

impl Hooks {
    /// None.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a hook; the last one of a name counts.
    #[must_use]
    pub fn with(mut self, name: &str, hook: impl Hook + 'static) -> Self {
        self.known.retain(|(known, _)| known != name);
        self.known.push((name.to_owned(), Arc::new(hook)));
        self
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.known.iter().map(|(name, _)| name.clone()).collect()
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.known.iter().map(|(name, _)| name))
            .finish()
    }
}
