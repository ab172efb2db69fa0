//! The members of one payload: found, named, further copies marked, each judged by its row.

use std::borrow::Cow;

use super::json;
use super::kind::{Kind, Out};
use super::limits::Limits;
use super::report::{Code, Finding, Report, Severity, Tier};
use super::scan::{self, Shape, Stop, Token};
use super::table::{Fingerprint, Member, Table, UNKNOWN};
use super::value::Value;
use crate::version::Version;

/// One member of the input.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) key: Token,
    pub(crate) value: Token,
    /// The upper half of the name's fingerprint: two names with different ones are different.
    print: u32,
    pub(crate) row: u8,
    /// A further copy of a name that was there before.
    pub(crate) copy: bool,
    pub(crate) out: Out,
}

const NO_TOKEN: Token = Token {
    start: 0,
    end: 0,
    shape: Shape::Null,
    escaped: false,
};
const NO_SPAN: Span = Span {
    key: NO_TOKEN,
    value: NO_TOKEN,
    print: 0,
    row: UNKNOWN,
    copy: false,
    out: Out::Drop,
};

/// Spans that are kept on the stack. Of generated payloads none has more, and zeroing room for 256 would cost 190 ns.
const INLINE: usize = 32;

/// A payload that was scanned.
#[derive(Debug)]
pub(crate) struct Members<'t> {
    pub(crate) text: &'t str,
    inline: [Span; INLINE],
    /// All spans, once there are more than fit in `inline`.
    spilled: Vec<Span>,
    len: usize,
    /// One bit a row that has a value other than null.
    pub(crate) present: u128,
}

impl<'t> Members<'t> {
    /// No members yet. Filled in place: moving a kilobyte costs as much as reading three members.
    #[inline(always)]
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            inline: [NO_SPAN; INLINE],
            spilled: Vec::new(),
            len: 0,
            present: 0,
        }
    }

    /// Finds the members of the payload object.
    pub(crate) fn scan(&mut self, table: &Table, limits: &Limits) -> Result<(), Finding> {
        let mut seen: u128 = 0;
        let mut blooms: u64 = 0;
        scan::object(self.text, limits, |key, value| {
            let name = self.name(key);
            let fingerprint = Fingerprint::of(name.as_bytes());
            let row = table.row(&name, &fingerprint);
            let print = (fingerprint.mixed() >> 32) as u32;
            let copy = if row == UNKNOWN {
                // 64 bits tell most names apart without a look at the others.
                let bloom = 1 << (print & 63);
                let maybe = blooms & bloom != 0;
                blooms |= bloom;
                maybe && self.has(print, &name)
            } else {
                let bit = 1 << row;
                let copy = seen & bit != 0;
                seen |= bit;
                if !copy && value.shape != Shape::Null {
                    self.present |= bit;
                }
                copy
            };
            self.push(Span {
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

    #[inline(always)]
    fn push(&mut self, span: Span) {
        match self.inline.get_mut(self.len) {
            Some(place) => *place = span,
            None => self.spill(span),
        }
        self.len += 1;
    }

    #[cold]
    fn spill(&mut self, span: Span) {
        if self.spilled.is_empty() {
            self.spilled.extend_from_slice(&self.inline);
        }
        self.spilled.push(span);
    }

    #[inline]
    pub(crate) fn spans(&self) -> &[Span] {
        if self.len <= INLINE {
            &self.inline[..self.len]
        } else {
            &self.spilled
        }
    }

    #[inline]
    fn spans_mut(&mut self) -> &mut [Span] {
        if self.len <= INLINE {
            &mut self.inline[..self.len]
        } else {
            &mut self.spilled
        }
    }

    /// What a member's name says.
    #[inline]
    pub(crate) fn name(&self, key: Token) -> Cow<'t, str> {
        json::decode(
            &self.text[key.start as usize + 1..key.end as usize - 1],
            key.escaped,
        )
    }

    fn has(&self, print: u32, name: &str) -> bool {
        self.spans()
            .iter()
            .any(|span| span.row == UNKNOWN && span.print == print && self.name(span.key) == name)
    }

    /// Judges every member as `version` asks, in input order: what to write for each, and what there is to say of it.
    pub(crate) fn judge(&mut self, table: &Table, version: Version) -> Report {
        let mut report = Report {
            assumed: table.assumed(0),
            ..Report::default()
        };
        let text = self.text;
        let present = self.present;
        for span in self.spans_mut() {
            let row = table.rows.get(usize::from(span.row)).unwrap_or(&STRANGER);
            let (tier, kind) = (row.tier, &row.kind);
            let mut note = |code| {
                report
                    .findings
                    .push(finding(text, span.key, tier, kind, code))
            };
            if span.copy {
                note(Code::DuplicateMember);
                continue;
            }
            if version == Version::V2 && row.alias_of.is_some() {
                note(Code::V1Member);
                continue;
            }
            if span.value.shape == Shape::Null {
                note(Code::NullValue);
                continue;
            }
            let shadowed = row.alias_of.is_some_and(|tag| present & 1 << tag != 0);
            let mut valid = true;
            let value = Value::of(text, span.value);
            span.out = kind.judge(value, tier, version == Version::V1, |code| {
                let error = code.severity() == Severity::Error;
                valid &= !error;
                if error || !shadowed {
                    note(code);
                }
            });
            if shadowed {
                span.out = Out::Drop;
                note(Code::ShadowedAlias);
                continue;
            }
            if let (
                Out::Amount,
                Kind::Flag {
                    amount: Some(amount),
                },
            ) = (span.out, kind)
            {
                if present & 1 << amount.into != 0 {
                    span.out = Out::True;
                    note(Code::ShadowedAlias);
                }
            }
            let count = &mut report.tiers[tier as usize];
            count.provided += 1;
            count.valid += u32::from(valid);
        }
        report
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

/// The row of a member that no row names.
static STRANGER: Member = Member::new("", Tier::Specialized, Kind::Any);

#[cold]
fn finding(text: &str, key: Token, tier: Tier, kind: &Kind, code: Code) -> Finding {
    let name = json::decode(
        &text[key.start as usize + 1..key.end as usize - 1],
        key.escaped,
    );
    Finding {
        code,
        tier: Some(tier),
        path: json::pointer(&name).into(),
        message: kind.message(code),
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
