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
            let mut path = String::new();
            all.iter().for_each(|name| push_name(&mut path, name));
            assert_eq!(names(&path).collect::<Vec<_>>(), all, "{path}");
        }
        let mut path = String::new();
        push_name(&mut path, "a/b~c~1");
        assert_eq!(path, "/a~1b~0c~01");
    }
}
