//! Tables for people.

use std::io::{self, Write};

use cutover::mapping::{Mapping, Side};

use crate::style::HEADING;

/// A heading, and rows of which all columns but the last are as wide as their widest text; nothing when there are no rows.
pub(super) fn table<const N: usize>(
    out: &mut Vec<u8>,
    heading: &str,
    rows: &[[String; N]],
) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{HEADING}{}{HEADING:#}", plain(heading))?;
    let rows: Vec<_> = rows
        .iter()
        .map(|row| row.each_ref().map(|text| plain(text)))
        .collect();
    let width = |column: usize| {
        let widths = rows.iter().map(|row| row[column].chars().count());
        widths.max().unwrap_or(0).min(WIDEST)
    };
    let widths: Vec<_> = (0..N).map(width).collect();
    for row in &rows {
        let mut line = String::new();
        for (text, width) in row.iter().zip(&widths) {
            line.push_str("  ");
            line.push_str(text);
            let room = width.saturating_sub(text.chars().count());
            line.extend(std::iter::repeat_n(' ', room));
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// A longer text shifts its own row alone.
const WIDEST: usize = 48;

/// Which mapping it is, and which way it is looked at.
pub(super) fn title(mapping: &Mapping, side: Side) -> String {
    let [from, to] = [side, side.other()].map(|side| plain(mapping.version(side)));
    match mapping.name() {
        "" => format!("{from} to {to}"),
        name => format!("{}, {from} to {to}", plain(name)),
    }
}

/// What a file says may not drive a terminal.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}

/// A path of a definition; the document's own is empty.
pub(super) fn path(path: &str) -> String {
    match path {
        "" => "(document)".to_owned(),
        path => path.to_owned(),
    }
}
