//! The few styles that text for people has. They show on a terminal alone: whoever writes such text writes it through
//! [`anstream`], which asks `--color`, `NO_COLOR` and the like.

use clap::builder::styling::{AnsiColor, Style};

pub(crate) const HEADING: Style = Style::new().bold();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default();

/// What `--color` asks for, from now on.
pub(crate) fn choose(color: clap::ColorChoice) {
    let choice = match color {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}
