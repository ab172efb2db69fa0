//! The grammar and the words against tables, an independent parser, and themselves.

mod sentences;
mod table;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use sentences::{Text, edited, either, hours, shuffled, text};
use table::{READABLE, UNREADABLE};

use super::{Words, readable, unwords, words};

fn oracle(text: &str) -> bool {
    opening_hours_syntax::parse(text).is_ok()
}

#[test]
fn what_people_write_is_readable() {
    for text in READABLE {
        assert!(readable(text), "{text:?} should be readable");
        assert!(oracle(text), "the oracle refuses {text:?}");
    }
}

#[test]
fn what_the_grammar_leaves_out_is_not() {
    for text in UNREADABLE {
        assert!(!readable(text), "{text:?} should not be readable");
    }
}

/// The examples of docs/hours.md: what it leaves out is left out, and refused where it says so.
#[test]
fn the_documented_gaps_are_gaps() {
    let document = include_str!("../../../../docs/hours.md");
    let (_, gaps) = document.split_once("| left out | example | why |").unwrap();
    let mut examples = 0;
    for row in gaps.lines().filter(|row| row.contains('`')) {
        let [_, example, why] = row.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("not a row of three: {row}");
        };
        for example in example.split('`').skip(1).step_by(2) {
            examples += 1;
            assert!(!readable(example), "{example:?} is readable");
            let refused = why.contains("opening-hours-syntax refuses it");
            assert!(!refused || !oracle(example), "the oracle reads {example:?}");
        }
    }
    assert!(examples >= 15, "only {examples} examples were found");
}

/// What is readable, the oracle reads. The floor keeps the law from becoming empty: at least one
/// text in `one_in` has to be readable.
fn the_oracle_reads_what_is_readable(texts: Text, one_in: usize) {
    let (readables, all) = (Cell::new(0), Cell::new(0));
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    TestRunner::new(config)
        .run(&texts, |text| {
            all.set(all.get() + 1);
            if readable(&text) {
                readables.set(readables.get() + 1);
                prop_assert!(oracle(&text), "the oracle refuses {text:?}");
            }
            Ok(())
        })
        .unwrap();
    let (readables, all): (usize, usize) = (readables.get(), all.get());
    assert!(
        readables * one_in >= all,
        "only {readables} of {all} were readable: the law says little"
    );
}

#[test]
fn the_oracle_reads_edited_sentences() {
    the_oracle_reads_what_is_readable(edited(hours()), 100);
}

#[test]
fn the_oracle_reads_edited_values() {
    the_oracle_reads_what_is_readable(edited(text(READABLE)), 100);
}

#[test]
fn the_oracle_reads_shuffled_productions() {
    the_oracle_reads_what_is_readable(shuffled(), 25);
}

proptest! {
    /// Every sentence of the documented grammar is readable, and the oracle reads it.
    #[test]
    fn every_sentence_of_the_grammar_is_readable(text in hours()) {
        prop_assert!(readable(&text), "{text:?}");
        prop_assert!(oracle(&text), "the oracle refuses {text:?}");
    }

    /// Any string gets an answer, and what is readable, the oracle reads.
    #[test]
    fn any_string_gets_an_answer(text in any::<String>()) {
        prop_assert!(!readable(&text) || oracle(&text), "the oracle refuses {text:?}");
    }

    /// `hours` gives back exactly the value that `unwords` took.
    #[test]
    fn words_undo_unwords(value in either(vec![
        hours(),
        ".*".boxed(),
        "[ \u{a0}\u{3000}\n]?(custom|business|dawn to dusk|dawn_to_dusk|sunrise-sunset|Mo)?[ \u{85}]?".boxed(),
    ])) {
        match unwords(&value) {
            Some(said) => prop_assert_eq!(heard(said), Some(value.as_str())),
            // There was no way: said as it is, the value would come back as another or not at all.
            None => prop_assert_ne!(heard(&value), Some(value.as_str())),
        }
    }
}

/// What an `hours` text comes to.
fn heard(text: &str) -> Option<&str> {
    let trimmed = text.trim();
    match words(trimmed) {
        Words::Kept => Some(trimmed),
        Words::Mapped(value) => Some(value),
        Words::Dropped => None,
    }
}

#[test]
fn words_match_exactly() {
    assert_eq!(words("dawn to dusk"), Words::Mapped("sunrise-sunset"));
    assert_eq!(words("dawn_to_dusk"), Words::Mapped("sunrise-sunset"));
    assert_eq!(words("business"), Words::Mapped("Mo-Fr 09:00-17:00"));
    assert_eq!(words("custom"), Words::Dropped);
    assert_eq!(words(""), Words::Dropped);
    for kept in [
        "24/7",
        "Business",
        "dawn  to dusk",
        "dawn to dusk ",
        "Custom",
        "unknown",
        "ask inside",
    ] {
        assert_eq!(words(kept), Words::Kept, "{kept:?}");
    }
}

#[test]
fn unwords_speaks_only_when_it_is_understood() {
    assert_eq!(unwords("sunrise-sunset"), Some("dawn to dusk"));
    for itself in ["Mo-Fr 09:00-17:00", "24/7", "unknown", "Dusk", "a  b"] {
        assert_eq!(unwords(itself), Some(itself));
    }
    for lost in [
        "",
        " ",
        "custom",
        "business",
        "dawn to dusk",
        "dawn_to_dusk",
        " 24/7",
        "24/7\u{a0}",
    ] {
        assert_eq!(unwords(lost), None, "{lost:?}");
    }
}

#[test]
fn every_word_maps_to_something_readable() {
    for word in ["dawn to dusk", "dawn_to_dusk", "business"] {
        let Words::Mapped(value) = words(word) else {
            panic!("{word} is not mapped")
        };
        assert!(readable(value), "{value:?}");
    }
}

/// Input that would punish stepping back, or a stack that grows with the input.
#[test]
fn long_texts_get_an_answer() {
    let long = |piece: &str| piece.repeat(100_000 / piece.len());
    for piece in [
        "(",
        "[",
        "\"",
        "0",
        " ",
        ",",
        "Mo,",
        "Mo[1,",
        "10:00-12:00,",
        "Jan 01-",
        "2024,",
        "week 1-2,",
    ] {
        assert!(!readable(&long(piece)), "{piece:?}");
    }
    assert!(readable(&(long("Jan 01-15,2024 Mar 01,") + "easter off")));
    assert!(readable(&(long("Mo-Fr 10:00-12:00; ") + "24/7")));
    assert!(readable(&format!("off \"{}\"", long("x"))));
}

/// Real values: what the oracle reads of them is readable here.
#[test]
fn the_hours_of_london_are_readable() {
    let beside = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../shared/data/london-v1.ndjson"
    );
    let path = std::env::var("CUTOVER_LONDON").unwrap_or_else(|_| beside.to_owned());
    let Ok(file) = std::fs::read_to_string(&path) else {
        println!("skipped: there is no {path}; CUTOVER_LONDON names another place");
        return;
    };
    let mut read = 0;
    for line in file.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        for member in ["hours", "opening_hours"] {
            let Some(text) = line["payload"][member].as_str() else {
                continue;
            };
            assert_eq!(readable(text), oracle(text), "{text:?}");
            read += usize::from(readable(text));
        }
    }
    assert!(read >= 40, "only {read} values were readable");
}
