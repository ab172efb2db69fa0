//! The service as a process of its own, on free ports of this machine.

#[path = "../../tests/common/command.rs"]
mod command;

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A running service; it is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Process {
    /// Starts the service and waits until it is ready.
    pub(crate) fn start(service: &Path, arguments: &[&str]) -> Result<Self, Failure> {
        let mut child = command::on_free_ports(Command::new(service), arguments).spawn()?;
        let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines();
        let mut said = Vec::new();
        let ready = loop {
            match lines.next() {
                Some(line) => said.push(line?),
                None => {
                    return Err(format!("the service did not start: {}", said.join("\n")).into());
                }
            }
            if let Some(line) = said.last().filter(|line| line.contains("ready")) {
                break line;
            }
        };
        let field = |name: &str| -> Result<SocketAddr, Failure> {
            let (_, rest) = ready
                .split_once(name)
                .ok_or("the start line has no address")?;
            let text = rest.split_whitespace().next().unwrap_or_default();
            let address: SocketAddr = text.parse()?;
            if !address.ip().is_loopback() {
                return Err(
                    format!("{address} is not on this machine: nothing is sent there").into(),
                );
            }
            Ok(address)
        };
        let (address, admin) = (field(" address=")?, field(" admin=")?);
        // Read on, as a full pipe would stop the service.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ok(Self {
            child,
            address,
            admin,
        })
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM: whether it has ended by itself, without an error, within this time.
    pub(crate) fn stop(&mut self, patience: Duration) -> Result<bool, Failure> {
        let since = Instant::now();
        Command::new("kill")
            .arg(self.child.id().to_string())
            .status()?;
        while since.elapsed() < patience {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status.success());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
