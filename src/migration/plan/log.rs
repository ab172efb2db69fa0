//! The decision log: one entry a line, each with the hash of the line before, so that a change shows.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::Plan;
use super::gate::GateStatus;
use super::head::Anchor;
use crate::error::{Error, ErrorKind};

/// More than ten thousand decisions.
pub(super) const MOST_BYTES: u64 = 16 << 20;

/// One decision.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Entry {
    /// Counts the decisions, from 1.
    pub n: u64,
    /// When, in milliseconds since 1970.
    pub at_unix_ms: u64,
    /// Who decided.
    pub who: String,
    /// The phase before; `None` for the beginning.
    pub from: Option<String>,
    /// The phase from then on.
    pub to: String,
    /// Why, in the words of who decided.
    pub why: String,
    /// What was known: `{"figures", "gates", "approval", "damage"}`; null for the beginning. `damage` is there when the log
    /// before this entry was found damaged.
    pub evidence: Option<Box<RawValue>>,
    /// SHA-256 of the line before, in hexadecimal; of the plan's name for the first.
    pub prev: String,
}

/// What an entry's evidence has to say about whether the plan allows its step.
#[derive(Default, Deserialize)]
struct Grounds {
    #[serde(default)]
    gates: Vec<Passed>,
    damage: Option<String>,
}

#[derive(Deserialize)]
struct Passed {
    /// `says` in entries of versions before 0.1.
    #[serde(alias = "says")]
    status: GateStatus,
}

impl Entry {
    fn grounds(&self) -> Grounds {
        match &self.evidence {
            Some(evidence) => serde_json::from_str(evidence.get()).unwrap_or_default(),
            None => Grounds::default(),
        }
    }

    /// The phase that this entry leads to, by its place in the plan.
    ///
    /// # Errors
    /// [`ErrorKind::Log`] when the plan doesn't allow the step: it doesn't follow from the phase before, or goes on without
    /// gates that all said "go".
    pub(super) fn phase(&self, plan: &Plan, before: Option<&str>) -> Result<usize, Error> {
        let grounds = self.grounds();
        let to = place(plan, &self.to).filter(|&to| match before.map(|from| place(plan, from)) {
            None => plan.begins_at(to),
            Some(Some(from)) if from + 1 == to => grounds.passed(),
            Some(Some(from)) if from == to => grounds.damage.is_some(),
            Some(from) => from == Some(to + 1),
        });
        to.filter(|_| self.from.as_deref() == before)
            .ok_or_else(|| self.not_allowed())
    }

    #[cold]
    fn not_allowed(&self) -> Error {
        broken(format!(
            "entry {} goes from {} to {}, which the plan or the gates of that time did not allow",
            self.n,
            self.from.as_deref().unwrap_or("the beginning"),
            self.to
        ))
    }
}

impl Grounds {
    fn passed(&self) -> bool {
        let go = |gate: &Passed| gate.status == GateStatus::Go;
        !self.gates.is_empty() && self.gates.iter().all(go)
    }
}

/// Checks the steps of a log whose hashes are right: each goes on from where the one before led to, and up only with gates
/// that all said "go". How many phases lie between is not asked: the plan may have got further ones since.
pub(super) fn check_steps(entries: &[Entry], plan: &Plan) -> Result<(), Error> {
    for (before, entry) in entries.iter().zip(&entries[1.min(entries.len())..]) {
        let (from, to) = (place(plan, &before.to), place(plan, &entry.to));
        let is_up = from.zip(to).is_some_and(|(from, to)| to > from);
        if entry.from.as_ref() != Some(&before.to) || is_up && !entry.grounds().passed() {
            return Err(entry.not_allowed());
        }
    }
    Ok(())
}

fn place(plan: &Plan, name: &str) -> Option<usize> {
    plan.phases().iter().position(|phase| phase.name == name)
}

/// What the state vouches for: so many entries in so many bytes, the last of this hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Head {
    pub(super) entries: u64,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

