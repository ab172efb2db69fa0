//! VRL, Vector's remap language: a program compiled once.

use std::collections::BTreeMap;

use vrl::compiler::{Context, Program as Compiled, TargetValue, TimeZone, state::RuntimeState};
use vrl::value::{Secrets, Value};

pub struct Program(Compiled);

impl Program {
    pub fn new(code: &str) -> Self {
        let compiled = vrl::compiler::compile(code, &vrl::stdlib::all());
        Self(
            compiled
                .unwrap_or_else(|errors| panic!("{errors:?}"))
                .program,
        )
    }

    pub fn run(&self, input: &[u8], out: &mut Vec<u8>) {
        let value: serde_json::Value = serde_json::from_slice(input).expect("JSON");
        let mut target = TargetValue {
            value: Value::from(value),
            metadata: Value::Object(BTreeMap::new()),
            secrets: Secrets::default(),
        };
        let (mut state, zone) = (RuntimeState::default(), TimeZone::default());
        let mut context = Context::new(&mut target, &mut state, &zone);
        self.0.resolve(&mut context).expect("no error");
        serde_json::to_writer(out, &target.value).expect("written");
    }
}
