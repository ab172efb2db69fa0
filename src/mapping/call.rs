//! What the caller says with each document: id, policy, context, what was assumed, limits, dialect.

use std::fmt;

use super::limits::Limits;

/// One of the two versions of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The version that an upgrade reads.
    From,
    /// The version that an upgrade writes.
    To,
}

impl Side {
    /// The other version.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::From => Self::To,
            Self::To => Self::From,
        }
    }

    /// `"from"` or `"to"`, as in a definition.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::To => "to",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is said with a document. All of it is optional unless the definition asks for it.
///
/// ```
/// use cutover::mapping::Call;
///
/// let call = Call::new().id("order-1").context("language", "en");
/// # let _ = call;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Call<'a> {
    pub(crate) id: Option<&'a str>,
    pub(crate) policy: Option<&'a str>,
    pub(crate) context: Vec<(&'a str, &'a str)>,
    pub(crate) assumed: &'a [String],
    pub(crate) limits: Option<Limits>,
    pub(crate) dialect: Option<&'a str>,
}

impl<'a> Call<'a> {
    /// Nothing but the document.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            id: None,
            policy: None,
            context: Vec::new(),
            assumed: &[],
            limits: None,
            dialect: None,
        }
    }

    /// The document's id, for hooks that need one.
    #[must_use]
    pub fn id(self, id: &'a str) -> Self {
        Self {
            id: Some(id),
            ..self
        }
    }

    /// Which stand-ins are written for what is absent. Without it, the definition's first policy.
    #[must_use]
    pub fn policy(self, policy: &'a str) -> Self {
        Self {
            policy: Some(policy),
            ..self
        }
    }

    /// The value of a name in the definition's `context`; the last one given counts.
    #[must_use]
    pub fn context(mut self, name: &'a str, value: &'a str) -> Self {
        self.context.retain(|(known, _)| *known != name);
        self.context.push((name, value));
        self
    }

    /// What the upgrade of this document assumed ([`Report::assumed`](super::Report::assumed)): a downgrade leaves it out
    /// again while it has the value that was written then.
    #[must_use]
    pub fn assumed(self, assumed: &'a [String]) -> Self {
        Self { assumed, ..self }
    }

    /// How large the document may be. Without it, [`Limits::default`].
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self {
            limits: Some(limits),
            ..self
        }
    }

    /// A downgrade keeps the shape of `to`, and drops only what the dialects after this one added.
    #[must_use]
    pub fn dialect(self, dialect: &'a str) -> Self {
        Self {
            dialect: Some(dialect),
            ..self
        }
    }

    /// The document's id, for hooks.
    #[must_use]
    pub fn document_id(&self) -> Option<&'a str> {
        self.id
    }

    /// The policy, for hooks; `None` is the definition's first.
    #[must_use]
    pub fn chosen_policy(&self) -> Option<&'a str> {
        self.policy
    }

    /// Whether the upgrade of this document assumed what is at this pointer of it, for hooks.
    #[must_use]
    pub fn is_assumed(&self, pointer: &str) -> bool {
        self.assumed.iter().any(|assumed| assumed == pointer)
    }

    /// The value of a context name, for hooks.
    #[must_use]
    pub fn value_of(&self, name: &str) -> Option<&'a str> {
        let found = self.context.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| *value)
    }
}

/// The call is wrong, whatever the document: a context value is missing, or there is no such policy or dialect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub(crate) message: String,
}

impl CallError {
    #[cold]
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}