impl Head {
    /// The head of a log without entries. The plan's name is in it, so that one plan's log is no other's.
    pub(super) fn of_nothing(plan: &str) -> Self {
        let sha256 = hash(format!("cutover plan\n{plan}").as_bytes());
        Self {
            entries: 0,
            bytes: 0,
            sha256,
        }
    }

    /// The head of a log that was found damaged, up to where it was taken as it is.
    pub(super) fn of_anchor(anchor: &Anchor) -> Self {
        Self {
            entries: anchor.entries,
            bytes: anchor.bytes,
            sha256: anchor.sha256.clone(),
        }
    }

    /// The head once this line, without its line feed, is in the log.
    fn with(&self, line: &[u8]) -> Self {
        Self {
            entries: self.entries + 1,
            bytes: self.bytes + line.len() as u64 + 1,
            sha256: hash(line),
        }
    }

    /// The entry as the line that follows this head, and the head from then on.
    pub(super) fn seal(&self, mut entry: Entry) -> Result<(Vec<u8>, Self), Error> {
        entry.n = self.entries + 1;
        entry.prev.clone_from(&self.sha256);
        let mut line = serde_json::to_vec(&entry).map_err(|error| {
            Error::new(ErrorKind::Log, "", "the decision can't be written as JSON")
                .with_source(error)
        })?;
        let head = self.with(&line);
        if head.bytes > MOST_BYTES {
            return Err(broken(
                "the log is full: move both files away and begin the plan anew",
            ));
        }
        line.push(b'\n');
        Ok((line, head))
    }
}

/// What is behind the bytes that the state vouches for.
#[derive(Debug)]
pub(super) enum Tail {
    Nothing,
    /// A decision that was on its way when the process ended, with the head from there on.
    Next(Box<Entry>, Head),
}

/// Checks a log against the head that the state has, from the anchor on, and gives the entries from there.
///
/// # Errors
/// [`ErrorKind::Log`], naming the entry that was changed or is missing.
pub(super) fn read(
    log: &[u8],
    plan: &str,
    anchor: Option<&Anchor>,
    head: &Head,
) -> Result<(Vec<Entry>, Tail), Error> {
    let base = anchor.map_or_else(|| Head::of_nothing(plan), Head::of_anchor);
    let at = usize::try_from(base.bytes).unwrap_or(usize::MAX);
    let (before, log) = log.split_at_checked(at).unwrap_or((log, b""));
    if anchor.is_some_and(|anchor| hash(before) != anchor.sha256) {
        let message = format!(
            "the first {} entries were changed after their damage was noted",
            base.entries
        );
        return Err(broken(message));
    }
    // By lines and not by the bytes of the head: an edit that moves the rest is still found where it was made.
    let known = head.entries.saturating_sub(base.entries);
    let ends = log.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
    let vouched_end = ends
        .take(usize::try_from(known).unwrap_or(usize::MAX))
        .last()
        .map_or(0, |(at, _)| at + 1);
    let (vouched, tail) = log.split_at(vouched_end);
    let lines: Vec<&[u8]> = vouched
        .split_inclusive(|&byte| byte == b'\n')
        .map(|line| &line[..line.len() - 1])
        .collect();
    let entries = (base.entries + 1..)
        .zip(&lines)
        .map(|(n, line)| {
            serde_json::from_slice(line).map_err(|error| {
                broken(format!(
                    "entry {n} was changed: it is not an entry any more"
                ))
                .with_source(error)
            })
        })
        .collect::<Result<Vec<Entry>, Error>>()?;
    check_links(&lines, &entries, &base, head)?;
    Ok((entries, next(tail, head)?))
}

