//! How large a document may be: what makes hostile input cheap to refuse.

/// How large a document may be before it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) bytes: usize,
    pub(crate) depth: usize,
    pub(crate) members: usize,
    /// Of the document itself.
    pub(crate) top_members: usize,
    pub(crate) elements: usize,
}

impl Default for Limits {
    /// 16 MiB, depth 64, 1,024 members in an object, 1,000,000 elements in an array.
    fn default() -> Self {
        Self {
            bytes: 16 << 20,
            depth: 64,
            members: 1_024,
            top_members: 1_024,
            elements: 1_000_000,
        }
    }
}

impl Limits {
    /// Bytes of the whole document, at most 1 GiB.
    #[must_use]
    pub fn with_bytes(self, bytes: usize) -> Self {
        Self {
            bytes: bytes.min(1 << 30),
            ..self
        }
    }

    /// Nested containers, the document being the first; 1 to 128, as many as the scan has bits for.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self {
            depth: depth.clamp(1, 128),
            ..self
        }
    }

    /// Members of each object.
    #[must_use]
    pub fn with_members(self, members: usize) -> Self {
        Self {
            members,
            top_members: members,
            ..self
        }
    }

    /// Members of the document itself, when it may have more or fewer than the objects in it.
    #[must_use]
    pub fn with_top_members(self, top_members: usize) -> Self {
        Self {
            top_members,
            ..self
        }
    }

    /// Elements of each array.
    #[must_use]
    pub fn with_elements(self, elements: usize) -> Self {
        Self { elements, ..self }
    }
}
