//! Paths of a definition: where in a document, in decoded names, with `*` for every element of an array.

use std::fmt;

/// One step of a [`Path`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Segment {
    /// The member of this name.
    Name(Box<str>),
    /// Every element.
    Each,
}

/// Where something stands: an RFC 6901 pointer without its leading slash, `*` for every element, `~2` for a literal `*`.
///
/// Under a `pick` its word, `$language`, is a name like any other here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Path(pub(crate) Vec<Segment>);

impl Path {
    /// Reads a path; `""` is the document.
    ///
    /// # Errors
    /// What is wrong with it, and what to do.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        text.split('/')
            .map(segment)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The path of what this one is in; `None` for the document.
    pub(crate) fn parent(&self) -> Option<Self> {
        let (_, rest) = self.0.split_last()?;
        Some(Self(rest.to_vec()))
    }

    /// The last step when it is a name.
    pub(crate) fn name(&self) -> Option<&str> {
        match self.0.last() {
            Some(Segment::Name(name)) => Some(name),
            _ => None,
        }
    }

    pub(crate) fn child(&self, segment: Segment) -> Self {
        let mut path = self.clone();
        path.0.push(segment);
        path
    }

    pub(crate) fn member(&self, name: &str) -> Self {
        self.child(Segment::Name(name.into()))
    }

    pub(crate) fn join(&self, rest: &[Segment]) -> Self {
        let mut path = self.clone();
        path.0.extend_from_slice(rest);
        path
    }

    /// What of this path is behind `prefix`; `None` when it doesn't begin with it.
    pub(crate) fn behind(&self, prefix: &Self) -> Option<&[Segment]> {
        self.0.strip_prefix(prefix.0.as_slice())
    }

    /// How many arrays it crosses.
    pub(crate) fn stars(&self) -> usize {
        self.0.iter().filter(|s| **s == Segment::Each).count()
    }
}

fn segment(text: &str) -> Result<Segment, &'static str> {
    if text == "*" {
        return Ok(Segment::Each);
    }
    if text.is_empty() {
        return Err(
            "a step of the path is empty: write the member's name, without a slash at either end",
        );
    }
    let mut name = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        name.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                Some('2') => '*',
                _ => {
                    return Err(
                        "unescaped `~`: write `~0` for it, `~1` for a slash, `~2` for a star",
                    );
                }
            },
            c => c,
        });
    }
    Ok(Segment::Name(name.into()))
}

/// As it stands in a definition; [`Path::parse`] reads it back.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str("/")?;
            }
            match segment {
                Segment::Each => f.write_str("*")?,
                Segment::Name(name) if &**name == "*" => f.write_str("~2")?,
                Segment::Name(name) => f.write_str(&name.replace('~', "~0").replace('/', "~1"))?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn paths_are_read_and_written_back() {
        for text in [
            "",
            "a",
            "a/b",
            "items/*/qty",
            "a~1b/~2/~0",
            "a/*/*/b",
            "data/$language",
        ] {
            let path = Path::parse(text).unwrap();
            assert_eq!(path.to_string(), text);
        }
        assert_eq!(Path::parse("~2").unwrap().name(), Some("*"));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in ["/a", "a/", "a//b", "~", "a~3"] {
            assert!(Path::parse(text).is_err(), "{text}");
        }
    }
}