/// The entries of a log that can't be relied on, as far as they can be read.
pub(super) fn read_any(log: &[u8]) -> Vec<Entry> {
    log.split(|&byte| byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// Link n ties entry n to what comes after it: the `prev` of entry n + 1, or the head of the state. A changed entry breaks
/// its own link; one whose `prev` was changed also that of the entry before, which so is not the culprit.
fn check_links(lines: &[&[u8]], entries: &[Entry], base: &Head, head: &Head) -> Result<(), Error> {
    let there = base.entries + entries.len() as u64;
    let all = there == head.entries;
    let hashes = std::iter::once(base.sha256.clone()).chain(lines.iter().map(|line| hash(line)));
    let claims = entries
        .iter()
        .map(|entry| &entry.prev)
        .chain(all.then_some(&head.sha256));
    let links: Vec<bool> = hashes
        .zip(claims)
        .map(|(hash, claim)| hash == *claim)
        .collect();
    if let Some(link) = links.iter().position(|&holds| !holds) {
        let next_too = links.get(link + 1).is_some_and(|&holds| !holds);
        return Err(broken(match (link + usize::from(next_too)) as u64 {
            0 => format!(
                "entry {} belongs to another plan, or was altered or removed",
                base.entries + 1
            ),
            entry => format!(
                "entry {} was altered, or the one after it was removed: its hash is not the one \
                 that was noted",
                base.entries + entry
            ),
        }));
    }
    if !all {
        let known = head.entries;
        let message = format!(
            "the log has {there} entries and the state knows {known}: the last are missing"
        );
        return Err(broken(message));
    }
    Ok(())
}

/// The log is written before the state, so there may be one entry more, or a part of one, that no state vouches for.
fn next(tail: &[u8], head: &Head) -> Result<Tail, Error> {
    let Some(line) = tail.strip_suffix(b"\n") else {
        return match tail.contains(&b'\n') {
            true => Err(broken(foreign(head))),
            false => Ok(Tail::Nothing),
        };
    };
    if line.contains(&b'\n') {
        return Err(broken(foreign(head)));
    }
    // A line whose end came to the disk before its middle is no entry, and the next one takes its place.
    Ok(match serde_json::from_slice::<Entry>(line) {
        Ok(entry) if entry.n == head.entries + 1 && entry.prev == head.sha256 => {
            Tail::Next(Box::new(entry), head.with(line))
        }
        _ => Tail::Nothing,
    })
}

fn foreign(head: &Head) -> String {
    format!(
        "the log has several entries after the {} that the state knows: an older state file was put back, or they were \
         added by hand",
        head.entries
    )
}

#[cold]
fn broken(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Log, "", message)
}

pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(from: Option<&str>, to: &str, gates: &[&str]) -> Entry {
        let gates: Vec<_> = gates
            .iter()
            .map(|status| serde_json::json!({"gate": "soak", "status": status}))
            .collect();
        let evidence = serde_json::json!({"gates": gates});
        Entry {
            n: 2,
            at_unix_ms: 0,
            who: "ana".to_owned(),
            from: from.map(str::to_owned),
            to: to.to_owned(),
            why: "because".to_owned(),
            evidence: serde_json::value::to_raw_value(&evidence).ok(),
            prev: String::new(),
        }
    }

    /// Whoever writes a log anew has fresh hashes for every entry, and still no gates that said "go".
    #[test]
    fn a_log_with_fresh_hashes_goes_up_by_passed_gates_alone() {
        let plan = Plan::contribution_form_v2();
        let allowed = |from, to, gates: &[&str]| {
            let entries = [entry(None, "staging", &[]), entry(from, to, gates)];
            check_steps(&entries, &plan).is_ok()
        };
        assert!(allowed(Some("staging"), "canary", &["go", "go"]));
        assert!(!allowed(Some("staging"), "canary", &["go", "hold"]));
        assert!(!allowed(Some("staging"), "canary", &[]));
        assert!(!allowed(Some("canary"), "production", &["go"]));
        assert!(!allowed(None, "canary", &["go"]));
        assert!(allowed(Some("staging"), "development", &["no-go"]));
        assert!(check_steps(&[], &plan).is_ok());
    }
}
