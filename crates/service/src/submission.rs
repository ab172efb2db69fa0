//! A submission on its way in: media type, id, and a body within the limits, or the refusal that the client gets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::answer::{Refusal, Remark, TierSummary, Validation};
use crate::principal::{Principal, PrincipalHash, Principals};

/// The header that a client names its contribution by.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The longest contribution id, in bytes.
const ID_MAX: usize = 1_024;

/// A contribution id, and where it comes from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ContributionId {
    text: Arc<str>,
    /// Whether the client chose it: then there may be a contribution of this id already.
    pub given: bool,
}

impl ContributionId {
    /// The `Idempotency-Key`, else a new UUIDv7.
    ///
    /// # Errors
    /// 400 when the key is empty, longer than 1,024 bytes, not UTF-8, or there twice.
    pub fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        let mut keys = headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(key) = keys.next() else {
            return Ok(Self {
                text: Uuid::now_v7().to_string().into(),
                given: false,
            });
        };
        let key = std::str::from_utf8(key.as_bytes()).unwrap_or_default();
        if key.is_empty() || key.len() > ID_MAX || keys.next().is_some() {
            return Err(bad_key());
        }
        Ok(Self {
            text: key.into(),
            given: true,
        })
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The id, shared.
    pub(crate) fn text(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }
}

impl AsRef<[u8]> for ContributionId {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

fn bad_key() -> Refusal {
    let message = "Idempotency-Key has to be one header of 1 to 1024 bytes of UTF-8";
    Refusal::invalid(Validation {
        errors: vec![Remark {
            field: String::from("Idempotency-Key"),
            code: String::from("invalid_format"),
            message: message.to_owned(),
            tier: None,
            is_known: false,
        }],
        tier_summary: Some(TierSummary::default()),
        ..Validation::default()
    })
}

/// A submission that has been read: can be cloned, and so be given to the other version.
#[derive(Clone, Debug)]
pub struct Submission {
    /// Its contribution id.
    pub id: ContributionId,
    /// What the database's log says of the id.
    pub id_hash: PrincipalHash,
    /// Who sent it.
    pub principal: Principal,
    /// The payload, as sent.
    pub body: Bytes,
    /// When all of it was there: a client that sends slowly says nothing about a version.
    pub since: Instant,
}

/// The longest that a body may take to arrive, whatever is allowed for answering it: its client holds a connection.
const LONGEST: Duration = Duration::from_secs(5);

/// Reads a submission.
///
/// # Errors
/// 415 for anything but JSON in UTF-8, 413 above the limit, 408 when the body takes longer than `patience` or 5 s, 400 when
/// it breaks off.
pub async fn read(
    request: Request<Body>,
    limit: usize,
    patience: Duration,
    principals: &Principals,
) -> Result<Request<Submission>, Refusal> {
    let id = ContributionId::of(request.headers())?;
    if !is_json(request.headers()) {
        return Err(Refusal::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send JSON in UTF-8, as Content-Type: application/json",
        ));
    }
    let (head, body) = request.into_parts();
    let body = collect(body, limit, patience.min(LONGEST)).await?;
    let submission = Submission {
        principal: principals.of(&head.headers, &id),
        id_hash: principals.hash_of(&id),
        id,
        body,
        since: Instant::now(),
    };
    Ok(Request::from_parts(head, submission))
}

/// A whole body, in one buffer: a client may send each byte as a chunk of its own, and kept as they come, 64 KiB of them
/// take 4 MB.
///
/// # Errors
/// 413 above the limit, 408 when it takes longer than `patience`, 400 when it breaks off.
pub(crate) async fn collect(
    body: Body,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Refusal> {
    // What says that it is too long need not be read at all.
    if axum::body::HttpBody::size_hint(&body).lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let mut body = Limited::new(body, limit);
    let read = async {
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| {
                if error.is::<LengthLimitError>() {
                    return too_large(limit);
                }
                let message = "the body broke off: send it again";
                Refusal::new(StatusCode::BAD_REQUEST, "body_incomplete", message)
            })?;
            // Trailers mean nothing here.
            if let Ok(data) = frame.into_data() {
                bytes.extend_from_slice(&data);
            }
        }
        Ok(bytes.into())
    };
    tokio::time::timeout(patience, read)
        .await
        .unwrap_or_else(|_| {
            let message = "the body did not arrive in time: send it again";
            Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "body_timeout",
                message,
            ))
        })
}

/// 413.
pub fn too_large(limit: usize) -> Refusal {
    let message = format!("the payload has more than {limit} bytes");
    Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
}

/// `application/json`, with no charset or that of JSON.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return false;
    };
    let Ok(value) = value.to_str() else {
        return false;
    };
    let mut parts = value.split(';').map(str::trim);
    parts
        .next()
        .is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"))
        && parts.all(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            !name.trim().eq_ignore_ascii_case("charset")
                || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        })
}

/// What two requests under one id have to share to be one contribution: where they were sent to, and the body's bytes.
#[must_use]
pub fn fingerprint(path: &str, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(path);
    hash.update([b'\n']);
    hash.update(body);
    hash.finalize()
        .iter()
        .fold(String::with_capacity(64), |mut hex, byte| {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
            hex
        })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: &'static str, values: &[&[u8]]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    #[test]
    fn json_in_utf_8_and_nothing_else() {
        let media = |value: &str| is_json(&headers("content-type", &[value.as_bytes()]));
        assert!(media("application/json"));
        assert!(media("Application/JSON; charset=UTF-8"));
        assert!(media("application/json;charset=\"utf-8\""));
        assert!(media("application/json; profile=x"));
        assert!(!media("application/json; charset=latin1"));
        assert!(!media("application/jsonx"));
        assert!(!media("text/json"));
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn a_key_is_the_id_and_a_bad_one_is_refused() {
        let of = |values: &[&[u8]]| ContributionId::of(&headers(IDEMPOTENCY_KEY, values));
        let id = of(&[b"way/1"]).unwrap();
        assert_eq!((id.as_str(), id.given), ("way/1", true));
        assert_eq!(of(&["é".as_bytes()]).unwrap().as_str(), "é");
        for bad in [
            &[b"".as_slice()][..],
            &[&[b'a'; 1_025]],
            &[b"\xff"],
            &[b"a", b"a"],
        ] {
            assert_eq!(of(bad).unwrap_err().status(), StatusCode::BAD_REQUEST);
        }
        let (one, two) = (of(&[]).unwrap(), of(&[]).unwrap());
        assert!(!one.given && one.as_str().len() == 36 && one.as_str() < two.as_str());
    }

    #[test]
    fn where_it_was_sent_is_in_the_fingerprint() {
        assert_eq!(fingerprint("/a", b"x"), fingerprint("/a", b"x"));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/b", b"x"));
        assert_ne!(fingerprint("/a", b"x"), fingerprint("/a", b"y"));
        assert_eq!(fingerprint("", b"").len(), 64);
    }
}
