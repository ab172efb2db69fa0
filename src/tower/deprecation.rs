//! What v1's answers say of its end: `Deprecation` (RFC 9745), `Sunset` (RFC 8594), and links to more.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::header::{HeaderMap, HeaderName, HeaderValue, LINK};

use crate::error::{Error, ErrorKind};

const DEPRECATION: HeaderName = HeaderName::from_static("deprecation");
const SUNSET: HeaderName = HeaderName::from_static("sunset");

/// The first second of the year 10000, for which HTTP has no date.
const END: u64 = 253_402_300_800;

/// Tells v1's clients, in each answer of v1, since when it is deprecated and when it will be switched off.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use cutover::tower::Deprecation;
/// # use cutover::tower::CutoverLayer;
///
/// # fn layers(router: cutover::Router, v2: axum::Router) -> Result<(), cutover::Error> {
/// let since = SystemTime::UNIX_EPOCH + Duration::from_secs(1_688_169_599); // 2023-06-30T23:59:59Z
/// let deprecation = Deprecation::since(since)?
///     .sunset(since + Duration::from_secs(365 * 86_400))?
///     .link("https://developer.example.com/v1-to-v2")?;
/// // Deprecation: @1688169599
/// // Sunset: Sat, 29 Jun 2024 23:59:59 GMT
/// // Link: <https://developer.example.com/v1-to-v2>; rel="deprecation"
/// let layer = CutoverLayer::new(router, v2).deprecation(deprecation);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Deprecation {
    since: u64,
    deprecation: HeaderValue,
    sunset: Option<HeaderValue>,
    links: Vec<HeaderValue>,
}

impl Deprecation {
    /// v1 is deprecated since this time, or will be from this time on. Fractions of a second are dropped.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a time before 1970 or after the year 9999.
    pub fn since(time: SystemTime) -> Result<Self, Error> {
        let since = seconds("/deprecation", time)?;
        Ok(Self {
            since,
            deprecation: value("/deprecation", format!("@{since}"))?,
            sunset: None,
            links: Vec::new(),
        })
    }

    /// v1 will probably stop to answer at this time.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a time before the deprecation, or after the year 9999.
    pub fn sunset(mut self, time: SystemTime) -> Result<Self, Error> {
        let at = seconds("/sunset", time)?;
        if at < self.since {
            let message = "the sunset is before the deprecation: RFC 9745 forbids that";
            return Err(Error::new(ErrorKind::Setting, "/sunset", message));
        }
        let time = UNIX_EPOCH + Duration::from_secs(at);
        self.sunset = Some(value("/sunset", httpdate::fmt_http_date(time))?);
        Ok(self)
    }

    /// Where people read about the deprecation and what to do: a URI, in a `Link` header with `rel="deprecation"`.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a text with characters that no URI has.
    pub fn link(self, uri: &str) -> Result<Self, Error> {
        self.linked(uri, "deprecation")
    }

    /// Where people read about the sunset, or about your policy on it: a URI, in a `Link` header with `rel="sunset"`.
    ///
    /// # Errors
    /// [`ErrorKind::Setting`] for a text with characters that no URI has.
    pub fn sunset_link(self, uri: &str) -> Result<Self, Error> {
        self.linked(uri, "sunset")
    }

    fn linked(mut self, uri: &str, relation: &str) -> Result<Self, Error> {
        let is_of_uris = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
        if uri.is_empty() || !uri.bytes().all(is_of_uris) {
            let message = "not a URI: percent-encode spaces, quotes and what is not ASCII";
            return Err(Error::new(ErrorKind::Setting, "/link", message));
        }
        let link = value("/link", format!("<{uri}>; rel=\"{relation}\""))?;
        self.links.push(link);
        Ok(self)
    }

    /// Sets the headers, in place of those that v1 has set itself; links come beside v1's.
    pub(super) fn write(&self, headers: &mut HeaderMap) {
        headers.insert(DEPRECATION, self.deprecation.clone());
        if let Some(sunset) = &self.sunset {
            headers.insert(SUNSET, sunset.clone());
        }
        for link in &self.links {
            headers.append(LINK, link.clone());
        }
    }
}

/// Whole seconds since 1970, for which both headers have a date.
fn seconds(path: &str, time: SystemTime) -> Result<u64, Error> {
    let since = time.duration_since(UNIX_EPOCH).map(|since| since.as_secs());
    since.ok().filter(|&since| since < END).ok_or_else(|| {
        let message = "the time must be in the years 1970 to 9999";
        Error::new(ErrorKind::Setting, path, message)
    })
}

fn value(path: &str, text: String) -> Result<HeaderValue, Error> {
    let refused = "not the value of a header";
    HeaderValue::try_from(text)
        .map_err(|error| Error::new(ErrorKind::Setting, path, refused).with_source(error))
}
