//! An ordered list of members with the JSON text of their values: what both typed payloads are made of.

use std::borrow::Cow;

use serde::de::{Deserialize, Deserializer};
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::{Limits, Report, scan};
use crate::error::Error;
use crate::mapping::json::write_string;
use crate::mapping::tape::Tape;

/// Members in order, further copies included: a typed payload has the same findings as its bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    members: Vec<(String, Box<RawValue>)>,
}

impl Record {
    /// # Errors
    /// What stops the scan: no JSON object, or one beyond the limits.
    pub(crate) fn from_slice(bytes: &[u8], limits: &Limits) -> Result<Self, Error> {
        let mut nodes = Vec::new();
        let text = match scan(bytes, limits, &mut nodes) {
            Ok(text) => text,
            Err(finding) => {
                return Report::alone(finding)
                    .into_result()
                    .map(|_| Self::default());
            }
        };
        let mut record = Self::default();
        for (key, value) in (Tape {
            text,
            nodes: &nodes,
        })
        .root()
        .members()
        {
            // The scan has read it as JSON, so that this can't fail.
            if let Ok(value) = RawValue::from_string(value.text().to_owned()) {
                let name = key.string().unwrap_or_default();
                record.members.push((name.into_owned(), value));
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
            write_string(name, &mut out);
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
        match text.contains('\\') {
            true => serde_json::from_str(text).ok().map(Cow::Owned),
            false => text.get(1..text.len() - 1).map(Cow::Borrowed),
        }
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
