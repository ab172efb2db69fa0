//! What the fuzz targets of mappings assert, as functions on one input: the fuzzer's corpora are replayed through the very
//! functions that it calls.

pub(crate) mod definition;
pub(crate) mod mapping;
pub(crate) mod schema;

use crate::shelf;

/// How many inputs of a corpus had something to check, by what `run` says.
fn replay(target: &str, run: fn(&[u8]) -> usize) -> usize {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/corpus");
    let folder = std::path::Path::new(corpus).join(target);
    if !folder.is_dir() {
        println!("SKIPPED: {} is not part of this copy", folder.display());
        return usize::MAX;
    }
    let mut checked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        checked += usize::from(run(&std::fs::read(&path).unwrap()) > 0);
    }
    checked
}

#[test]
fn the_corpus_of_definitions_holds() {
    assert!(replay("definition", definition::run) >= 12);
}

#[test]
fn the_corpus_of_documents_holds() {
    assert!(replay("mapping", mapping::run) >= 20);
}

#[test]
fn the_corpus_of_schemas_holds() {
    assert!(replay("schema", schema::run) >= 12);
}
