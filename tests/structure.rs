//! Who may import whom, and how long a file may be: read off the sources, so that the rooms stay apart.
//!
//! `mapping` imports nothing of ours but error and version; `contribution` adds it; `routing` imports neither, nor migration;
//! `migration` and `tower` may all, through their public doors. Of what a contribution is, only `contribution` knows. Test
//! modules are free.
//!
//! And how many binaries the tests are: each one is linked anew after every change.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

/// Longest file, its tests included.
const LINES: usize = 400;

/// Where there are files of ours.
const FOLDERS: [&str; 6] = ["src", "crates", "benches", "fuzz", "tests", "examples"];

/// Tests that are a binary each; all others are modules of their room's `main.rs`. Two read the tree and link nothing of
/// ours. One installs the router of the process, and one listens to events, which tracing's callsites remember for the
/// process.
const ALONE: [&str; 4] = [
    "tests/book.rs",
    "tests/metrics_features.rs",
    "tests/routing_installed.rs",
    "tests/structure.rs",
];

/// What a source file is: its path in the folder that was read, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The room: the first folder, or the file's own name at the root of `src/`.
    fn room(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }

    /// The modules from the crate's root down to this file's.
    fn module(&self) -> Vec<&str> {
        let mut module: Vec<&str> = self.path.trim_end_matches(".rs").split('/').collect();
        if matches!(module.last(), Some(&"mod" | &"lib")) {
            module.pop();
        }
        module
    }

    /// The lines before the file's own test module.
    fn without_tests(&self) -> String {
        let lines: Vec<&str> = self.text.lines().collect();
        let tests = lines.iter().enumerate().position(|(at, line)| {
            let next = lines.get(at + 1).copied().unwrap_or_default();
            line.trim_start().starts_with("#[cfg(")
                && line.contains("test")
                && next.contains("mod ")
                && next.ends_with('{')
        });
        lines[..tests.unwrap_or(lines.len())].join("\n")
    }

    /// Every path into the crate that the code names, from the crate's root: `error::Error`, `routing::share::Share`.
    fn imports(&self) -> Vec<String> {
        let code = code(&self.without_tests());
        let is_named = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let mut found = Vec::new();
        for (at, _) in code.match_indices("crate::") {
            // In a macro that users expand, `$crate` is a path from their crate.
            if code[..at].ends_with('$') {
                continue;
            }
            if !is_named(&code[..at]) {
                expand("", &code[at + "crate::".len()..], &mut found);
            }
        }
        for (at, _) in code.match_indices("super::") {
            if code[..at].ends_with("super::") || is_named(&code[..at]) {
                continue;
            }
            let mut rest = &code[at..];
            let mut module = self.module();
            while let Some(further) = rest.strip_prefix("super::") {
                module.pop();
                rest = further;
            }
            let prefix: String = module.iter().map(|name| format!("{name}::")).collect();
            expand(&prefix, rest, &mut found);
        }
        found
    }
}

/// The lines without their comments.
fn code(text: &str) -> String {
    text.lines()
        .map(|line| line.find("//").map_or(line, |at| &line[..at]).to_owned() + "\n")
        .collect()
}

/// Writes out `a::{b, c::d}` as `a::b`, `a::c::d`; what follows a path is left unread.
fn expand<'a>(prefix: &str, text: &'a str, found: &mut Vec<String>) -> &'a str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start();
            if let Some(rest) = rest.strip_prefix('}') {
                return rest;
            }
            let before = rest.len();
            rest = expand(prefix, rest, found).trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest);
            if rest.len() == before {
                return rest;
            }
        }
    }
    let end = text
        .find(|c: char| !c.is_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    let (name, rest) = text.split_at(if text.starts_with('*') { 1 } else { end });
    if let Some(deeper) = rest.strip_prefix("::") {
        if deeper.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '{') {
            return expand(&format!("{prefix}{name}::"), deeper, found);
        }
    }
    found.push(format!("{prefix}{name}"));
    let renamed = rest.trim_start();
    match renamed.strip_prefix("as ") {
        Some(alias) => &alias[alias.find([',', '}', ';']).unwrap_or(alias.len())..],
        None => rest,
    }
}

