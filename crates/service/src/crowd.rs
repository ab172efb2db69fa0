//! Whether few principals send most requests: then the guard's evidence is about those few.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use axum::http::HeaderName;
use serde::Serialize;
use utoipa::ToSchema;

use crate::principal::Principal;

/// The requests that are looked back at: 128 KiB.
const LAST: usize = 16_384;
/// With fewer requests nothing is said of them.
const FEWEST: usize = 1_000;
/// How many principals are few.
const FEW: usize = 10;
/// The part of the requests that is most of them.
const MOST: f64 = 0.5;
/// Set in an entry whose principal is the contribution id.
const BY_ID: u64 = 1;

/// The principals of the latest requests, by their hashes. Noting one is two atomic operations; whoever asks counts.
#[derive(Debug)]
pub struct Crowd {
    header: Option<HeaderName>,
    latest: Box<[AtomicU64]>,
    noted: AtomicUsize,
}

/// Who sent the latest requests.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Senders {
    /// How many requests were looked at: the last 16,384, or all since the start.
    pub requests: usize,
    /// How many principals sent them.
    pub principals: usize,
    /// The part of them, 0 to 1, that the 10 busiest principals sent.
    pub ten_busiest: f64,
    /// The part of them, 0 to 1, that went by the contribution id, as they named no principal.
    pub by_id: f64,
}

impl Crowd {
    /// Nobody yet. The header is where principals are named.
    #[must_use]
    pub fn new(header: Option<HeaderName>) -> Self {
        Self {
            header,
            latest: (0..LAST).map(|_| AtomicU64::new(0)).collect(),
            noted: AtomicUsize::new(0),
        }
    }

    /// Notes who sent a request.
    pub fn note(&self, principal: &Principal) {
        let entry = principal.hash().get() & !BY_ID | u64::from(principal.is_id());
        let at = self.noted.fetch_add(1, Ordering::Relaxed) % LAST;
        self.latest[at].store(entry, Ordering::Relaxed);
    }

    /// Who sent the latest requests.
    #[must_use]
    pub fn senders(&self) -> Senders {
        let requests = self.noted.load(Ordering::Relaxed).min(LAST);
        let latest = self.latest.iter().take(requests);
        let mut entries: Vec<u64> = latest.map(|entry| entry.load(Ordering::Relaxed)).collect();
        entries.sort_unstable();
        let mut counts: Vec<usize> = entries.chunk_by(PartialEq::eq).map(<[u64]>::len).collect();
        counts.sort_unstable_by(|one, other| other.cmp(one));
        let by_id = entries.iter().filter(|&entry| entry & BY_ID != 0).count();
        let part = |count: usize| count as f64 / requests.max(1) as f64;
        Senders {
            requests,
            principals: counts.len(),
            ten_busiest: part(counts.iter().take(FEW).sum()),
            by_id: part(by_id),
        }
    }

    /// What operators should know of them.
    #[must_use]
    pub fn warnings(&self, senders: &Senders) -> Vec<String> {
        let Senders { requests, .. } = senders;
        let percent = |part: f64| (100.0 * part).round();
        let mut warnings = Vec::new();
        if *requests < FEWEST {
            return warnings;
        }
        if senders.ten_busiest >= MOST {
            warnings.push(format!(
                "the {FEW} busiest principals sent {} % of the last {requests} requests: the guard's evidence is mostly about them",
                percent(senders.ten_busiest)
            ));
        }
        if let Some(header) = self.header.as_ref().filter(|_| senders.by_id >= MOST) {
            warnings.push(format!(
                "{} % of the last {requests} requests had no usable {header}: the guard counts them by contribution id; check that the gateway sets it, once, with 1 to 1024 bytes of UTF-8",
                percent(senders.by_id)
            ));
        }
        warnings
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderMap;

    use super::*;
    use crate::principal::Principals;
    use crate::submission::ContributionId;

    const ACCOUNT: HeaderName = HeaderName::from_static("x-account");

    /// So many requests, of which the n-th is by this account, or by the id.
    fn crowd(requests: usize, account: impl Fn(usize) -> Option<usize>) -> (Senders, Vec<String>) {
        let principals = Principals::new(Some(ACCOUNT), None).unwrap();
        let crowd = Crowd::new(Some(ACCOUNT));
        for n in 0..requests {
            let mut headers = HeaderMap::new();
            if let Some(account) = account(n) {
                headers.insert(ACCOUNT, account.into());
            }
            let id = ContributionId::of(&headers).unwrap();
            crowd.note(&principals.of(&headers, &id));
        }
        let senders = crowd.senders();
        (senders, crowd.warnings(&senders))
    }

    #[test]
    fn a_crowd_of_one_is_told_and_a_healthy_one_is_not() {
        let (one, warnings) = crowd(2_000, |_| Some(7));
        assert_eq!((one.requests, one.principals), (2_000, 1));
        assert_eq!(
            warnings,
            [
                "the 10 busiest principals sent 100 % of the last 2000 requests: the guard's evidence is mostly about them"
            ]
        );
        let (healthy, warnings) = crowd(2_000, |n| Some(n % 500));
        assert_eq!((healthy.principals, healthy.ten_busiest), (500, 0.02));
        assert_eq!(warnings, [""; 0]);
        // With few requests anything looks like few principals.
        assert_eq!(crowd(999, |_| Some(7)).1, [""; 0]);
        assert_eq!(crowd(0, |_| None).0.ten_busiest, 0.0);
    }

    #[test]
    fn ten_that_send_half_are_told_and_a_little_less_is_not() {
        // Ten accounts send so many of 100 requests, and the rest are by one each.
        let busy = |busy: usize| {
            crowd(10_000, move |n| {
                Some(if n % 100 < busy { n % 10 } else { 10 + n })
            })
        };
        assert!(busy(50).1[0].starts_with("the 10 busiest principals sent 50 %"));
        let (senders, warnings) = busy(49);
        assert!((senders.ten_busiest - 0.49).abs() < 1e-9 && warnings.is_empty());
    }

    #[test]
    fn only_the_latest_requests_count() {
        let (senders, warnings) = crowd(LAST + 2_000, |n| Some(if n < 2_000 { 0 } else { n }));
        assert_eq!((senders.requests, senders.principals), (LAST, LAST));
        assert!(warnings.is_empty());
    }

    #[test]
    fn a_header_that_most_requests_lack_is_told() {
        let (senders, warnings) = crowd(1_000, |n| (n % 2 == 0).then_some(n));
        assert_eq!((senders.by_id, senders.principals), (0.5, 1_000));
        assert!(warnings[0].starts_with("50 % of the last 1000 requests had no usable x-account"));
        assert!(crowd(1_000, Some).1.is_empty());
    }
}
