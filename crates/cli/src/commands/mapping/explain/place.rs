//! Paths of a definition, and what stands there in a document.

use serde_json::Value;

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Each,
}

pub(super) type Steps = Vec<Step>;

/// As a definition writes it.
pub(super) fn parse(path: &str) -> Steps {
    if path.is_empty() {
        return Vec::new();
    }
    let step = |text: &str| match text {
        "*" => Step::Each,
        text => Step::Name(
            text.replace("~2", "*")
                .replace("~1", "/")
                .replace("~0", "~"),
        ),
    };
    path.split('/').map(step).collect()
}

/// A value in a document: by which indices it was reached, and what it is in.
pub(super) struct Found<'d> {
    pub(super) pointer: String,
    pub(super) indices: Vec<usize>,
    pub(super) value: &'d Value,
    pub(super) around: Option<&'d Value>,
}

/// What stands at a path. `word` says what a `$word` stands for.
pub(super) fn find<'d>(
    document: &'d Value,
    steps: &[Step],
    word: &dyn Fn(&str) -> String,
) -> Vec<Found<'d>> {
    let mut found = vec![Found {
        pointer: String::new(),
        indices: Vec::new(),
        value: document,
        around: None,
    }];
    for step in steps {
        found = found
            .into_iter()
            .flat_map(|here| below(&here, step, word))
            .collect();
    }
    found
}

fn below<'d>(here: &Found<'d>, step: &Step, word: &dyn Fn(&str) -> String) -> Vec<Found<'d>> {
    let around = Some(here.value);
    match (step, here.value) {
        (Step::Name(name), Value::Object(members)) => {
            let name = word(name);
            let value = members.get(&name);
            let found = value.map(|value| Found {
                pointer: format!("{}/{}", here.pointer, escaped(&name)),
                indices: here.indices.clone(),
                value,
                around,
            });
            found.into_iter().collect()
        }
        (Step::Each, Value::Array(elements)) => {
            let element = |(index, value): (usize, &'d Value)| Found {
                pointer: format!("{}/{index}", here.pointer),
                indices: here.indices.iter().copied().chain([index]).collect(),
                value,
                around,
            };
            elements.iter().enumerate().map(element).collect()
        }
        _ => Vec::new(),
    }
}

/// The pointer of a path, with these indices for its first elements; `*` for the rest.
pub(super) fn pointer(steps: &[Step], indices: &[usize], word: &dyn Fn(&str) -> String) -> String {
    let mut indices = indices.iter();
    let mut pointer = String::new();
    for step in steps {
        pointer.push('/');
        match step {
            Step::Name(name) => pointer.push_str(&escaped(&word(name))),
            Step::Each => match indices.next() {
                Some(index) => pointer.push_str(&index.to_string()),
                None => pointer.push('*'),
            },
        }
    }
    pointer
}

/// Whether a pointer is one of those that a path stands for.
pub(super) fn matches(steps: &[Step], of: &str, word: &dyn Fn(&str) -> String) -> bool {
    let mut segments = of.split('/').skip(1);
    let each = |step: &Step| {
        segments.next().is_some_and(|segment| match step {
            Step::Name(name) => escaped(&word(name)) == segment,
            Step::Each => segment.bytes().all(|byte| byte.is_ascii_digit()),
        })
    };
    steps.iter().all(each) && segments.next().is_none()
}

fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