/// Names that the crate's root gives out for a room, such as `Version` for `version`, from `pub use room::{…};`.
fn root_names(lib: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (at, _) in lib.match_indices("pub use ") {
        let mut found = Vec::new();
        expand("", &lib[at + "pub use ".len()..], &mut found);
        for path in found {
            if let (Some((room, _)), Some((_, name))) =
                (path.split_once("::"), path.rsplit_once("::"))
            {
                names.push((name.to_owned(), room.to_owned()));
            }
        }
    }
    names
}

/// Modules that a room opens to the public: `pub mod equivalence;`.
fn public_modules(sources: &[Source], room: &str) -> Vec<String> {
    let door = sources.iter().find(|source| {
        source.path == format!("{room}/mod.rs") || source.path == format!("{room}.rs")
    });
    let lines = door.into_iter().flat_map(|door| door.text.lines());
    lines
        .filter_map(|line| line.trim().strip_prefix("pub mod "))
        .map(|rest| rest.trim_end_matches([';', '{', ' ']).to_owned())
        .collect()
}

/// Everything that breaks a rule, one line each.
fn violations(sources: &[Source]) -> Vec<String> {
    let lib = sources
        .iter()
        .find(|source| source.path == "lib.rs")
        .map_or("", |source| &source.text);
    let root = root_names(lib);
    let mut broken = Vec::new();
    for source in sources {
        let text = source.without_tests();
        let room = source.room();
        for path in source.imports() {
            let first = path.split("::").next().unwrap();
            let to = root
                .iter()
                .find(|(name, _)| name == first)
                .map_or(first, |(_, room)| room);
            // `crate::*` would import every room.
            let within = to == room || matches!(to, "error" | "version");
            let allowed = match room {
                "mapping" => within,
                "contribution" => within || to == "mapping",
                "routing" => !matches!(to, "mapping" | "contribution" | "migration" | "tower"),
                "migration" | "tower" => within || through_the_door(sources, &path),
                _ => true,
            };
            if !allowed {
                broken.push(format!("{}: {room} must not import {path}", source.path));
            }
        }
        // What is said of payloads in examples may be of the one that we know best.
        let (others, text) = match room {
            "mapping" => ("toilet wheelchair gbp osm opening_hours charge", text),
            "migration" | "tower" | "routing" => (
                "toilet wheelchair gbp osm opening_hours charge contribution",
                // The plan that is built in.
                code(&text)
                    .replace("contribution_form_v2", "")
                    .replace("contribution-form-v2", ""),
            ),
            _ => continue,
        };
        let lower = text.to_lowercase();
        for word in others.split(' ').filter(|word| lower.contains(word)) {
            broken.push(format!("{}: {room} must not name {word}", source.path));
        }
    }
    broken
}

/// Files that are too long, one line each.
fn too_long(sources: &[Source]) -> Vec<String> {
    let lengths = sources
        .iter()
        .map(|source| (&source.path, source.text.lines().count()));
    lengths
        .filter(|(_, lines)| *lines > LINES)
        .map(|(path, lines)| format!("{path}: {lines} lines, at most {LINES}"))
        .collect()
}

/// Whether a path into another room passes only through modules that it opens.
fn through_the_door(sources: &[Source], path: &str) -> bool {
    let parts: Vec<&str> = path.split("::").collect();
    let is_module = |name: &str| name.starts_with(|c: char| c.is_ascii_lowercase());
    match parts[..] {
        [room, module, ..] if parts.len() > 2 && is_module(room) && is_module(module) => {
            public_modules(sources, room)
                .iter()
                .any(|public| public == module)
        }
        _ => true,
    }
}

/// Reads the sources of a folder but for files and folders of one name.
fn read(folder: &Path, root: &Path, but: &str, sources: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.file_stem().is_some_and(|name| name == but) {
            continue;
        }
        if path.is_dir() {
            read(&path, root, but, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/");
            sources.push(Source {
                path: name,
                text: fs::read_to_string(&path).unwrap(),
            });
        }
    }
}

#[test]
fn the_rooms_are_apart() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    // Unit tests may look into any room; only what ships is held to the rules.
    read(&root, &root, "tests", &mut sources);
    assert!(
        sources.iter().any(|source| source.room() == "mapping"),
        "the sources were found"
    );
    assert_eq!(violations(&sources), [""; 0]);
}

