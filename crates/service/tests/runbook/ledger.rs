//! A small generator of traffic, and what it knows that the service's figures have to agree with.

use std::collections::{BTreeMap, BTreeSet};

use cutover::{Request, Share, Version};

use crate::common::header;
use crate::world::World;

/// v1 payloads: one that is sound, and some with what is wrong with them.
pub(crate) const SOUND: &str = r#"{"lat":51.50,"lng":-0.1,"fee":0.5}"#;
pub(crate) const WRONG: [(&str, &str); 3] = [
    (r#"{"lng":-0.1}"#, "required lat"),
    (r#"{"lat":91,"lng":-0.1}"#, "out_of_range lat"),
    (r#"{"lat":"x","lng":-0.1}"#, "invalid_type lat"),
];

/// People, each with several contributions. More than the guard needs failures to be sure.
const ACCOUNTS: usize = 150;

/// An attempt of one version to serve a request.
#[derive(Clone, Debug)]
pub(crate) struct Attempt {
    pub(crate) version: &'static str,
    pub(crate) action: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) principal: String,
    pub(crate) codes: Vec<&'static str>,
}

/// Everything that was sent.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    pub(crate) attempts: Vec<Attempt>,
    sent: usize,
}

impl Ledger {
    /// Notes a request that a block of the runbook has sent.
    pub(crate) fn note(
        &mut self,
        version: &'static str,
        action: &'static str,
        reason: &'static str,
        codes: &[&'static str],
    ) {
        self.sent += 1;
        self.attempts.push(Attempt {
            version,
            action,
            reason,
            principal: format!("block-{}", self.sent),
            codes: codes.to_vec(),
        });
    }

    /// Sends so many sound contributions, from people of their own, to whichever version the router says.
    pub(crate) async fn send(&mut self, world: &World, count: usize) {
        for _ in 0..count {
            self.send_one(world, SOUND, None, None).await;
        }
    }

    /// Sends each wrong payload so many times to this version.
    pub(crate) async fn send_wrong(&mut self, world: &World, to: Version, times: usize) {
        for _ in 0..times {
            for (payload, code) in WRONG {
                self.send_one(world, payload, Some(to), Some(code)).await;
            }
        }
    }

    /// Sends so many to v2, which fails them, so that v1 serves them.
    pub(crate) async fn send_failing(&mut self, world: &World, count: usize) {
        world.fault(Share::FULL);
        for _ in 0..count {
            self.send_one(world, SOUND, Some(Version::V2), None).await;
        }
        world.fault(Share::ZERO);
    }

    async fn send_one(
        &mut self,
        world: &World,
        payload: &str,
        to: Option<Version>,
        code: Option<&'static str>,
    ) {
        let id = loop {
            self.sent += 1;
            let id = format!("sent-{}", self.sent);
            let version = world
                .service
                .app
                .router
                .decide(&Request::new(&id))
                .version();
            if to.is_none_or(|to| to == version) {
                break id;
            }
        };
        let account = format!("account-{}", self.sent % ACCOUNTS);
        let sent = world
            .http
            .post(format!("http://{}/api/suggest", world.service.address))
            .header("content-type", "application/json")
            .header("idempotency-key", &id)
            .header("x-account", &account)
            .body(payload.to_owned());
        let answer = sent.send().await.unwrap();
        let status = answer.status().as_u16();
        let version = match header(&answer, "x-api-version") {
            "v1" => "v1",
            "v2" => "v2",
            other => panic!("x-api-version: {other}"),
        };
        let reason = match header(&answer, "x-cutover-reason") {
            "share" => "share",
            "brake" => "brake",
            "fallback" => "fallback",
            other => panic!("x-cutover-reason: {other}"),
        };
        let principal = account;
        if reason == "fallback" {
            self.attempts.push(Attempt {
                version: "v2",
                action: "server_error",
                reason: "share",
                principal: principal.clone(),
                codes: vec!["injected_fault"],
            });
        }
        let (expected, action) = match code {
            None => (201, "submitted"),
            Some(_) => (400, "validation_failed"),
        };
        assert_eq!(status, expected);
        self.attempts.push(Attempt {
            version,
            action,
            reason,
            principal,
            codes: code.into_iter().collect(),
        });
    }

    pub(crate) fn count(&self, is: impl Fn(&Attempt) -> bool) -> usize {
        self.attempts.iter().filter(|&attempt| is(attempt)).count()
    }

    /// How many requests the router's metrics have of a version: a fallback is v2's, and what was sent to v2 directly nobody
    /// decided on.
    pub(crate) fn decided(&self, version: &str, action: Option<&str>) -> usize {
        self.count(|attempt| {
            attempt.version == version
                && !matches!(attempt.reason, "fallback" | "direct")
                && action.is_none_or(|action| attempt.action == action)
        })
    }

    /// By version and code, how often.
    pub(crate) fn codes(&self) -> BTreeMap<(String, String), usize> {
        let mut codes = BTreeMap::new();
        for attempt in &self.attempts {
            for code in &attempt.codes {
                *codes
                    .entry((attempt.version.to_owned(), (*code).to_owned()))
                    .or_default() += 1;
            }
        }
        codes
    }

    /// How many principals there are, and how many of them both versions have served.
    pub(crate) fn principals(&self) -> (usize, usize) {
        let mut seen: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for attempt in &self.attempts {
            seen.entry(&attempt.principal)
                .or_default()
                .insert(attempt.version);
        }
        let both = seen.values().filter(|versions| versions.len() == 2).count();
        (seen.len(), both)
    }
}
