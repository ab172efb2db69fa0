//! A folder of a test's own with a plan in it.

use std::fs;

use serde_json::Value;

use crate::common::{Ran, cutover, scratch};

pub(crate) const PLAN: &str = r#"{"name":"quick","phases":[
    {"name":"canary","share":"10%","environment":"production","min_soak_s":0,"min_requests":100},
    {"name":"full","share":"100%","environment":"production","min_soak_s":3600,"min_requests":0,"approval":true}]}"#;
pub(crate) const GOOD: &str = r#"{"v1":{"requests":900,"errors":9,"p95_ms":50,"p95_lower_ms":49,"p95_upper_ms":51},"v2":{"requests":100,"errors":1,"p95_ms":50,"p95_lower_ms":49,"p95_upper_ms":51},
    "shadow":{"comparisons":10,"divergences":0},"roll_back":false}"#;

/// A folder of this test's own with a plan in it.
pub(crate) struct Room {
    pub(crate) state: String,
    pub(crate) rollout: String,
    pub(crate) plan: String,
    pub(crate) good: String,
}

impl Room {
    pub(crate) fn new(name: &str) -> Self {
        let folder = scratch(name);
        drop(fs::remove_dir_all(&folder));
        fs::create_dir(&folder).unwrap();
        let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
        let (plan, good) = (path("plan.json"), path("good.json"));
        fs::write(&plan, PLAN).unwrap();
        fs::write(&good, GOOD).unwrap();
        Self {
            state: path("state.json"),
            rollout: path("rollout.json"),
            plan,
            good,
        }
    }

    pub(crate) fn run(&self, step: &str, args: &[&str]) -> Ran {
        let base = ["plan", step, "--state", &self.state, "--plan", &self.plan];
        cutover(&[&base, args].concat(), "")
    }

    /// The plan begins above 0 %.
    pub(crate) fn init(&self, args: &[&str]) -> Ran {
        self.run("init", &[&["--raise"], args].concat())
    }

    pub(crate) fn phase(&self) -> Value {
        let ran = self.run("status", &["--json"]);
        assert_eq!(ran.code, Some(0), "{}", ran.err);
        serde_json::from_str::<Value>(&ran.out).unwrap()["phase"].clone()
    }

    pub(crate) fn rollout(&self) -> Value {
        serde_json::from_str(&fs::read_to_string(&self.rollout).unwrap()).unwrap()
    }
}
