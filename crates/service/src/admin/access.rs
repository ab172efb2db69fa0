//! Who may operate the service: whoever has the token; without one, whoever is on this machine and not in its browser.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::answer::Refusal;

/// The shortest token: 16 characters of base64 are 96 bits.
const SHORTEST: usize = 16;

/// What is asked of an operator's request.
#[derive(Clone, Debug)]
pub(crate) struct Access(Option<Token>);

/// A token's hash: two hashes have one length, so that comparing them says nothing about the token's.
#[derive(Clone)]
struct Token([u8; 32]);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    fn of(text: &[u8]) -> Self {
        Self(Sha256::digest(text).into())
    }

    fn is(&self, text: &[u8]) -> bool {
        self.0.ct_eq(&Self::of(text).0).into()
    }
}

impl Access {
    /// What is asked on this address; `None` when others could reach it and there is no token, or a short one.
    #[must_use]
    pub(crate) fn new(address: SocketAddr, token: Option<&str>) -> Option<Self> {
        match token.filter(|token| !token.is_empty()) {
            Some(token) if token.len() >= SHORTEST => Some(Self(Some(Token::of(token.as_bytes())))),
            Some(_) => None,
            None => address.ip().is_loopback().then_some(Self(None)),
        }
    }

    fn allows(&self, headers: &HeaderMap) -> bool {
        match &self.0 {
            Some(token) => bearer(headers).is_some_and(|sent| token.is(sent)),
            // A page in this machine's browser can send requests here, under a name of its own that resolves to loopback.
            None => is_local(headers) && !headers.contains_key(header::ORIGIN),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let (scheme, token) = value.split_at_checked(b"bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"bearer ").then_some(token)
}

fn is_local(headers: &HeaderMap) -> bool {
    let Some(host) = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
    else {
        return false;
    };
    if let Ok(address) = host.parse::<SocketAddr>() {
        return address.ip().is_loopback();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Turns away who may not.
pub(super) async fn check(State(access): State<Access>, request: Request, next: Next) -> Response {
    if access.allows(request.headers()) {
        return next.run(request).await;
    }
    let message = "operators send the token as Authorization: Bearer; without a token, only programs on this machine may ask";
    let mut response =
        Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", message).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::WWW_AUTHENTICATE,
        axum::http::HeaderValue::from_static("Bearer"),
    );
    response
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (name.parse().unwrap(), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    #[test]
    fn beyond_loopback_there_has_to_be_a_token() {
        let access = |address: &str, token| Access::new(address.parse().unwrap(), token);
        assert!(access("127.0.0.1:1", None).is_some() && access("[::1]:1", None).is_some());
        assert!(access("0.0.0.0:1", None).is_none() && access("0.0.0.0:1", Some("")).is_none());
        assert!(access("0.0.0.0:1", Some("short")).is_none());
        assert!(access("0.0.0.0:1", Some(TOKEN)).is_some());
    }

    #[test]
    fn the_token_is_asked_for_and_never_shown() {
        let access = Access::new("127.0.0.1:1".parse().unwrap(), Some(TOKEN)).unwrap();
        assert!(access.allows(&headers(&[("authorization", "Bearer 0123456789abcdef")])));
        assert!(access.allows(&headers(&[("authorization", "bearer 0123456789abcdef")])));
        for bad in [
            "Bearer 0123456789abcdeg",
            "Bearer 0123456789abcdef0",
            "Bearer ",
            "0123456789abcdef",
            "",
        ] {
            assert!(
                !access.allows(&headers(&[("authorization", bad), ("host", "localhost")])),
                "{bad}"
            );
        }
        assert!(!access.allows(&headers(&[("host", "localhost")])));
        assert!(!format!("{access:?}").contains("0123456789"));
    }

    #[test]
    fn without_a_token_only_programs_on_this_machine_are_heard() {
        let access = Access::new("127.0.0.1:1".parse().unwrap(), None).unwrap();
        for good in [
            "localhost",
            "localhost:8081",
            "127.0.0.1:8081",
            "[::1]:8081",
        ] {
            assert!(access.allows(&headers(&[("host", good)])), "{good}");
        }
        for bad in [
            "evil.example:8081",
            "localhost.evil.example",
            "10.0.0.1:8081",
            "",
        ] {
            assert!(!access.allows(&headers(&[("host", bad)])), "{bad}");
        }
        assert!(!access.allows(&headers(&[
            ("host", "localhost"),
            ("origin", "https://evil.example")
        ])));
    }
}
