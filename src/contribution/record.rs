//! An ordered list of members with the JSON text of their values: what both typed payloads are made of.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::{CONTRIBUTION, Limits, Report};
use crate::error::Error;
use crate::payload::members::{self, Members};
use crate::payload::scan::Shape;
use crate::payload::value::Value;

/// Members in order, further copies included: a typed payload has the same findings as its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    members: Vec<(String, Box<RawValue>)>,
}

impl Record {
    /// # Errors
    /// What stops the scan: no JSON object, or one beyond the limits.
    pub(crate) fn from_slice(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let refused = |findings| {
            Report {
                findings,
                ..Report::default()
            }
            .into_result()
            .map(|_| Self::default())
        };
        let text = match members::text(bytes, limits) {
            Ok(text) => text,
            Err(finding) => return refused(vec![finding]),
        };
        let mut members = Members::new(text);
        if let Err(finding) = members.scan(&CONTRIBUTION, limits) {
            return refused(vec![finding]);
        }
        let mut record = Self::default();
        for span in members.spans() {
            let text = Value::of(members.text, span.value).text;
            // The scan has read it as JSON, so that this can't fail.
            if let Ok(value) = RawValue::from_string(text.to_owned()) {
                record
                    .members
                    .push((members.name(span.key).into_owned(), value));
            }
        }
        Ok(record)
    }

    /// For serde: the object's JSON text, kept as it stands.
    pub(crate) fn json<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Box<RawValue>, D::Error> {
        Box::<RawValue>::deserialize(deserializer)
    }

    pub(crate) fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.members.len()))?;
        for (name, value) in &self.members {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }

    /// As compact JSON.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let mut out = Vec::new();
        out.push(b'{');
        for (at, (name, value)) in self.members.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            crate::payload::json::write_string(name, &mut out);
            out.push(b':');
            out.extend_from_slice(value.get().as_bytes());
        }
        out.push(b'}');
        out
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members
            .iter()
            .map(|(name, value)| (name.as_str(), value.get()))
    }

    /// The JSON text of the first member of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(member, _)| *member == name)
            .map(|(_, value)| value)
    }

    pub(crate) fn set(&mut self, name: &str, value: &serde_json::Value) {
        let Ok(value) = RawValue::from_string(value.to_string()) else {
            return;
        };
        match self.members.iter_mut().find(|(member, _)| member == name) {
            Some((_, place)) => *place = value,
            None => self.members.push((name.to_owned(), value)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.members.retain(|(member, _)| member != name);
    }

    pub(crate) fn text(&self, name: &str) -> Option<Cow<'_, str>> {
        let text = self.get(name).filter(|text| text.starts_with('"'))?;
        Some(
            Value {
                text,
                shape: Shape::String,
                escaped: text.contains('\\'),
            }
            .decoded(),
        )
    }

    pub(crate) fn number(&self, name: &str) -> Option<f64> {
        self.get(name)
            .filter(|text| !text.starts_with('"'))?
            .parse()
            .ok()
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.get(name)?.parse().ok()
    }
}
