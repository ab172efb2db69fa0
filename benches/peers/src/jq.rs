//! jaq: a filter of jq, compiled once.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read, write};

type Filter = jaq_core::Filter<data::JustLut<Val>>;

pub struct Program(Filter);

impl Program {
    pub fn new(code: &str) -> Self {
        let defs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs());
        let funs = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs());
        let arena = Arena::default();
        let modules = Loader::new(defs).load(&arena, File { code, path: () });
        let modules = modules.unwrap_or_else(|errors| panic!("{errors:?}"));
        let filter = Compiler::default().with_funs(funs).compile(modules);
        Self(filter.unwrap_or_else(|errors| panic!("{errors:?}")))
    }

    pub fn run(&self, input: &[u8], out: &mut Vec<u8>) {
        let input = read::parse_single(input).expect("JSON");
        let context = Ctx::<data::JustLut<Val>>::new(&self.0.lut, Vars::new([]));
        let mut outputs = self.0.id.run((context, input)).map(unwrap_valr);
        let value = outputs.next().expect("one output").expect("no error");
        write::write(out, &write::Pp::default(), 0, &value).expect("written");
    }
}
