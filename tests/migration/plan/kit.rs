//! A plan of many phases, in files of its own, with a head store.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use cutover::Error;
use cutover::migration::plan::{
    Environment, Evidence, HeadFile, OpenOptions, Plan, Progress, Signature,
};

/// A folder of its own for each test, gone when it is over.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let folder =
            std::env::temp_dir().join(format!("cutover-trust-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.0.join("plan.json")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("plan.json.log")
    }

    pub(crate) fn head(&self) -> PathBuf {
        self.0.join("head.json")
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let log = fs::read_to_string(self.log()).unwrap();
        log.lines().map(str::to_owned).collect()
    }

    pub(crate) fn files(&self) -> [Vec<u8>; 2] {
        [self.state(), self.log()].map(|path| fs::read(path).unwrap())
    }

    pub(crate) fn put_back(&self, [state, log]: &[Vec<u8>; 2]) {
        fs::write(self.state(), state).unwrap();
        fs::write(self.log(), log).unwrap();
    }

    /// A plan with a head store in a file.
    pub(crate) fn options(&self) -> OpenOptions {
        OpenOptions::new().head_store(HeadFile::new(self.head()))
    }

    pub(crate) fn begin(&self) -> Progress {
        self.options()
            .begin(plan(), self.state(), Environment::Production, &ana(), at(0))
            .unwrap()
    }

    pub(crate) fn open(&self) -> Progress {
        self.options().open(plan(), self.state()).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

/// 100 % for developers, then 0 %, 1 %, 2 % … 9 %, every gate but the brake's open.
pub(crate) fn plan() -> Plan {
    let phase = |n: u32, environment: &str, share: u32| {
        format!(
            r#"{{"name":"p{n}","share":"{share}%","environment":"{environment}","min_soak_s":0,"min_requests":0,
            "gates":{{"error_rate":null,"failure_rate":null,"p95_ms":null,"p95_times_v1":null,"shadow_divergences":null,"evidence":false}}}}"#
        )
    };
    let mut phases = vec![phase(0, "development", 100)];
    phases.extend((1..11).map(|n| phase(n, "production", n - 1)));
    Plan::from_json(format!(r#"{{"name":"p","phases":[{}]}}"#, phases.join(",")).as_bytes())
        .unwrap()
}

pub(crate) fn ana() -> Signature {
    Signature::new("ana", "because").unwrap()
}

pub(crate) fn advance(progress: &mut Progress) -> Result<String, Error> {
    let phase = progress.advance(&ana(), &Evidence::default(), None, at(1))?;
    Ok(phase.name.clone())
}

pub(crate) fn back(progress: &mut Progress) -> Result<String, Error> {
    let phase = progress.back(&ana(), &Evidence::default(), at(2))?;
    Ok(phase.name.clone())
}
