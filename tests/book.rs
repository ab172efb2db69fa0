//! The documentation hangs together: every link of ours leads somewhere, every page is in the book, and the book that
//! mdBook makes of the pages has no broken link and no front matter in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The files below a folder with this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A page's lines without its code blocks and front matter.
fn prose(text: &str) -> Vec<&str> {
    let mut fence = None;
    let mut lines = Vec::new();
    let body = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
        .map_or(text, |(_, body)| body);
    for line in body.lines() {
        let marks = line.trim_start();
        match fence {
            Some(mark) if marks.starts_with(mark) => fence = None,
            Some(_) => {}
            None if marks.starts_with("```") => fence = Some("```"),
            None if marks.starts_with("~~~") => fence = Some("~~~"),
            None => lines.push(line),
        }
    }
    lines
}

/// Where a page's links lead, but those to other sites.
fn links(text: &str) -> Vec<String> {
    let without_code = |line: &str| -> String { line.split('`').step_by(2).collect() };
    let text: String = prose(text)
        .iter()
        .map(|line| without_code(line) + "\n")
        .collect();
    let inline = text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split_once(')')?.0;
        target.split_whitespace().next()
    });
    let defined = text.lines().filter_map(|line| {
        let (_, target) = line.strip_prefix('[')?.split_once("]: ")?;
        target.split_whitespace().next()
    });
    let ours = |link: &&str| !link.contains("://") && !link.starts_with("mailto:");
    inline
        .chain(defined)
        .filter(ours)
        .map(str::to_owned)
        .collect()
}

/// The anchors of a page's headings, as GitHub and mdBook make them.
fn anchors(text: &str) -> Vec<String> {
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    let headings = prose(text).into_iter().filter_map(|line| {
        let title = line.trim_start_matches('#');
        (title.len() < line.len()).then(|| title.strip_prefix(' '))?
    });
    let mut found = Vec::new();
    for heading in headings {
        let anchor: String = heading
            .trim()
            .to_lowercase()
            .chars()
            .filter(|&c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let before = times.entry(anchor.clone()).or_default();
        found.push(match *before {
            0 => anchor,
            n => format!("{anchor}-{n}"),
        });
        *before += 1;
    }
    found
}

/// The path with its `..` taken away.
fn resolved(path: &Path) -> PathBuf {
    let mut resolved = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(resolved.pop()),
            Component::CurDir => {}
            part => resolved.push(part),
        }
    }
    resolved
}

/// Why a link of this page leads nowhere.
fn broken(page: &Path, link: &str) -> Option<String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = match path {
        "" => page.to_owned(),
        path => resolved(&page.parent().unwrap().join(path)),
    };
    if !target.exists() {
        return Some(format!("{} does not exist", target.display()));
    }
    let in_docs = |path: &Path| path.starts_with(root().join("docs"));
    if in_docs(page) && !in_docs(&target) {
        return Some(format!(
            "{} is not in docs/, so not in the book",
            target.display()
        ));
    }
    if anchor.is_empty() {
        return None;
    }
    let has = anchors(&fs::read_to_string(&target).unwrap());
    (!has.iter().any(|found| found == anchor))
        .then(|| format!("the page has only the anchors {has:?}"))
}

