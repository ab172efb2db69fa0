//! JSON pointers (RFC 6901): how names are escaped in them.

/// Appends a step to a pointer: a member's name, or an index as text.
pub(crate) fn push_name(path: &mut String, name: &str) {
    path.push('/');
    for c in name.chars() {
        match c {
            '~' => path.push_str("~0"),
            '/' => path.push_str("~1"),
            c => path.push(c),
        }
    }
}

/// The pointer of these steps.
pub(crate) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let mut path = String::new();
    names
        .into_iter()
        .for_each(|name| push_name(&mut path, name));
    path
}

/// What a step of a pointer says.
pub(crate) fn name(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

/// The steps of a pointer, as they say.
pub(crate) fn names(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped_and_read_back() {
        for all in [&["a/b~c~1", "", "~0"][..], &["é", "0"], &[]] {
            let path = of(all.iter().copied());
            assert_eq!(names(&path).collect::<Vec<_>>(), all, "{path}");
        }
        assert_eq!(of(["a/b~c~1"]), "/a~1b~0c~01");
    }
}
