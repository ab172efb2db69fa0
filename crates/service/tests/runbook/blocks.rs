//! The fenced blocks of a page, each with its language, its name and what else its first line says.

/// A block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    /// The line of the page that it begins at.
    pub(crate) line: usize,
    /// `sh`, `sql`, `promql` …
    pub(crate) language: String,
    /// The second word of its first line.
    pub(crate) name: String,
    /// Further words, such as `postgres`.
    pub(crate) only: Vec<String>,
    pub(crate) text: String,
}

/// What a block with this name is an example of: nothing that could be run as it is.
const TEMPLATE: &str = "template";

impl Block {
    pub(crate) fn is_template(&self) -> bool {
        self.name == TEMPLATE
    }

    pub(crate) fn is_only(&self, what: &str) -> bool {
        self.only.iter().any(|only| only == what)
    }
}

/// All blocks of the page, first to last.
///
/// # Panics
/// At a block without an end, one that is indented (and so perhaps not seen), or fenced otherwise.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut open: Option<Block> = None;
    for (at, line) in page.lines().enumerate() {
        let line_number = at + 1;
        match (&mut open, line.strip_prefix("```")) {
            (Some(_), Some("")) => found.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (Some(_), Some(_)) => panic!("line {line_number}: a block begins within a block"),
            (None, Some(info)) => {
                let mut words = info.split_whitespace().map(str::to_owned);
                open = Some(Block {
                    line: line_number,
                    language: words.next().unwrap_or_default(),
                    name: words.next().unwrap_or_default(),
                    only: words.collect(),
                    text: String::new(),
                });
            }
            (None, None) => {
                let hidden = line.trim_start();
                assert!(
                    !hidden.starts_with("```")
                        && !hidden.starts_with("~~~")
                        && !line.starts_with("    "),
                    "line {line_number}: begin a block with ``` at the start of a line, so that it is run"
                );
            }
        }
    }
    assert!(open.is_none(), "the last block has no end");
    found
}

#[test]
fn blocks_are_found_with_what_their_first_line_says() {
    let page = "text `code`\n```sh look follow\nls\n\nls\n```\n```\nx\n```\n```sql template\n```\n";
    let found = blocks(page);
    let words = |block: &Block| {
        format!(
            "{} {} {:?} {}",
            block.language, block.name, block.only, block.line
        )
    };
    let words: Vec<String> = found.iter().map(words).collect();
    assert_eq!(
        words,
        [r#"sh look ["follow"] 2"#, "  [] 7", "sql template [] 10"]
    );
    assert_eq!(found[0].text, "ls\n\nls\n");
    assert!(found[2].is_template() && !found[1].is_template());
    for hidden in [
        "- x\n  ```sh\n",
        "~~~\n",
        "    ls\n",
        "```sh\n",
        "```\n```sh\n```\n```",
    ] {
        assert!(
            std::panic::catch_unwind(|| blocks(hidden)).is_err(),
            "{hidden}"
        );
    }
}