#[test]
fn every_link_of_the_documentation_leads_somewhere() {
    let mut pages = files(&root().join("docs"), "md");
    pages.extend(["README.md", "CHANGELOG.md", "fuzz/README.md"].map(|page| root().join(page)));
    let mut followed = 0;
    let mut wrong = Vec::new();
    for page in &pages {
        for link in links(&fs::read_to_string(page).unwrap()) {
            followed += 1;
            if let Some(why) = broken(page, &link) {
                wrong.push(format!("{}: {link}: {why}", page.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        followed > 20,
        "only {followed} links in {} pages",
        pages.len()
    );
}

#[test]
fn links_and_anchors_are_found_where_they_are() {
    let page = "---\na: [no](a.md)\n---\n# A `b` page, of 2\n[one](a.md) ![two](b.svg \"title\")\n```sh\n# [no](c.md)\n```\n\
                `[no](d.md)` [wrapped\nthree](e.md#x) [away](https://example.com)\n[four]: f.md\n## A `b` page, of 2\n";
    assert_eq!(links(page), ["a.md", "b.svg", "e.md#x", "f.md"]);
    assert_eq!(anchors(page), ["a-b-page-of-2", "a-b-page-of-2-1"]);
    let rollout = root().join("docs/rollout.md");
    assert_eq!(broken(&rollout, "bucketing.md#in-words"), None);
    for link in [
        "nowhere.md",
        "bucketing.md#nowhere",
        "#nowhere",
        "../README.md",
    ] {
        assert!(broken(&rollout, link).is_some(), "{link}");
    }
}

#[test]
fn every_page_is_in_the_book() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    let listed: Vec<PathBuf> = links(&summary).iter().map(|link| docs.join(link)).collect();
    for page in files(&docs, "md") {
        let is_listed = listed.contains(&page) || page.ends_with("SUMMARY.md");
        assert!(is_listed, "docs/SUMMARY.md doesn't list {}", page.display());
    }
}

/// Copies the pages, so that one can be added.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let copied = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &copied);
        } else {
            fs::copy(&path, &copied).unwrap();
        }
    }
}

/// The values of an attribute, as mdBook writes it.
fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let before = format!(" {attribute}=\"");
    let rests = html.split(&before).skip(1);
    rests
        .filter_map(|rest| Some(rest.split_once('"')?.0))
        .collect()
}

/// Whether a program can be run; where `CUTOVER_REQUIRE` names it, it has to be.
fn is_there(program: &str) -> bool {
    let is_there = Command::new(program).arg("--version").output().is_ok();
    let required = std::env::var("CUTOVER_REQUIRE").unwrap_or_default();
    assert!(
        is_there || !required.split(',').any(|what| what == program),
        "CUTOVER_REQUIRE={program}, and there is none: cargo install mdbook"
    );
    is_there
}

#[test]
fn the_book_has_no_broken_link_and_no_front_matter() {
    if !is_there("mdbook") || !is_there("python3") {
        eprintln!("SKIPPED: the book takes mdbook and python3");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("book");
    drop(fs::remove_dir_all(&folder));
    copy(&root().join("docs"), &folder.join("docs"));
    fs::copy(root().join("README.md"), folder.join("README.md")).unwrap();
    let summary = folder.join("docs/SUMMARY.md");
    let with_one_more = fs::read_to_string(&summary).unwrap() + "- [Fronted](fronted.md)\n";
    fs::write(&summary, with_one_more).unwrap();
    let fronted =
        "---\ntitle: hidden-title\ntags: [a]\n---\n\n# Fronted\n\nThe text.\n\n---\n\nMore.\n";
    fs::write(folder.join("docs/fronted.md"), fronted).unwrap();

    let built = Command::new("mdbook")
        .args(["build", "docs"])
        .current_dir(&folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&built.stderr).into_owned();
    assert!(built.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");

    let book = folder.join("target/book");
    let page = fs::read_to_string(book.join("fronted.html")).unwrap();
    assert!(page.contains("The text.") && page.contains("More."));
    assert!(!page.contains("hidden-title"), "front matter is shown");
    let introduction = fs::read_to_string(book.join("introduction.html")).unwrap();
    assert!(
        introduction.contains("id=\"a-tour\""),
        "the introduction is the README"
    );

    let mut followed = 0;
    for page in files(&book, "html") {
        // One is all pages on one, with their links; the others are mdBook's own.
        if ["print.html", "toc.html", "404.html"]
            .iter()
            .any(|name| page.ends_with(name))
        {
            continue;
        }
        let html = fs::read_to_string(&page).unwrap();
        for link in [values(&html, "href"), values(&html, "src")].concat() {
            if link.contains("://") {
                continue;
            }
            followed += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = match path {
                "" => page.clone(),
                path => page.parent().unwrap().join(path),
            };
            assert!(target.exists(), "{}: {link}", page.display());
            let has = |html: &str| values(html, "id").contains(&anchor);
            assert!(
                anchor.is_empty() || has(&fs::read_to_string(&target).unwrap()),
                "{}: {link}",
                page.display()
            );
        }
    }
    assert!(followed > 100, "only {followed} links");
}
