//! The hook of `sarif.toml`: the runs of a log, in both directions.

use cutover::mapping::{Call, Code, Finding, Hook, Outputs, RawJson};

use super::object::{Object, list};
use super::{to_1_0, to_2_1};

/// `runs`, whose members refer to each other by key in 1.0 and by index in 2.1.
pub(crate) struct Runs;

/// What one version can't say, each where it stands in the input.
pub(crate) struct Losses {
    run: String,
    pub(crate) found: Vec<Finding>,
}

impl Losses {
    pub(crate) fn add(&mut self, place: impl std::fmt::Display, why: &'static str) {
        let path = format!("{}/{place}", self.run);
        self.found.push(Finding::warning(Code::LOST, path, why));
    }
}

type Convert = fn(Object, &mut Losses) -> Result<Object, serde_json::Error>;

fn each(
    values: &[Option<RawJson<'_>>],
    out: &mut Outputs<'_>,
    convert: Convert,
) -> Result<(), Finding> {
    let Some(runs) = values.first().copied().flatten() else {
        return Ok(());
    };
    let refused = |path: String, error: serde_json::Error| {
        let why = format!("not as the SARIF schema has it: {error}");
        Finding::error(Code::INVALID_TYPE, path, why)
    };
    let runs: Vec<Object> =
        serde_json::from_str(runs.text()).map_err(|error| refused(String::new(), error))?;
    let mut converted = Vec::new();
    for (i, run) in runs.into_iter().enumerate() {
        let run_path = format!("/runs/{i}");
        let mut losses = Losses {
            run: run_path.clone(),
            found: Vec::new(),
        };
        let run = convert(run, &mut losses).map_err(|error| refused(run_path, error))?;
        converted.push(run.text());
        losses.found.into_iter().for_each(|loss| out.report(loss));
    }
    out.set(0, &list(converted));
    Ok(())
}

impl Hook for Runs {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        each(values, out, to_2_1::run)
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        each(values, out, to_1_0::run)
    }
}
