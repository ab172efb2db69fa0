//! One rule, built in Rust.

use serde_json::Value;

use crate::mapping::call::Side;
use crate::mapping::definition::read::json::quoted;
use crate::mapping::definition::write::{Object, array, join, json_type, sorted};
use crate::mapping::definition::{Join, JsonType};

/// One rule, built in Rust; `Rule::new()` leaves a member as it is. Each method is a key of the file's format.
///
/// ```
/// use cutover::mapping::Rule;
///
/// // "vip" = { to = "customer/vip", words = [["yes", true], ["no", false]] }
/// let rule = Rule::new().to("customer/vip").words([("yes", true), ("no", false)]);
/// # let _ = rule;
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Rule {
    single: Object,
    /// Keys that grow member by member, in the order of their first use.
    grown: Vec<(&'static str, Object)>,
}

impl Rule {
    /// A rule without any key.
    pub fn new() -> Self {
        Self::default()
    }

    pub(super) fn json(self) -> String {
        let mut object = self.single;
        for (key, grown) in self.grown {
            object.put(key, &grown.end());
        }
        object.end()
    }

    fn text(mut self, key: &str, text: &str) -> Self {
        self.single.text(key, text);
        self
    }

    fn put(mut self, key: &str, json: &str) -> Self {
        self.single.put(key, json);
        self
    }

    fn grow(mut self, key: &'static str, name: &str, json: &str) -> Self {
        let at = self.grown.iter().position(|(known, _)| *known == key);
        match at.and_then(|at| self.grown.get_mut(at)) {
            Some((_, object)) => object.put(name, json),
            None => {
                let mut object = Object::default();
                object.put(name, json);
                self.grown.push((key, object));
            }
        }
        self
    }

    /// The place in `to`: a path, or `./name` beside the member's own place.
    pub fn to(self, path: &str) -> Self {
        self.text("to", path)
    }

    /// Older places in `from`, read and never written.
    pub fn also<'p>(self, paths: impl IntoIterator<Item = &'p str>) -> Self {
        let paths = array(paths.into_iter().map(quoted));
        self.put("also", &paths)
    }

    /// Which version's place has the value when both are filled.
    pub fn wins(self, side: Side) -> Self {
        self.text("wins", side.as_str())
    }

    /// The other version's name of this member is taken as meant.
    pub fn foreign_keep(self) -> Self {
        self.text("foreign", "keep")
    }

    /// Pairs of values, that of `from` first.
    pub fn words<A: Into<Value>, B: Into<Value>>(
        self,
        pairs: impl IntoIterator<Item = (A, B)>,
    ) -> Self {
        let pairs = pairs
            .into_iter()
            .map(|(from, to)| array([sorted(from.into()), sorted(to.into())].into_iter()));
        let pairs = array(pairs);
        self.put("words", &pairs)
    }

    /// The codec `posix-rfc3339`: seconds since 1970 become a date and time.
    pub fn posix_rfc3339(self) -> Self {
        self.text("codec", "posix-rfc3339")
    }

    /// The codec `scale`: the decimal point moves this many digits to the right.
    pub fn scale(self, by: i32) -> Self {
        self.text("codec", "scale").put("by", &by.to_string())
    }

    /// The codec `integer`: an integral number in plain digits.
    pub fn integer(self) -> Self {
        self.text("codec", "integer")
    }

    /// The codec `number-string`: a number becomes its text.
    pub fn number_string(self) -> Self {
        self.text("codec", "number-string")
    }

    /// The codec `prefix`: this text is put before a string.
    pub fn prefix(self, text: &str) -> Self {
        self.text("codec", "prefix").text("text", text)
    }

    /// The codec `joined`: a string is taken apart at this separator.
    pub fn joined(self, separator: &str) -> Self {
        self.text("codec", "joined").text("separator", separator)
    }

    /// The codec `base64`: base64 becomes the text that it encodes.
    pub fn base64(self) -> Self {
        self.text("codec", "base64")
    }

    /// Code for this value, by the name that it is registered by.
    pub fn hook(self, name: &str) -> Self {
        self.text("hook", name)
    }

    /// A scalar in one version is a list of one in the version of this side.
    pub fn list(self, side: Side) -> Self {
        self.text("list", side.as_str())
    }

    /// The value is the member `value` of that element of a list whose other members are these; `$name` is the call's value.
    pub fn pivot<'n>(
        self,
        value: &str,
        constants: impl IntoIterator<Item = (&'n str, Value)>,
    ) -> Self {
        let mut pivot = Object::default();
        let constants = constants.into_iter().map(|(n, value)| (n, sorted(value)));
        pivot.table("where", constants);
        pivot.text("value", value);
        self.put("pivot", &pivot.end())
    }

    /// An object is a list of entries with these two members.
    pub fn entries(self, key: &str, value: &str) -> Self {
        self.all_entries(key, value, false)
    }

    /// An object is a list of entries whose first member is the list of keys that have the second one's value.
    pub fn entries_grouped(self, key: &str, value: &str) -> Self {
        self.all_entries(key, value, true)
    }

    fn all_entries(self, key: &str, value: &str, grouped: bool) -> Self {
        let mut entries = Object::default();
        entries.text("key", key);
        entries.text("value", value);
        entries.put("grouped", &grouped.to_string());
        self.put("entries", &entries.end())
    }

    /// The value stands at each of these places of one object; back, they are joined.
    pub fn split<'p>(self, places: impl IntoIterator<Item = &'p str>, back: Join) -> Self {
        let places = array(places.into_iter().map(quoted));
        self.put("split", &places).text("join", join(back))
    }

    /// Of an object, only what is under this key: `$name`, a name of the definition's `context`.
    pub fn pick(self, key: &str) -> Self {
        self.text("pick", key)
    }

    /// Elements whose member of this name has one of these values are left out; may be called for several names.
    pub fn without<V: Into<Value>>(self, name: &str, values: impl IntoIterator<Item = V>) -> Self {
        let values = array(values.into_iter().map(|value| sorted(value.into())));
        self.grow("without", name, &values)
    }

    /// For an alternative: this sibling has this value, and is taken away; may be called for several siblings.
    pub fn tag(self, sibling: &str, value: impl Into<Value>) -> Self {
        self.grow("tag", sibling, &sorted(value.into()))
    }

    /// For an alternative: this sibling has this value, and stays; may be called for several siblings.
    pub fn when(self, sibling: &str, value: impl Into<Value>) -> Self {
        self.grow("when", sibling, &sorted(value.into()))
    }

    /// For an alternative, `type` in a file: the value has this JSON type.
    pub fn of_type(self, of: JsonType) -> Self {
        self.text("type", json_type(of))
    }

    /// What stands in `to` when nothing else does.
    pub fn absent(self, value: impl Into<Value>) -> Self {
        let value = sorted(value.into());
        self.put("absent", &value)
    }

    /// What stands in `to` under this policy when nothing else does; may be called for several policies.
    pub fn absent_by(self, policy: &str, value: impl Into<Value>) -> Self {
        self.grow("absent_by", policy, &sorted(value.into()))
    }

    /// What stands in `from` when nothing else does.
    pub fn absent_down(self, value: impl Into<Value>) -> Self {
        let value = sorted(value.into());
        self.put("absent_down", &value)
    }

    /// The member is left out in the other version, for this reason.
    pub fn drop(self, reason: &str) -> Self {
        self.text("drop", reason)
    }

    /// What the rule can lose.
    pub fn lost(self, what: &str) -> Self {
        self.text("lost", what)
    }

    /// Why an upgrade may be refused at this place or below.
    pub fn refuse(self, reason: &str) -> Self {
        self.text("refuse", reason)
    }
}
