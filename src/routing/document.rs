//! The rollout as a JSON document: strict to read, so that a typing error can't become a rollout of its own.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeStruct, Serializer};
use serde_json::value::RawValue;

use super::pins::{MOST_BYTES, Pinned};
use super::rollout::Rollout;
use super::share::Share;
use crate::error::{Error, ErrorKind};
use crate::version::Version;

const MEMBERS: [&str; 9] = [
    "name",
    "revision",
    "share",
    "salt",
    "force",
    "allow_requested",
    "shadow",
    "pins",
    "releases_brake",
];

impl Rollout {
    /// Reads a rollout document: UTF-8 JSON of at most 256 MiB, which is room for 1,000,000 pins of 250 bytes each.
    ///
    /// Only `name` and `share` are required. `salt`, `force` and `releases_brake` may be null, which is as if absent.
    /// Allocates no more than the pinned ids, about 32 bytes for each, and the strings of the other members.
    ///
    /// # Errors
    /// [`ErrorKind::Document`] for anything that the format does not ask for: unknown or repeated members, a value of
    /// another type or out of its range, an id pinned to both versions. [`Error::path`] points at the value.
    pub fn from_json(document: &[u8]) -> Result<Self, Error> {
        if document.len() > MOST_BYTES {
            return Err(too_large());
        }
        let text = std::str::from_utf8(document)
            .map_err(|error| fault("", "the document is not UTF-8").with_source(error))?;

        let mut found: [Option<&RawValue>; MEMBERS.len()] = [None; MEMBERS.len()];
        members(text, "", &MEMBERS, &mut found)?;
        let [
            name,
            revision,
            share,
            salt,
            force,
            allow_requested,
            shadow,
            pins,
            releases_brake,
        ] = found.map(|value| value.map(RawValue::get));

        let name = required(name, "/name")?;
        let share = required(share, "/share")?;
        let mut builder = Self::builder(string(name, "/name")?, read_share(share, "/share")?);
        if let Some(text) = revision {
            builder = builder.revision(whole_number(text, "/revision")?);
        }
        if let Some(text) = salt.filter(not_null) {
            builder = builder.salt(string(text, "/salt")?);
        }
        if let Some(text) = force.filter(not_null) {
            builder = builder.force(version(text, "/force")?);
        }
        if let Some(text) = allow_requested {
            builder = builder.allow_requested(boolean(text, "/allow_requested")?);
        }
        if let Some(text) = shadow {
            builder = builder.shadow(read_share(text, "/shadow")?);
        }
        if let Some(text) = releases_brake.filter(not_null) {
            builder = builder.releases_brake(whole_number(text, "/releases_brake")?);
        }
        if let Some(text) = pins {
            builder = builder.pins(read_pins(text)?);
        }
        builder.build()
    }

    /// Writes the document, in one line and with every member; [`Rollout::from_json`] reads it back as it was.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Strings, numbers and maps with text keys: there is nothing in it that JSON can't say.
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Serialize for Rollout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let pinned = |to: Version| {
            let mut ids: Vec<&str> = self
                .pins()
                .filter(|(_, version)| *version == to)
                .map(|(id, _)| id)
                .collect();
            ids.sort_unstable();
            ids
        };
        #[derive(serde::Serialize)]
        struct Pins<'a> {
            v1: Vec<&'a str>,
            v2: Vec<&'a str>,
        }
        let mut document = serializer.serialize_struct("Rollout", MEMBERS.len())?;
        document.serialize_field("name", self.name())?;
        document.serialize_field("revision", &self.revision())?;
        document.serialize_field("share", &self.share())?;
        document.serialize_field("salt", &self.own_salt())?;
        document.serialize_field("force", &self.force())?;
        document.serialize_field("allow_requested", &self.allow_requested())?;
        document.serialize_field("shadow", &self.shadow())?;
        let pins = Pins {
            v1: pinned(Version::V1),
            v2: pinned(Version::V2),
        };
        document.serialize_field("pins", &pins)?;
        document.serialize_field("releases_brake", &self.releases_brake())?;
        document.end()
    }
}

/// A document of more than [`MOST_BYTES`].
pub(crate) fn too_large() -> Error {
    fault("", "the document is larger than 256 MiB: pin fewer ids")
}

fn fault(path: &str, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Document, path, message)
}

fn required<'a>(value: Option<&'a str>, path: &str) -> Result<&'a str, Error> {
    value.ok_or_else(|| {
        fault(
            path,
            format!("{} is missing: a rollout needs it", &path[1..]),
        )
    })
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn not_null(text: &&str) -> bool {
    *text != "null"
}

fn string(text: &str, path: &str) -> Result<String, Error> {
    serde_json::from_str(text)
        .map_err(|error| fault(path, format!("{} must be a string", leaf(path))).with_source(error))
}

