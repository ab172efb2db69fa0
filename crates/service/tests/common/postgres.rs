//! A PostgreSQL cluster of the test's own: made in a temporary folder by an unprivileged user, and gone at the end.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A running cluster.
pub(crate) struct Cluster {
    folder: TempDir,
    programs: PathBuf,
    user: Option<u32>,
    port: u16,
}

impl Cluster {
    /// Starts one. `None`, after saying so, when PostgreSQL isn't installed; a failure where `CUTOVER_REQUIRE` has
    /// `postgres` in it.
    pub(crate) fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
            assert!(
                !required.split(',').any(|what| what == "postgres"),
                "CUTOVER_REQUIRE=postgres, and there is no initdb: install Debian's postgresql"
            );
            eprintln!("SKIPPED: there is no initdb; install Debian's postgresql to run this");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        // initdb refuses to run as root.
        let user = (id(&["-u"]) == Some(0)).then(|| {
            id(&["-u", "postgres"])
                .or_else(|| id(&["-u", "nobody"]))
                .expect("a user that isn't root")
        });
        if user.is_some() {
            chown(folder.path(), user, None).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0")
            .and_then(|listener| listener.local_addr())
            .unwrap()
            .port();
        let cluster = Self {
            folder,
            programs,
            user,
            port,
        };
        cluster.run(
            "initdb",
            &[
                "-U",
                "cutover",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-locale",
                "--no-sync",
            ],
        );
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={}",
            cluster.folder.path().display()
        );
        cluster.run(
            "pg_ctl",
            &["start", "-w", "-s", "-l", "log", "-o", &options],
        );
        Some(cluster)
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://cutover@127.0.0.1:{}/postgres", self.port)
    }

    fn run(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(self.programs.join(program));
        command
            .args(["-D", "data"])
            .args(arguments)
            .current_dir(self.folder.path());
        if let Some(user) = self.user {
            command.uid(user);
        }
        // pg_ctl's server keeps what it inherits: a pipe would never end.
        let log = std::fs::File::create(
            std::env::temp_dir().join(format!("{program}-{}.out", self.port)),
        )
        .unwrap();
        command.stdout(log.try_clone().unwrap()).stderr(log);
        assert!(command.status().unwrap().success(), "{program} failed");
        drop(std::fs::remove_file(
            std::env::temp_dir().join(format!("{program}-{}.out", self.port)),
        ));
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["stop", "-w", "-s", "-m", "immediate"]);
    }
}

/// Where initdb and pg_ctl are: Debian keeps them out of the path.
fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| Some(version.ok()?.path().join("bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = |folder: &PathBuf| Path::new(folder).join("initdb").is_file();
    debian.chain(std::env::split_paths(&path)).find(found)
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
