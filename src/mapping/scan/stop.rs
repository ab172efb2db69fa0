//! Why a scan stopped, and what the client reads of it.

use crate::mapping::limits::Limits;
use crate::mapping::report::{Code, Finding};

/// Why a scan stopped, at which byte, and what was expected there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stop {
    pub(crate) cause: Cause,
    pub(crate) at: usize,
    pub(crate) expected: &'static str,
}

/// See [`Stop`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Malformed,
    TooLarge,
    TooDeep,
    /// Of the document itself.
    TooManyTopMembers,
    TooManyMembers,
    TooManyElements,
}

impl Cause {
    pub(crate) const fn code(self) -> Code {
        match self {
            Self::Malformed => Code::MALFORMED_JSON,
            Self::TooLarge => Code::TOO_LARGE,
            Self::TooDeep => Code::TOO_DEEP,
            Self::TooManyTopMembers | Self::TooManyMembers => Code::TOO_MANY_MEMBERS,
            Self::TooManyElements => Code::TOO_MANY_ELEMENTS,
        }
    }
}

impl Stop {
    #[cold]
    pub(crate) fn too_large(len: usize) -> Self {
        Self {
            cause: Cause::TooLarge,
            at: len,
            expected: "fewer bytes",
        }
    }

    /// What the client reads of it.
    #[cold]
    pub(crate) fn finding(self, limits: &Limits) -> Finding {
        let Self {
            cause,
            at,
            expected,
        } = self;
        let message = match cause {
            Cause::Malformed => format!("not JSON at byte {at}: expected {expected}"),
            Cause::TooLarge => format!("{at} bytes: send at most {}", limits.bytes),
            Cause::TooDeep => format!(
                "nested too deep at byte {at}: send at most {} levels",
                limits.depth
            ),
            Cause::TooManyTopMembers => format!(
                "too many members at byte {at}: send at most {}",
                limits.top_members
            ),
            Cause::TooManyMembers => format!(
                "too many members at byte {at}: send at most {} in an object",
                limits.members
            ),
            Cause::TooManyElements => format!(
                "too many elements at byte {at}: send at most {} in an array",
                limits.elements
            ),
        };
        Finding::error(cause.code(), "", message)
    }
}
