//! Who sent a request: what the guard counts once, and what logs may say of it.

use std::fmt;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::submission::ContributionId;

/// The longest principal, in bytes.
const MOST_BYTES: usize = 1_024;
/// The shortest key, in bytes.
const KEY_MIN: usize = 16;

/// Who sent a request: an account, API key or network that the gateway names in a header, else the contribution id. Its
/// bytes are what the guard counts by; they are somebody's name, so logs have the [hash](Self::hash) alone.
#[derive(Clone)]
pub struct Principal {
    name: Arc<str>,
    hash: PrincipalHash,
    is_id: bool,
}

impl Principal {
    /// What logs may say of it.
    #[must_use]
    pub fn hash(&self) -> PrincipalHash {
        self.hash
    }

    /// Whether it is the contribution id, as the request named no other.
    #[must_use]
    pub fn is_id(&self) -> bool {
        self.is_id
    }
}

impl AsRef<[u8]> for Principal {
    fn as_ref(&self) -> &[u8] {
        self.name.as_bytes()
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal")
            .field("hash", &self.hash)
            .field("is_id", &self.is_id)
            .finish_non_exhaustive()
    }
}

/// A principal without its name: 16 hex digits, the same for the same principal under the same key.
///
/// They are the first 64 bits of SHA-256 over a secret key and the name. XXH3, which the guard counts by, would be faster and
/// no secret: whoever knows the hash of one name of their own can compute its seed, and then try out everybody's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PrincipalHash(u64);

impl PrincipalHash {
    /// As a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for PrincipalHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for PrincipalHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where principals are found, and the key that they are hashed with.
pub struct Principals {
    header: Option<HeaderName>,
    key: [u8; 32],
}

/// The key is too short.
#[derive(Debug, thiserror::Error)]
#[error(
    "CUTOVER_PRINCIPAL_KEY is too short: set it to at least {KEY_MIN} random characters, or unset it"
)]
pub struct ShortKey;

impl Principals {
    /// Principals from this header, if any. Without a key one is made up: the same principal has another hash after a restart,
    /// and at another instance.
    ///
    /// # Errors
    /// [`ShortKey`].
    pub fn new(header: Option<HeaderName>, key: Option<&str>) -> Result<Self, ShortKey> {
        let mut hash = Sha256::new();
        match key {
            Some(key) if key.len() < KEY_MIN => return Err(ShortKey),
            Some(key) => hash.update(key),
            // From the system's random numbers, 122 bits each.
            None => [Uuid::new_v4(), Uuid::new_v4()]
                .iter()
                .for_each(|part| hash.update(part)),
        }
        Ok(Self {
            header,
            key: hash.finalize().into(),
        })
    }

    /// The header that names them, if any.
    #[must_use]
    pub fn header(&self) -> Option<&HeaderName> {
        self.header.as_ref()
    }

    /// The principal of a request with these headers. The id, when the header isn't there once, is empty, has more than 1,024
    /// bytes, or isn't UTF-8.
    #[must_use]
    pub fn of(&self, headers: &HeaderMap, id: &ContributionId) -> Principal {
        let named = self
            .header
            .as_ref()
            .and_then(|header| named(headers, header));
        let is_id = named.is_none();
        let name = named.map_or_else(|| id.text(), Arc::from);
        Principal {
            hash: self.hash(&name),
            name,
            is_id,
        }
    }

    /// What the database's log says of a contribution id: it is the client's word, and may be somebody's name.
    #[must_use]
    pub fn hash_of(&self, id: &ContributionId) -> PrincipalHash {
        self.hash(id.as_str())
    }

    fn hash(&self, name: &str) -> PrincipalHash {
        // The key comes first and has one length, and only a part of the hash goes out: so it is a MAC.
        let hash = Sha256::new().chain_update(self.key).chain_update(name);
        let mut first = [0; 8];
        first.copy_from_slice(&hash.finalize()[..8]);
        PrincipalHash(u64::from_be_bytes(first))
    }
}

fn named<'a>(headers: &'a HeaderMap, header: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(header).iter();
    let value = std::str::from_utf8(values.next()?.as_bytes()).ok()?.trim();
    let is_one = values.next().is_none() && (1..=MOST_BYTES).contains(&value.len());
    is_one.then_some(value)
}

impl fmt::Debug for Principals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principals")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const KEY: &str = "a key of 23 characters!";

    fn principals(key: Option<&str>) -> Principals {
        Principals::new(Some(HeaderName::from_static("x-account")), key).unwrap()
    }

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let value = |value: &&[u8]| HeaderValue::from_bytes(value).unwrap();
        let header = HeaderName::from_static("x-account");
        values
            .iter()
            .map(|bytes| (header.clone(), value(bytes)))
            .collect()
    }

    fn named(values: &[&[u8]]) -> String {
        let id = ContributionId::of(&HeaderMap::new()).unwrap();
        let principal = principals(None).of(&headers(values), &id);
        assert_eq!(principal.is_id(), principal.as_ref() == id.as_ref());
        if principal.is_id() {
            return String::from("the id");
        }
        String::from_utf8(principal.as_ref().to_vec()).unwrap()
    }

    #[test]
    fn the_header_names_the_principal_and_anything_odd_leaves_it_to_the_id() {
        assert_eq!(named(&[b"ana"]), "ana");
        assert_eq!(named(&[b" ana\t"]), "ana");
        assert_eq!(named(&["é".as_bytes()]), "é");
        assert_eq!(named(&[&[b'a'; 1_024]]), "a".repeat(1_024));
        for odd in [
            &[][..],
            &[b"".as_slice()],
            &[b" \t"],
            &[&[b'a'; 1_025]],
            &[b"\xff\xfe"],
            &[b"ana", b"ben"],
            &[b"ana", b"ana"],
        ] {
            assert_eq!(named(odd), "the id", "{odd:?}");
        }
    }

    #[test]
    fn without_a_header_of_that_name_everyone_is_known_by_the_id() {
        let id = ContributionId::of(&HeaderMap::new()).unwrap();
        let by_id = Principals::new(None, None).unwrap();
        let principal = by_id.of(&headers(&[b"ana"]), &id);
        assert!(principal.is_id());
        assert_eq!(principal.as_ref(), id.as_ref());
    }

    /// Computed by `printf '%s' "$KEY" | sha256sum`, and that in binary, followed by `ana`, once more.
    #[test]
    fn the_hash_is_of_the_key_and_the_name() {
        let of = |principals: &Principals, name: &str| principals.hash(name).to_string();
        let (one, other) = (
            principals(Some(KEY)),
            principals(Some("another key of mine")),
        );
        assert_eq!(of(&one, "ana"), "0c5b930dc67f467a");
        assert_ne!(of(&one, "ana"), of(&one, "ben"));
        assert_ne!(of(&one, "ana"), of(&other, "ana"));
        // Each process makes up its own.
        assert_ne!(of(&principals(None), "ana"), of(&principals(None), "ana"));
        assert!(Principals::new(None, Some("15 characters..")).is_err());
    }

    #[test]
    fn nothing_that_is_printed_for_debugging_has_the_name_or_the_key() {
        let principals = principals(Some(KEY));
        let id = ContributionId::of(&HeaderMap::new()).unwrap();
        let printed = format!(
            "{principals:?} {:?}",
            principals.of(&headers(&[b"ana"]), &id)
        );
        assert!(
            !printed.contains("ana") && !printed.contains("key of"),
            "{printed}"
        );
    }
}
