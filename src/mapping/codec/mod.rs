//! Codecs: named pairs of spellings that convert into each other exactly, on JSON text and never through a float.

/// A codec and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    PosixRfc3339,
    /// How many digits the decimal point moves to the right, up.
    Scale {
        by: i32,
    },
    Integer,
    NumberString,
    Prefix {
        text: Box<str>,
    },
    Joined {
        separator: Box<str>,
    },
    Base64,
}
pub(crate) enum Coded {
    Exact,
    Cut,
    Left,
}
pub(crate) struct Outside {
    pub(crate) reason: &'static str,
}
impl Codec {
    pub(crate) fn up(
        &self,
        _v: super::tape::Value<'_>,
        _l: bool,
        _o: &mut Vec<u8>,
    ) -> Result<Coded, Outside> {
        Ok(Coded::Left)
    }
    pub(crate) fn down(
        &self,
        _v: super::tape::Value<'_>,
        _l: bool,
        _o: &mut Vec<u8>,
    ) -> Result<Coded, Outside> {
        Ok(Coded::Left)
    }
}
