//! The plan's promises: what each gate says, one phase at a time, files that tell when they were changed.

mod back;
mod document;
mod files;
mod gates;
mod judged;
mod kit;
mod shadow_gate;
mod trust;
mod walk;

use std::time::{Duration, SystemTime};

use cutover::Error;
use cutover::migration::plan::{
    Environment, Evidence, Figures, Plan, Progress, Shadowed, Signature, Soundness,
};

use kit::Folder;

fn at(hours: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000 + hours * 3_600)
}

fn signature() -> Signature {
    Signature::new("ana", "all quiet").unwrap()
}

/// Evidence on which every default gate says "go".
fn sound() -> Evidence {
    let figures = Figures {
        requests: 20_000,
        errors: 200,
        failures: 20,
        p95_ms: Some(100.0),
        p95_lower_ms: Some(98.0),
        p95_upper_ms: Some(102.0),
    };
    Evidence {
        v1: figures,
        v2: figures,
        shadow: Some(Shadowed {
            comparisons: 500,
            divergences: 0,
        }),
        roll_back: Some(false),
        go: Some(Soundness {
            shown: true,
            ..Soundness::default()
        }),
        verdict: None,
        braked: false,
    }
}

fn begun(folder: &Folder) -> Progress {
    Progress::begin(
        Plan::contribution_form_v2(),
        folder.state(),
        Environment::Development,
        &signature(),
        at(0),
    )
    .unwrap()
}

fn reopened(folder: &Folder) -> Result<Progress, Error> {
    Progress::open(Plan::contribution_form_v2(), folder.state())
}
