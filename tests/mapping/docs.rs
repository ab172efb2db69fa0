//! The examples of docs/mapping.md are true: each definition converts its documents as the page says, both ways.

use std::fs;
use std::path::Path;

use cutover::mapping::{
    Call, Code, Definition, Finding, FlawCode, Hook, Hooks, Mapping, Outputs, RawJson,
};
use serde_json::Value;

use crate::kit::{Outcome, compact, down, silently, up};

fn page(name: &str) -> String {
    let path = format!("{}/docs/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(path).unwrap()
}

/// What a fence says it is, and the text in it.
struct Block<'p> {
    info: &'p str,
    text: &'p str,
    line: usize,
    /// No prose between the block before and this one.
    follows: bool,
}

fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut rest = page;
    while let Some(at) = rest.find("\n```") {
        let (info, body) = rest[at + 4..].split_once('\n').unwrap();
        let end = body.find("```\n").unwrap();
        blocks.push(Block {
            info,
            text: &body[..end],
            line: page[..page.len() - body.len()].matches('\n').count(),
            follows: rest[..at].trim().is_empty(),
        });
        rest = &body[end + 3..];
    }
    blocks
}

/// `"12.50 EUR"` ↔ `12.50` and `"EUR"`, as on the page.
struct Price;

impl Hook for Price {
    fn up(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let Some(price) = values[0] else {
            return Ok(());
        };
        let text = price.string().unwrap_or_default();
        let Some((amount, currency)) = text.split_once(' ') else {
            return Err(Finding::error(Code::INVALID_FORMAT, "", "no price"));
        };
        out.set(0, amount);
        out.set(1, &format!("{currency:?}"));
        Ok(())
    }

    fn down(
        &self,
        values: &[Option<RawJson<'_>>],
        _: &Call<'_>,
        out: &mut Outputs<'_>,
    ) -> Result<(), Finding> {
        let (Some(amount), Some(currency)) = (values[0], values[1]) else {
            return Ok(());
        };
        let currency = currency.string().unwrap_or_default();
        out.set(0, &format!("\"{} {currency}\"", amount.text()));
        Ok(())
    }
}

/// A call from lines `name = value`; names but `policy` and `dialect` are context.
fn call(text: &str) -> Call<'_> {
    let lines = text.lines().map(|line| line.split_once(" = ").unwrap());
    lines.fold(Call::new(), |call, (name, value)| match name {
        "policy" => call.policy(value),
        "dialect" => call.dialect(value),
        _ => call.context(name, value),
    })
}

/// Converts a document of the version that the fence names.
fn converted(mapping: &Mapping, info: &str, document: &str, call: &Call<'_>) -> Outcome {
    match info {
        "json v1" => up(mapping, document, call),
        _ => down(mapping, document, call),
    }
}

