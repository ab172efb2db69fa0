//! The way back: a v2 payload as v1 readers know it, in input order, renamed in place.

use super::convert::{self, Input};
use super::json;
use super::kind::{Amount, Kind, Out};
use super::members::{Members, Span};
use super::report::Report;
use super::table::{Down, Member, Table};
use super::value::{Built, Value};
use super::write::Writer;

/// Appends the v1 payload for a v2 one. `assumed` has a bit for each core member that the upgrade filled in: it is left
/// out again, unless it has been given another value since.
pub(crate) fn downgrade(
    table: &'static Table,
    input: &Input<'_>,
    assumed: u16,
    out: &mut Vec<u8>,
) -> Report {
    convert::look(table, input, |judged, report| {
        if report.is_valid() {
            write(table, judged.members, assumed, out);
        }
    })
}

fn write(table: &'static Table, members: &Members<'_>, assumed: u16, out: &mut Vec<u8>) {
    let text = members.text;
    let spans = members.spans();
    let fold = Fold::find(table, text, spans);
    let start = out.len();
    let mut writer = Writer::new(table, members, out);
    for span in spans.iter().filter(|span| span.out != Out::Drop) {
        let Some(member) = table.rows.get(usize::from(span.row)) else {
            writer.member(span);
            continue;
        };
        let stored = stored(member, Value::of(text, span.value), span.out);
        let filled = member
            .absent
            .iter()
            .flatten()
            .any(|absent| *absent == stored);
        let was_assumed = usize::from(span.row) < table.core && assumed & 1 << span.row != 0;
        if filled && (was_assumed || says_nothing(member, &stored)) {
            continue;
        }
        match (member.kind, member.down) {
            (Kind::Flag { amount: Some(_) }, _) => {
                writer.name(member.name);
                let number = match &fold {
                    _ if stored == "false" => "0",
                    Some(fold) => fold.number.as_str(),
                    None => "true",
                };
                writer.out.extend_from_slice(number.as_bytes());
            }
            _ if fold.as_ref().is_some_and(|fold| fold.row == span.row) => {}
            (_, Down::Bool(name)) if stored == r#""yes""# || stored == r#""no""# => {
                writer.name(name);
                writer.out.extend_from_slice(if stored == r#""yes""# {
                    b"true"
                } else {
                    b"false"
                });
            }
            (_, Down::Text { name, back }) => match back(&Value::of(text, span.value).decoded()) {
                Some(back) => {
                    writer.name(name);
                    json::write_string(back, writer.out);
                }
                None => writer.member(span),
            },
            _ => writer.member(span),
        }
    }
    writer.close(start);
}

/// A member whose `unknowns` default is a string says nothing when it has it: leaving it out says the same.
fn says_nothing(member: &Member, stored: &str) -> bool {
    stored.starts_with('"') && member.absent[0] == Some(stored)
}

/// A core value as its JSON text in stored form, to compare with what a policy fills in. Other texts come as they are.
fn stored(member: &Member, value: Value<'_>, out: Out) -> String {
    match out {
        Out::True => "true".to_owned(),
        Out::False => "false".to_owned(),
        Out::Keep | Out::Rewrite if value.text.starts_with('"') => {
            let mut text = Vec::new();
            match out {
                Out::Rewrite => member.kind.rewrite(value, &mut text),
                _ => json::write_string(&value.decoded(), &mut text),
            }
            String::from_utf8(text).unwrap_or_default()
        }
        _ => value.text.to_owned(),
    }
}

/// An amount that goes back into the number it came from.
struct Fold {
    /// The row whose text is folded in.
    row: u8,
    number: Built,
}

impl Fold {
    /// The flag must be true and the text an amount that v1's number can say.
    fn find(table: &Table, text: &str, spans: &[Span]) -> Option<Self> {
        let used = |row: u8| {
            spans
                .iter()
                .find(|span| span.row == row && span.out != Out::Drop)
        };
        let (row, Amount { into, back, .. }) =
            table
                .rows
                .iter()
                .zip(0u8..)
                .find_map(|(member, row)| match member.kind {
                    Kind::Flag {
                        amount: Some(amount),
                    } => Some((row, amount)),
                    _ => None,
                })?;
        let flag = used(row)?;
        let is_true = flag.out == Out::True || Value::of(text, flag.value).text == "true";
        let number = back(&Value::of(text, used(into)?.value).decoded())?;
        is_true.then_some(Self { row: into, number })
    }
}