#[test]
fn no_file_is_too_long() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    for folder in FOLDERS {
        let before = sources.len();
        read(&root.join(folder), root, "target", &mut sources);
        assert!(sources.len() > before, "{folder}: the sources were found");
    }
    assert_eq!(too_long(&sources), [""; 0]);
}

#[test]
fn tests_are_grouped_by_room() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    read(&root.join("tests"), root, "target", &mut sources);
    let alone: Vec<&str> = sources
        .iter()
        .map(|source| source.path.as_str())
        .filter(|path| path.matches('/').count() == 1)
        .collect();
    assert_eq!(alone, ALONE);
}

fn broken(path: &str, text: &str) -> Vec<String> {
    let source = |path: &str, text: &str| Source {
        path: path.to_owned(),
        text: text.to_owned(),
    };
    let sources = [
        source(
            "lib.rs",
            "pub use error::{Error, ErrorKind};\npub use routing::{Router, Share};\npub use version::Version;",
        ),
        source("routing/mod.rs", "mod share;\npub mod source;\n"),
        source(path, text),
    ];
    [violations(&sources), too_long(&sources)].concat()
}

#[test]
fn the_checker_sees_what_is_wrong() {
    for (path, text) in [
        ("mapping/scan.rs", "use crate::contribution::V1;"),
        ("mapping/scan.rs", "use crate::Router;"),
        ("mapping/scan.rs", "fn f() { super::super::routing::f() }"),
        ("mapping/mod.rs", "use super::routing::Share;"),
        (
            "mapping/path.rs",
            "use crate::{error::Error, migration::{self, Guard}};",
        ),
        ("mapping/path.rs", "/// Is it a Toilet?\nfn f() {}"),
        ("mapping/path.rs", "const W: &str = \"wheelchair\";"),
        ("mapping/mod.rs", "use super::*;"),
        ("contribution/tags.rs", "use crate::routing::Share;"),
        ("contribution/tags.rs", "fn f() -> crate::Share { todo!() }"),
        (
            "routing/router.rs",
            "use crate::{\n    clock::Clock,\n    mapping as p,\n};",
        ),
        ("routing/router.rs", "use crate::migration::Guard;"),
        (
            "routing/source/file.rs",
            "use super::super::super::contribution::upgrade;",
        ),
        ("migration/guard.rs", "use crate::routing::share::Share;"),
        ("migration/shadow/payloads.rs", "use crate::contribution;"),
        ("tower/layer.rs", "const TAG: &str = \"wheelchair\";"),
        ("routing/pins.rs", "struct Osm;"),
        ("version.rs", &"fn f() {}\n".repeat(401)),
        ("crates/cli/tests/streams.rs", &"fn f() {}\n".repeat(401)),
    ] {
        assert_ne!(broken(path, text), [""; 0], "{path}: {text:.80}");
    }
}

#[test]
fn the_checker_lets_through_what_is_right() {
    for (path, text) in [
        (
            "mapping/scan.rs",
            "use crate::error::{Error, ErrorKind};\nuse crate::Version;\nuse super::report::{Code, Tier as T};",
        ),
        (
            "mapping/scan.rs",
            "// use crate::routing::Share;\n#[cfg(test)]\nmod tests {\n    use crate::contribution::V1;\n}",
        ),
        (
            "contribution/tags.rs",
            "use crate::mapping::tape::{Node, Tape};\nuse super::hours;\nuse crate::{Error, mapping};",
        ),
        (
            "routing/router.rs",
            "use crate::{Version, clock::Clock};\nuse super::share::Share;",
        ),
        (
            "migration/guard.rs",
            "use crate::routing::{Router, Share};\nuse crate::routing::source::Source;\nuse super::evidence;",
        ),
        (
            "version.rs",
            &("fn f() {}\n".repeat(200)
                + "#[cfg(test)]\nmod tests {\n"
                + &"// x\n".repeat(197)
                + "}"),
        ),
        (
            "migration/plan.rs",
            "/// A contribution.\nfn contribution_form_v2() {}",
        ),
        ("tests/plan.rs", &"fn f() {}\n".repeat(400)),
    ] {
        assert_eq!(broken(path, text), [""; 0], "{path}");
    }
}