/// Whether the document becomes what comes after it, with these findings, and that becomes the document again, unless the
/// page shows what it becomes.
fn example(
    mapping: &Mapping,
    call: &Call<'_>,
    pair: [&Block<'_>; 2],
    said: &[&str],
    shown: bool,
) -> Option<String> {
    let [before, after] = pair;
    let given = compact(before.text);
    let (json, findings) = match converted(mapping, before.info, &given, call) {
        Err(refused) => {
            let told: Vec<_> = after.text.lines().collect();
            let as_told = after.info == "text refused" && refused == told;
            return (!as_told).then(|| format!("refused: {refused:?}"));
        }
        Ok(converted) => converted,
    };
    if after.info == "text refused" || json != compact(after.text) || findings != said {
        return Some(format!("becomes {json} with {findings:?}"));
    }
    // Where something got lost, the way back can't give it again; a dialect has no way back; and the page may show it.
    let only_assumed = findings
        .iter()
        .all(|finding| finding.starts_with("assumed"));
    if !only_assumed || after.info == "json v2, older" || shown {
        return None;
    }
    let pointers = findings
        .iter()
        .map(|finding| finding["assumed ".len()..].to_owned());
    // What a downgrade stands in is not given back.
    let assumed: Vec<String> = pointers.filter(|_| before.info == "json v1").collect();
    if assumed.len() < findings.len() {
        return None;
    }
    let back = converted(mapping, after.info, &json, &call.clone().assumed(&assumed));
    // Moves are appended, so members may come back in another order.
    let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    match &back {
        Ok((back, findings)) if value(back) == value(&given) && findings.is_empty() => None,
        back => Some(format!("comes back as {back:?}")),
    }
}

#[test]
fn every_example_of_the_pages_is_true() {
    for (name, least) in [("mapping.md", 31), ("coming-from.md", 2)] {
        examples_are_true(name, least);
    }
}

fn examples_are_true(name: &str, least: usize) {
    let page = page(name);
    let blocks = blocks(&page);
    let (mut mapping, mut said_with) = (None, Call::new());
    let (mut examples, mut wrong) = (0, Vec::new());
    for (at, block) in blocks.iter().enumerate() {
        let following = blocks.get(at + 1).filter(|next| next.follows);
        let mut fault = None;
        match (block.info, following) {
            ("toml mapping", _) => {
                said_with = Call::new();
                match Definition::from_toml(block.text)
                    .and_then(|it| Mapping::compile(it, &Hooks::new().with("price", Price)))
                {
                    Ok(compiled) => mapping = Some(compiled),
                    Err(flaws) => {
                        mapping = None;
                        fault = Some(flaws.to_string());
                    }
                }
            }
            ("text call", _) => said_with = call(block.text),
            ("json v1" | "json v2", Some(next))
                if next.info != block.info && next.info != "text findings" =>
            {
                let findings = blocks
                    .get(at + 2)
                    .filter(|it| it.follows && it.info == "text findings");
                let said: Vec<_> = findings.map_or_else(Vec::new, |it| it.text.lines().collect());
                let back = blocks.get(at + 2).filter(|it| it.follows);
                let shown = back.is_some_and(|back| back.info == block.info);
                if let Some(mapping) = &mapping {
                    fault = example(mapping, &said_with, [block, next], &said, shown);
                }
                examples += 1;
            }
            ("toml flawed", Some(told)) => {
                let found = Definition::from_toml(block.text)
                    .and_then(|it| Mapping::compile(it, &Hooks::new()))
                    .map_or_else(
                        |flaws| {
                            let said = flaws.as_slice().iter();
                            said.map(|flaw| format!("{} {}\n", flaw.code(), flaw.path()))
                                .collect()
                        },
                        |_| String::new(),
                    );
                fault = (found != told.text).then(|| format!("has the flaws {found}"));
            }
            _ => {}
        }
        wrong.extend(fault.map(|fault| format!("docs/{name}:{}: {fault}", block.line)));
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(examples >= least, "{name}: only {examples} examples");
}

/// What the tutorial has one save, in a folder.
fn saved(blocks: &[Block<'_>], folder: &Path) {
    fs::create_dir_all(folder.join("cloudevents")).unwrap();
    let files = blocks.iter().filter_map(|block| {
        let name = block.info.split_once(' ')?.1;
        (name.ends_with(".json") || name.ends_with(".toml")).then_some((name, block.text))
    });
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
}

#[test]
fn the_tutorial_ends_with_the_example() {
    let page = page("mapping.md");
    let blocks = blocks(&page);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tutorial");
    saved(&blocks, &folder);
    let opened = |name: &str| Definition::open(folder.join(name), None).unwrap();
    let compiled = |definition| Mapping::compile(definition, &Hooks::new());

    // The first draft converts the page's events already.
    let draft = blocks
        .iter()
        .find(|block| block.info.ends_with(", without schemas"));
    let draft = draft.unwrap().text;
    let mapping = compiled(Definition::from_toml(draft).unwrap()).unwrap();
    let event = |version: &str| fs::read_to_string(folder.join(format!("event.{version}.json")));
    let (old, new) = (event("v03").unwrap(), event("v1").unwrap());
    assert_eq!(silently(up(&mapping, &old, &Call::new())), compact(&new));
    assert_eq!(silently(down(&mapping, &new, &Call::new())), compact(&old));

    // With the schemas it has the one flaw of which the page tells.
    let versions = "from = { version = \"0.3\" }\nto = { version = \"1.0\" }\n";
    let schemas = blocks
        .iter()
        .find(|block| block.text.starts_with("from = "));
    let flawed = draft.replace(versions, schemas.unwrap().text);
    fs::write(folder.join("flawed.toml"), flawed).unwrap();
    let flaws = compiled(opened("flawed.toml")).unwrap_err();
    let found: Vec<_> = flaws
        .as_slice()
        .iter()
        .map(|flaw| (flaw.code(), flaw.path()))
        .collect();
    assert_eq!(found, [(FlawCode::NotAccepted, "data")]);

    let finished = opened("cloudevents.toml");
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cloudevents.toml");
    assert_eq!(finished, Definition::open(example, None).unwrap());
    compiled(finished).unwrap();
}

#[test]
fn everything_that_can_be_written_is_on_the_page() {
    let page = page("mapping.md");
    let format: Value = serde_json::from_str(Definition::format_schema()).unwrap();
    let keys = |pointer: &str| {
        let object = format.pointer(pointer).unwrap().as_object().unwrap();
        object.keys().cloned().collect::<Vec<_>>()
    };
    let mut names = keys("/properties");
    names.extend(keys("/$defs/rule/properties"));
    names.extend(keys("/$defs/version/properties"));
    let codecs = format.pointer("/$defs/rule/properties/codec/enum").unwrap();
    names.extend(
        codecs
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned()),
    );
    names.extend(FlawCode::ALL.iter().map(|code| code.as_str().to_owned()));
    let codes = keys("/properties/codes/patternProperties").remove(0);
    let codes = codes.trim_start_matches("^(?:").trim_end_matches(")$");
    names.extend(codes.split('|').map(str::to_owned));
    assert!(names.len() > 70, "{names:?}");
    for name in names {
        let told = [
            format!("`{name}`"),
            format!("`[[{name}]]`"),
            format!("`{name} = "),
        ];
        assert!(
            told.iter().any(|told| page.contains(told)),
            "docs/mapping.md has no `{name}`"
        );
    }
}

/// The tags in a section of docs/payloads.md, in code: the first column of a table, or a paragraph.
fn tags<'p>(page: &'p str, title: &str) -> Vec<&'p str> {
    let section = page.split_once(&format!("\n### {title}\n")).unwrap().1;
    let section = section.split("\n#").next().unwrap();
    let cells = section.lines().map(|line| {
        line.strip_prefix("| ")
            .map_or(line, |row| row.split(" | ").next().unwrap())
    });
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

#[test]
fn the_page_of_payloads_lists_every_tag_in_its_tier() {
    let page = page("payloads.md");
    let schema = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schemas/v2.json"));
    let schema: Value = serde_json::from_str(&schema.unwrap()).unwrap();
    for (tier, title) in [
        ("core", "Core"),
        ("high_frequency", "High frequency"),
        ("optional", "Optional"),
    ] {
        let properties = schema["properties"].as_object().unwrap();
        let of_tier = properties.iter().filter(|(_, tag)| tag["$comment"] == tier);
        let mut wanted: Vec<_> = of_tier.map(|(name, _)| name.as_str()).collect();
        let mut told = tags(&page, title);
        wanted.sort_unstable();
        told.sort_unstable();
        assert_eq!(told, wanted, "{title}");
    }
}
