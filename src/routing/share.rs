//! How much of the traffic goes to v2: a whole number of parts per million, written `12.5%` or `125000ppm`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bucket::Bucket;
use crate::error::{Error, ErrorKind};

/// A share of all ids, in parts per million: 0 is nobody, 1,000,000 is everybody.
///
/// Written `[0-9]{1,3}(\.[0-9]{1,4})?%` up to 100 % or `[0-9]{1,7}ppm` up to 1,000,000; [`Display`](fmt::Display)
/// writes the percentage. Four decimals of a percent are exactly one part per million, so nothing is ever rounded.
///
/// ```
/// use cutover::Share;
/// let share: Share = "12.5%".parse()?;
/// assert_eq!(share.as_ppm(), 125_000);
/// assert_eq!(share, "125000ppm".parse()?);
/// assert_eq!(share.to_string(), "12.5%");
/// # Ok::<(), cutover::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u32);

impl Share {
    /// Nobody.
    pub const ZERO: Self = Self(0);
    /// Everybody.
    pub const FULL: Self = Self(1_000_000);

    /// A share of so many parts per million; `None` above 1,000,000.
    #[must_use]
    pub const fn ppm(ppm: u32) -> Option<Self> {
        if ppm <= Self::FULL.0 {
            Some(Self(ppm))
        } else {
            None
        }
    }

    /// Parts per million that were a share's before: not checked again on every request.
    pub(crate) const fn of_gate(ppm: u32) -> Self {
        Self(ppm)
    }

    /// The parts per million, 0..=1,000,000.
    #[must_use]
    pub const fn as_ppm(self) -> u32 {
        self.0
    }

    /// Whether ids in this bucket are in the share: `bucket < share`.
    #[must_use]
    pub const fn contains(self, bucket: Bucket) -> bool {
        bucket.get() < self.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / 10_000, self.0 % 10_000);
        if rest == 0 {
            return f.pad(&format!("{whole}%"));
        }
        let decimals = format!("{rest:04}");
        f.pad(&format!("{whole}.{}%", decimals.trim_end_matches('0')))
    }
}

impl FromStr for Share {
    type Err = Error;

    /// # Errors
    /// [`ErrorKind::Share`] for anything but the two forms above.
    fn from_str(text: &str) -> Result<Self, Error> {
        parse(text).ok_or_else(|| Error::new(ErrorKind::Share, "", problem(text)))
    }
}

fn parse(text: &str) -> Option<Share> {
    if let Some(ppm) = text.strip_suffix("ppm") {
        return Share::ppm(digits(ppm, 7)?);
    }
    let percent = text.strip_suffix('%')?;
    let (whole, decimals) = match percent.split_once('.') {
        Some((whole, decimals)) => {
            let scale = [0, 1_000, 100, 10, 1];
            (whole, digits(decimals, 4)? * scale[decimals.len()])
        }
        None => (percent, 0),
    };
    Share::ppm(digits(whole, 3)? * 10_000 + decimals)
}

/// What is wrong with a text that is not a share.
#[cold]
fn problem(text: &str) -> String {
    if parse(&format!("{text}%")).is_some() {
        return format!("a share needs its unit: add %, as in {text}%");
    }
    "not a share: write a percentage up to 100% with at most 4 decimals, such as 12.5%, \
     or parts per million up to 1000000ppm"
        .to_owned()
}

/// One to `most` (at most 7) ASCII digits; `str::parse` alone would also take a sign.
fn digits(text: &str, most: usize) -> Option<u32> {
    if text.len() > most || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

impl Serialize for Share {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl serde::de::Visitor<'_> for Text {
            type Value = Share;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a share such as \"10%\" or \"100000ppm\"")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Share, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}