fn read_share(text: &str, path: &str) -> Result<Share, Error> {
    let share = string(text, path).map_err(|error| {
        let leaf = leaf(path);
        let message = format!("{leaf} must be a string such as \"10%\" or \"100000ppm\"");
        fault(path, message).with_source(error)
    })?;
    (share.parse()).map_err(|error: Error| fault(path, error.to_string()).with_source(error))
}

fn version(text: &str, path: &str) -> Result<Version, Error> {
    string(text, path)
        .and_then(|version| version.parse())
        .map_err(|error| {
            fault(
                path,
                format!("{} must be \"v1\", \"v2\" or null", leaf(path)),
            )
            .with_source(error)
        })
}

fn whole_number(text: &str, path: &str) -> Result<u32, Error> {
    text.parse().map_err(|_| {
        fault(
            path,
            format!("{} must be a whole number from 0 to 4294967295", leaf(path)),
        )
    })
}

fn boolean(text: &str, path: &str) -> Result<bool, Error> {
    text.parse()
        .map_err(|_| fault(path, format!("{} must be true or false", leaf(path))))
}

fn leaf(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn read_pins(text: &str) -> Result<Pinned, Error> {
    let names = ["v1", "v2"];
    let mut found = [None; 2];
    members(text, "/pins", &names, &mut found)?;
    let mut pins = Pinned::default();
    for (list, version) in found.into_iter().zip([Version::V1, Version::V2]) {
        if let Some(list) = list {
            let mut fault = None;
            let mut json = serde_json::Deserializer::from_str(list.get());
            let ids = Ids {
                pins: &mut pins,
                version,
                fault: &mut fault,
            };
            if let Err(error) = ids.deserialize(&mut json) {
                let path = format!("/pins/{version}");
                let message = format!("{version} must be a list of ids, each a string");
                return Err(fault.unwrap_or_else(|| self::fault(&path, message).with_source(error)));
            }
        }
    }
    Ok(pins)
}

/// Splits an object into its known members. Stops at the first that is unknown or repeated, so what it keeps is bounded.
fn members<'a, const N: usize>(
    text: &'a str,
    path: &str,
    names: &[&str; N],
    found: &mut [Option<&'a RawValue>; N],
) -> Result<(), Error> {
    let mut fault = None;
    let mut json = serde_json::Deserializer::from_str(text);
    let members = Members {
        path,
        names,
        found,
        fault: &mut fault,
    };
    let read = members.deserialize(&mut json).and_then(|()| json.end());
    let Err(error) = read else { return Ok(()) };
    Err(fault.unwrap_or_else(|| {
        let message = if error.is_data() {
            match path {
                "" => "a rollout document must be a JSON object".to_owned(),
                _ => format!("{} must be an object with v1 and v2", leaf(path)),
            }
        } else {
            format!("the document is not JSON: {error}")
        };
        self::fault(path, message).with_source(error)
    }))
}

struct Members<'m, 'a, const N: usize> {
    path: &'m str,
    names: &'m [&'m str; N],
    found: &'m mut [Option<&'a RawValue>; N],
    fault: &'m mut Option<Error>,
}

impl<'a, const N: usize> DeserializeSeed<'a> for Members<'_, 'a, N> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a, const N: usize> Visitor<'a> for Members<'_, 'a, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let known = self.names.iter().position(|known| *known == name);
            let slot = known.and_then(|at| self.found.get_mut(at));
            let complaint = match slot {
                Some(slot) if slot.is_none() => {
                    *slot = Some(map.next_value()?);
                    continue;
                }
                Some(_) => format!("{name} is there twice: keep one"),
                None => format!("no such member: a rollout has {}", self.names.join(", ")),
            };
            let short: String = name.chars().take(64).collect();
            let path = format!(
                "{}/{}",
                self.path,
                short.replace('~', "~0").replace('/', "~1")
            );
            *self.fault = Some(fault(&path, complaint));
            return Err(serde::de::Error::custom("refused"));
        }
        Ok(())
    }
}

struct Ids<'m> {
    pins: &'m mut Pinned,
    version: Version,
    fault: &'m mut Option<Error>,
}

impl<'a> DeserializeSeed<'a> for Ids<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'a> Visitor<'a> for Ids<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of ids")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut list: A) -> Result<(), A::Error> {
        for index in 0usize.. {
            let id = match list.next_element::<String>() {
                Ok(Some(id)) => id,
                Ok(None) => break,
                Err(error) => {
                    let path = format!("/pins/{}/{index}", self.version);
                    *self.fault = Some(fault(&path, "a pinned id must be a string"));
                    return Err(error);
                }
            };
            if let Err(fault) = self.pins.push(&id, self.version) {
                *self.fault = Some(fault);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}
