//! The members of one payload: found, named, further copies marked, each judged by its row.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};

use smallvec::SmallVec;

use super::json;
use super::kind::{Kind, Out};
use super::limits::Limits;
use super::report::{Code, Finding, Report, Severity, Tier};
use super::scan::{self, Shape, Stop, Token};
use super::table::{Member, PLACES, ROWS, Table, UNKNOWN};
use super::value::Value;
use crate::mapping::names::fingerprint::Fingerprint;
use crate::version::Version;

/// One member of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) key: Token,
    pub(crate) value: Token,
    /// Half of the name's fingerprint, mixed: two names with different ones are different.
    print: u32,
    pub(crate) row: u8,
    /// A further copy of a name that was there before.
    pub(crate) copy: bool,
    pub(crate) out: Out,
}

/// Spans that are kept on the stack. Of generated payloads none has more.
const INLINE: usize = 32;

/// What is known of a row's member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Never,
    Null,
    Value,
}

/// A payload that was scanned.
#[derive(Debug)]
pub(crate) struct Members<'t> {
    pub(crate) text: &'t str,
    spans: SmallVec<[Span; INLINE]>,
    /// By row, of its first copy.
    seen: [Seen; ROWS],
}

impl<'t> Members<'t> {
    /// No members yet. Filled in place: moving a kilobyte costs as much as reading three members.
    #[inline(always)]
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            spans: SmallVec::new(),
            seen: [Seen::Never; ROWS],
        }
    }

    /// Finds the members of the payload object.
    #[inline]
    pub(crate) fn scan(&mut self, table: &Table, limits: &Limits) -> Result<(), Finding> {
        self.find(table, limits)?;
        if self.spans.spilled() {
            self.mark_copies();
        }
        Ok(())
    }

    fn find(&mut self, table: &Table, limits: &Limits) -> Result<(), Finding> {
        let text = self.text;
        let mut blooms: u64 = 0;
        // Unknown long names are told apart by all of their characters, under a key that nobody outside knows: 256 names
        // of one head and tail with escapes in them took a thousand times as long as others.
        let mut salt = None;
        scan::object(text, limits, |key, value| {
            let print = if key.escaped {
                Fingerprint::of_chars(json::chars(Value::of(text, key).inside()))
            } else {
                let (start, end) = (key.start as usize + 1, key.end as usize - 1);
                Fingerprint::within(text.as_bytes(), start, end)
            };
            let row = table.row(&print, |name| is_spelled(&Value::of(text, key), name));
            let print = if row == UNKNOWN && !print.is_whole() {
                salted(
                    salt.get_or_insert_with(RandomState::new),
                    &Value::of(text, key),
                )
            } else {
                (print.mixed() >> 32) as u32
            };
            let copy = match self.seen.get_mut(usize::from(row)) {
                Some(seen) => {
                    let copy = *seen != Seen::Never;
                    if !copy {
                        *seen = match value.shape {
                            Shape::Null => Seen::Null,
                            _ => Seen::Value,
                        };
                    }
                    copy
                }
                None => {
                    // 64 bits tell most names apart without a look at the others.
                    let bloom = 1 << (print & 63);
                    let maybe = blooms & bloom != 0;
                    blooms |= bloom;
                    maybe && self.has(print, &Value::of(text, key))
                }
            };
            self.spans.push(Span {
                key,
                value,
                print,
                row,
                copy,
                out: Out::Drop,
            });
        })
        .map_err(|stop| stopped(stop, limits))
    }

    #[inline]
    pub(crate) fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// What a member's name says.
    #[inline]
    pub(crate) fn name(&self, key: Token) -> Cow<'t, str> {
        Value::of(self.text, key).decoded()
    }

    /// Whether a row's first copy has a value other than null.
    #[inline]
    pub(crate) fn has_row(&self, row: usize) -> bool {
        self.seen.get(row) == Some(&Seen::Value)
    }

    #[cold]
    fn has(&self, print: u32, name: &Value<'_>) -> bool {
        // Many are compared once all are there.
        let few = if self.spans.spilled() {
            &[]
        } else {
            self.spans()
        };
        few.iter().any(|span| {
            span.row == UNKNOWN && span.print == print && Value::of(self.text, span.key).says(name)
        })
    }

    /// Marks further copies of unknown names among many members: sorted by their prints, only neighbours can be the same.
    /// Compared one by one, 4,096 members took 70 times as long as reading them.
    #[cold]
    fn mark_copies(&mut self) {
        let text = self.text;
        let prints = self.spans.iter().zip(0u32..);
        let mut prints: Vec<(u32, u32)> = prints
            .filter(|(span, _)| span.row == UNKNOWN)
            .map(|(span, at)| (span.print, at))
            .collect();
        prints.sort_unstable();
        for same in prints.chunk_by(|a, b| a.0 == b.0) {
            for (at, (_, later)) in same.iter().enumerate() {
                let name = Value::of(text, self.spans[*later as usize].key);
                let copy = same[..at].iter().any(|(_, earlier)| {
                    name.says(&Value::of(text, self.spans[*earlier as usize].key))
                });
                self.spans[*later as usize].copy |= copy;
            }
        }
    }

    /// Judges every member as `version` asks, in input order: what to write for each and where, and what there is to say
    /// of it.
    pub(crate) fn judge(
        &mut self,
        table: &'static Table,
        version: Version,
        report: &mut Report,
    ) -> Places {
        let mut places = Places::default();
        let text = self.text;
        let seen = |row: u8| self.seen.get(usize::from(row)) == Some(&Seen::Value);
        for (at, span) in self.spans.iter_mut().enumerate() {
            let row = table.rows.get(usize::from(span.row)).unwrap_or(&STRANGER);
            let refused = if span.copy {
                Some(Code::DuplicateMember)
            } else if version == Version::V2 && row.alias_of.is_some() {
                Some(Code::V1Member)
            } else if span.value.shape == Shape::Null {
                Some(Code::NullValue)
            } else {
                None
            };
            if let Some(code) = refused {
                report.findings.push(finding(table, text, span, row, code));
                continue;
            }
            let shadowed = row.alias_of.is_some_and(seen);
            let length = (span.value.end - span.value.start) as usize;
            let verdict = match row.at_once[span.value.shape as usize] {
                Some(out) if length <= row.brief => out.into(),
                _ => {
                    let value = Value::of(text, span.value);
                    row.kind.judge(value, row.tier, version == Version::V1)
                }
            };
            let mut valid = true;
            // Of ten members nine have nothing to say.
            if verdict.codes[0].is_some() {
                for code in verdict.codes.into_iter().flatten() {
                    let error = code.severity() == Severity::Error;
                    valid &= !error;
                    if error || !shadowed {
                        report.findings.push(finding(table, text, span, row, code));
                    }
                }
            }
            let beaten = verdict.out == Out::Amount
                && matches!(row.kind, Kind::Flag { amount: Some(rule) } if seen(rule.into));
            if shadowed || beaten {
                let code = Code::ShadowedAlias;
                report.findings.push(finding(table, text, span, row, code));
            }
            if shadowed {
                continue;
            }
            span.out = if beaten { Out::True } else { verdict.out };
            if let (Some(place), true) = (table.place(span.row), span.out != Out::Drop) {
                places.put(place, at);
            }
            let count = &mut report.tiers[row.tier as usize];
            count.provided += 1;
            count.valid += u32::from(valid);
        }
        places
    }
}

