//! What was found in a document: findings in a fixed order, and what a conversion had to assume.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::call::CallError;

/// Does a finding refuse the document, or only remark on it?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is taken; somebody should look at this.
    Warning,
}

impl Severity {
    /// `"error"` or `"warning"`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What kind of finding it is. Open: definitions rename codes, and hooks bring codes of their own.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Code(Cow<'static, str>);

impl Code {
    /// Not JSON, or not UTF-8.
    pub const MALFORMED_JSON: Self = Self::new("malformed_json");
    /// More bytes than the limit.
    pub const TOO_LARGE: Self = Self::new("too_large");
    /// Nested deeper than the limit.
    pub const TOO_DEEP: Self = Self::new("too_deep");
    /// More members in an object than the limit.
    pub const TOO_MANY_MEMBERS: Self = Self::new("too_many_members");
    /// More elements in an array than the limit.
    pub const TOO_MANY_ELEMENTS: Self = Self::new("too_many_elements");
    /// A member that stands in one object twice.
    pub const DUPLICATE_MEMBER: Self = Self::new("duplicate_member");
    /// A value of another JSON type than is wanted.
    pub const INVALID_TYPE: Self = Self::new("invalid_type");
    /// Not one of the listed values.
    pub const INVALID_ENUM: Self = Self::new("invalid_enum");
    /// A number beyond its range, or not a multiple of what it should be.
    pub const OUT_OF_RANGE: Self = Self::new("out_of_range");
    /// A text that isn't formed as it should be.
    pub const INVALID_FORMAT: Self = Self::new("invalid_format");
    /// More characters, elements or members than are taken.
    pub const TOO_LONG: Self = Self::new("too_long");
    /// Fewer characters, elements or members than are taken.
    pub const TOO_SHORT: Self = Self::new("too_short");
    /// A member that must be there is missing.
    pub const REQUIRED: Self = Self::new("required");
    /// A member that the schema does not allow.
    pub const UNKNOWN_MEMBER: Self = Self::new("unknown_member");
    /// Refused by another keyword of the schema.
    pub const SCHEMA: Self = Self::new("schema");
    /// A member that only the other version has.
    pub const OTHER_VERSION: Self = Self::new("other_version");
    /// Two values for one place.
    pub const CONFLICT: Self = Self::new("conflict");
    /// A value that its codec can't convert.
    pub const OUT_OF_DOMAIN: Self = Self::new("out_of_domain");
    /// Something that has no place in the other version.
    pub const LOST: Self = Self::new("lost");
    /// A member that the definition drops.
    pub const DROPPED: Self = Self::new("dropped");
    /// A value left out because the member was also sent in another place, and the value there was used.
    pub const SHADOWED: Self = Self::new("shadowed");
    /// A null that counts as absent, and is left out.
    pub const NULL_VALUE: Self = Self::new("null_value");
    /// A stand-in that was written for what is absent.
    pub const ASSUMED: Self = Self::new("assumed");
    /// A number or bool that was turned into its JSON text.
    pub const TYPE_COERCION: Self = Self::new("type_coercion");

    /// A code of your own, for a hook.
    #[must_use]
    pub const fn new(code: &'static str) -> Self {
        Self(Cow::Borrowed(code))
    }

    pub(crate) const fn owned(code: String) -> Self {
        Self(Cow::Owned(code))
    }

    /// The code as it stands in JSON, such as `"out_of_range"`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One thing that was found in a document. `Display` is the message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: Code,
    pub(crate) path: String,
    pub(crate) tier: Option<Cow<'static, str>>,
    pub(crate) message: Cow<'static, str>,
}

impl Finding {
    /// A finding that refuses the document. `path` is a JSON pointer into the input.
    #[must_use]
    pub fn error(
        code: Code,
        path: impl Into<String>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            code,
            path: path.into(),
            tier: None,
            message: message.into(),
        }
    }

    /// A finding that does not.
    #[must_use]
    pub fn warning(
        code: Code,
        path: impl Into<String>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, path, message)
        }
    }

    /// Error or warning.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What kind of finding it is.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// JSON pointer (RFC 6901) into the input, with real indices; `""` is the document.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The member's tier (`x-tier` in the schema), when it has one.
    #[must_use]
    pub fn tier(&self) -> Option<&str> {
        self.tier.as_deref()
    }

    /// What is wrong and what to do, one line for people. Never contains the value: it may be personal data.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// `{"severity", "code", "path", "message"}`, and `tier` when there is one.
impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out =
            serializer.serialize_struct("Finding", 4 + usize::from(self.tier.is_some()))?;
        out.serialize_field("severity", self.severity.as_str())?;
        out.serialize_field("code", self.code.as_str())?;
        out.serialize_field("path", &self.path)?;
        if let Some(tier) = &self.tier {
            out.serialize_field("tier", tier)?;
        }
        out.serialize_field("message", &self.message)?;
        out.end()
    }
}

/// Everything that was found in one document: the input's errors in document order, then the conversion's, then the output's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    pub(crate) findings: Vec<Finding>,
    pub(crate) assumed: Vec<String>,
}

impl Report {
    /// Whether the document is taken: warnings there may be, errors not.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.first_error().is_none()
    }

    /// All findings, in order.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// The findings that refuse the document.
    pub fn errors(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|f| f.severity == Severity::Error)
    }

    /// The findings that do not.
    pub fn warnings(&self) -> impl Iterator<Item = &Finding> {
        self.findings
            .iter()
            .filter(|f| f.severity == Severity::Warning)
    }

    /// The first finding that refuses the document.
    #[must_use]
    pub fn first_error(&self) -> Option<&Finding> {
        self.errors().next()
    }

    /// JSON pointers into the *output* of what was written without a source in the input. Keep them with the record and give
    /// them back with [`Call::assumed`](super::Call::assumed), so that a downgrade leaves out again what nobody has said.
    #[must_use]
    pub fn assumed(&self) -> &[String] {
        &self.assumed
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (errors, warnings) = (self.errors().count(), self.warnings().count());
        let s = |count: usize| if count == 1 { "" } else { "s" };
        write!(
            f,
            "{errors} error{}, {warnings} warning{}",
            s(errors),
            s(warnings)
        )?;
        match self.first_error() {
            // A name is the client's: escaped, so that it can't forge a line of a log.
            Some(first) => write!(f, "; first {} at {:?}: {first}", first.code, first.path),
            None => Ok(()),
        }
    }
}

/// `{"valid", "findings", "assumed"}`
impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Report", 3)?;
        out.serialize_field("valid", &self.is_valid())?;
        out.serialize_field("findings", &self.findings)?;
        out.serialize_field("assumed", &self.assumed)?;
        out.end()
    }
}

/// A document that was refused: an error, and the [`Report`] that says why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Rejected(pub(crate) Box<Report>);

impl Deref for Rejected {
    type Target = Report;

    fn deref(&self) -> &Report {
        &self.0
    }
}

/// Why there is no output.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The call is wrong, whatever the document.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The document is refused.
    #[error(transparent)]
    Rejected(#[from] Rejected),
}

impl Error {
    /// The report of a document that was refused.
    #[must_use]
    pub fn report(&self) -> Option<&Report> {
        match self {
            Self::Rejected(rejected) => Some(rejected),
            Self::Call(_) => None,
        }
    }
}
