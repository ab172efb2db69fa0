//! Hooks: code for what a table can't say, both directions beside each other.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use smallvec::SmallVec;

use super::call::Call;
use super::chars::chars;
use super::json;
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

    /// The same, decoded into `room` when it is spelled with escapes: only long texts allocate.
    pub(crate) fn string_in<'r>(&self, room: &'r mut SmallVec<[u8; 512]>) -> Option<&'r str>
    where
        't: 'r,
    {
        let node = self.0.node();
        let text = self.0.text();
        let inside = text.get(1..text.len().saturating_sub(1));
        let inside = inside.filter(|_| node.shape == Shape::String)?;
        if !node.escaped {
            return Some(inside);
        }
        for c in chars(inside) {
            room.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
        std::str::from_utf8(room).ok()
    }

    /// Whether it is a string that says this.
    #[must_use]
    pub fn says(&self, what: &str) -> bool {
        self.0.says(what)
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

    /// Whether a number is written with an exponent, as the scan has seen.
    pub(crate) fn has_exponent(&self) -> bool {
        self.0.node().escaped
    }
}

/// What a hook gives: a value for each of its places, and what it has to report.
#[derive(Debug)]
pub struct Outputs<'a> {
    pub(crate) made: &'a mut Vec<u8>,
    /// By place.
    pub(crate) given: &'a mut [Option<Given>],
    pub(crate) findings: &'a mut Vec<Finding>,
}

/// What a hook gives for a place.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Given {
    /// Text in `made`, from begin to end, which may be no JSON.
    Json(u32, u32),
    /// Text in `made` that is sure to be JSON.
    Written(u32, u32),
    /// The value of this number, byte for byte.
    Kept(usize),
}

impl Outputs<'_> {
    /// Fills the `i`-th place with this JSON text; a place that isn't filled is absent. Text that is no JSON makes the output
    /// unreadable: the conversion is refused then. Places that there aren't are ignored.
    pub fn set(&mut self, i: usize, json: &str) {
        self.write(i, Given::Json, |made| {
            made.extend_from_slice(json.as_bytes())
        });
    }

    /// Fills the `i`-th place with a string that says `text`, in minimal escapes.
    pub fn set_string(&mut self, i: usize, text: &str) {
        self.write(i, Given::Written, |made| json::write_string(text, made));
    }

    /// Fills the `i`-th place with a string that says these texts one after another.
    pub fn set_strings(&mut self, i: usize, texts: &[&str]) {
        self.write(i, Given::Written, |made| {
            made.push(b'"');
            texts.iter().for_each(|text| json::write_inside(text, made));
            made.push(b'"');
        });
    }

    /// Leaves the `i`-th place absent after all.
    pub fn leave_out(&mut self, i: usize) {
        if let Some(given) = self.given.get_mut(i) {
            *given = None;
        }
    }

    /// Fills the `i`-th place with `true` or `false`.
    pub fn set_bool(&mut self, i: usize, value: bool) {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.write(i, Given::Written, |made| made.extend_from_slice(text));
    }

    /// Fills the `i`-th place with the hook's `from`-th value, byte for byte; nothing when that is absent. The cheapest.
    pub fn keep(&mut self, i: usize, from: usize) {
        if let Some(given) = self.given.get_mut(i) {
            *given = Some(Given::Kept(from));
        }
    }

    fn write(&mut self, i: usize, given: fn(u32, u32) -> Given, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(place) = self.given.get_mut(i) {
            let start = self.made.len() as u32;
            write(self.made);
            *place = Some(given(start, self.made.len() as u32));
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

    /// The one spelling of the values in `to`, for comparing: what a conversion there and back would give. Left out, they
    /// are compared as they are.
    ///
    /// # Errors
    /// The finding that refuses the document.
    fn settle(
        &self,
        values: &[Option<RawJson<'_>>],
        call: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let _ = call;
        (0..values.len()).for_each(|i| out.keep(i, i));
        Ok(())
    }

    /// Whether an upgrade asks it even when none of its values is there: for a hook that takes something from the call. Its
    /// object must be there.
    fn fills(&self) -> bool {
        false
    }

    /// Whether a result under the name of one of the hook's members takes that member's position. Otherwise all results stand
    /// where the first of the members was.
    fn keeps_places(&self) -> bool {
        false
    }

    /// A promise that the other version's schema accepts what it gives for a valid document, so that the output need not be
    /// judged. The laws test it.
    fn keeps_to_schema(&self) -> bool {
        false
    }

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

    pub(crate) fn get(&self, name: &str) -> Option<&dyn Hook> {
        let found = self.known.iter().find(|(known, _)| known == name);
        found.map(|(_, hook)| &**hook)
    }

    /// A hook's place in the list; the first when there is no such hook, which compiling has refused by then.
    pub(crate) fn index(&self, name: &str) -> u32 {
        self.known
            .iter()
            .position(|(known, _)| known == name)
            .unwrap_or(0) as u32
    }
}

impl fmt::Debug for Hooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.known.iter().map(|(name, _)| name))
            .finish()
    }
}