/// Apart from the loop that calls it for long names: in there it pushed that loop's places out of the registers.
#[inline(never)]
fn is_spelled(key: &Value<'_>, name: &str) -> bool {
    key.is(name)
}

/// Which span stands in which of the places that are written first.
#[derive(Debug, Default)]
pub(crate) struct Places {
    spans: [u32; PLACES],
    /// The places that are taken, as a set.
    pub(crate) taken: u16,
}

impl Places {
    #[inline(always)]
    fn put(&mut self, place: usize, at: usize) {
        self.spans[place] = at as u32;
        self.taken |= 1 << place;
    }

    /// The span in this place.
    #[inline(always)]
    pub(crate) fn span<'s>(&self, place: usize, spans: &'s [Span]) -> Option<&'s Span> {
        if self.taken & 1 << place == 0 {
            return None;
        }
        spans.get(self.spans[place] as usize)
    }
}

/// The payload as text, when it is one and not too large.
#[inline]
pub(crate) fn text<'t>(bytes: &'t [u8], limits: &Limits) -> Result<&'t str, Finding> {
    if bytes.len() > limits.bytes {
        let message = format!("{} bytes: send at most {}", bytes.len(), limits.bytes);
        return Err(whole(Code::TooLarge, message.into()));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let message = format!("not UTF-8 at byte {at}: send JSON in UTF-8");
        whole(Code::MalformedJson, message.into())
    })
}

#[cold]
fn salted(salt: &RandomState, name: &Value<'_>) -> u32 {
    let hash = name.read(|name| salt.hash_one(name));
    (hash >> 32) as u32
}

/// The row of a member that no row names.
static STRANGER: Member = Member::new("", Tier::Specialized, Kind::Any);

#[cold]
fn finding(table: &'static Table, text: &str, span: &Span, member: &Member, code: Code) -> Finding {
    let path = match table.pointer(span.row) {
        Some(pointer) => Cow::Borrowed(pointer),
        None => Cow::Owned(json::pointer(&Value::of(text, span.key).decoded())),
    };
    Finding {
        code,
        tier: Some(member.tier),
        path,
        message: member.kind.message(code),
    }
}

/// A finding about the payload as a whole.
#[cold]
pub(crate) fn whole(code: Code, message: Cow<'static, str>) -> Finding {
    Finding {
        code,
        tier: None,
        path: Cow::Borrowed(""),
        message,
    }
}

#[cold]
fn stopped(stop: Stop, limits: &Limits) -> Finding {
    let Stop { code, at, expected } = stop;
    let message = match code {
        Code::TooDeep => format!(
            "nested too deep at byte {at}: send at most {} levels",
            limits.depth
        ),
        Code::TooManyMembers => format!(
            "too many members at byte {at}: send at most {}",
            limits.members
        ),
        Code::InvalidType => format!("wrong type: send {expected}"),
        _ => format!("not JSON at byte {at}: expected {expected}"),
    };
    whole(code, message.into())
}
