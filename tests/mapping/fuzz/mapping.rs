//! Every law on any document of the definitions of the tests, of the examples and of contributions.

use std::sync::OnceLock;

use cutover::mapping::{Definition, Hooks, Mapping, Side, laws};

use super::shelf::{Shelf, Size};

/// A mapping and how often a document is tried: another policy each second time.
pub(crate) struct Shipped {
    pub(crate) name: &'static str,
    pub(crate) mapping: Mapping,
    turns: usize,
}

/// Those that ship, and those of the tests.
pub(crate) fn shipped() -> &'static [Shipped] {
    static SHIPPED: OnceLock<Vec<Shipped>> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let hooks = Hooks::new().with("shelf", Shelf).with("size", Size);
        let compiled = |name, turns, json| {
            let definition = Definition::from_json(json).unwrap_or_else(|flaws| panic!("{flaws}"));
            let mapping =
                Mapping::compile(definition, &hooks).unwrap_or_else(|flaws| panic!("{flaws}"));
            Shipped {
                name,
                mapping,
                turns,
            }
        };
        vec![
            Shipped {
                name: "contribution",
                mapping: cutover::contribution::mapping().clone(),
                turns: 3,
            },
            compiled(
                "cloudevents",
                1,
                include_str!("../definitions/cloudevents.json"),
            ),
            compiled("order", 1, cutover_testkit::mapping::ORDER),
            compiled("judged_order", 1, include_str!("../definitions/order.json")),
            compiled("library", 3, include_str!("../definitions/library.json")),
            compiled(
                "telemetry",
                1,
                include_str!("../definitions/telemetry.json"),
            ),
        ]
    })
}

/// The mapping and the side that the first line names, and the document after it.
pub(crate) fn case(data: &[u8]) -> Option<(&'static Shipped, Side, &[u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    let (name, side) = std::str::from_utf8(&data[..end]).ok()?.split_once(' ')?;
    let shipped = shipped().iter().find(|known| known.name == name)?;
    // Without a schema, a downgrade leaves a value that its rule can't take, and v1 may read that value otherwise.
    if name == "order" && side == "to" {
        return None;
    }
    let side = match side {
        "from" => Side::From,
        "to" => Side::To,
        _ => return None,
    };
    Some((shipped, side, &data[end + 1..]))
}

/// How many documents there were.
pub(crate) fn run(data: &[u8]) -> usize {
    let Some((shipped, side, document)) = case(data) else {
        return 0;
    };
    let documents = std::iter::repeat_n(document, shipped.turns);
    if let Err(broken) = laws::check_samples(&shipped.mapping, side, documents) {
        panic!("{}\n{broken}", shipped.name);
    }
    1
}
