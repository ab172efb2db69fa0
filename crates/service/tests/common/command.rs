//! How the service is started as a process of its own, by tests and examples.

use std::process::{Command, Stdio};

/// Adds what makes it listen on free ports and say where on stderr. Nothing in the environment that would route or ask for a
/// token gets to it.
pub(crate) fn on_free_ports(mut command: Command, arguments: &[&str]) -> Command {
    command
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"])
        .args(arguments)
        .stderr(Stdio::piped());
    for name in [
        "CUTOVER_BRAKE",
        "CUTOVER_API_VERSION",
        "CUTOVER_ADMIN_TOKEN",
        "DATABASE_URL",
        "RUST_LOG",
    ] {
        command.env_remove(name);
    }
    command
}
