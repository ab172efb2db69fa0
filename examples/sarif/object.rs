//! An object as its members in their order, each value as its text: numbers keep their digits, and what a hook doesn't
//! touch stays as it is.

use std::fmt;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Members in document order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(pub(crate) Vec<(String, String)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((name, value.get().to_owned()));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

impl Object {
    pub(crate) fn of(members: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self(
            members
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        )
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The string that a member is; `None` for what is no string.
    pub(crate) fn string(&self, name: &str) -> Option<String> {
        self.get(name).and_then(string)
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.remove(at).1)
    }

    /// A member that is a string, taken out; what is no string stays.
    pub(crate) fn take_string(&mut self, name: &str) -> Option<String> {
        let text = self.string(name)?;
        self.take(name);
        Some(text)
    }

    /// Appends a member, or replaces its value.
    pub(crate) fn put(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn put_some(&mut self, name: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    /// Gives a member another name and value, where it stands.
    pub(crate) fn turn(
        &mut self,
        name: &str,
        new: &str,
        value: impl FnOnce(&str) -> Option<String>,
    ) {
        if let Some(member) = self.0.iter_mut().find(|(known, _)| known == name)
            && let Some(value) = value(&member.1)
        {
            *member = (new.to_owned(), value);
        }
    }

    pub(crate) fn text(&self) -> String {
        let members = self
            .0
            .iter()
            .map(|(name, value)| format!("{}:{value}", quoted(name)));
        format!("{{{}}}", members.collect::<Vec<_>>().join(","))
    }
}

/// A member, taken out and read.
pub(crate) fn part<T: DeserializeOwned>(
    of: &mut Object,
    name: &str,
) -> Result<Option<T>, serde_json::Error> {
    of.take(name)
        .map(|text| serde_json::from_str(&text))
        .transpose()
}

pub(crate) fn string(text: &str) -> Option<String> {
    serde_json::from_str(text).ok()
}

pub(crate) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

pub(crate) fn list(of: impl IntoIterator<Item = String>) -> String {
    format!("[{}]", of.into_iter().collect::<Vec<_>>().join(","))
}

/// `"x"` → `{"name":"x"}`; what is no string stays.
pub(crate) fn wrap(name: &'static str, text: &str) -> Option<String> {
    string(text).map(|_| Object::of([(name, text.to_owned())]).text())
}

/// `{"name":"x"}` → `"x"`, if that is all there is.
pub(crate) fn unwrap(name: &str, text: &str) -> Option<String> {
    let object: Object = serde_json::from_str(text).ok()?;
    let only = object.0.len() == 1;
    object
        .get(name)
        .filter(|inner| only && string(inner).is_some())
        .map(str::to_owned)
}
