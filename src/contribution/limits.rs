//! How large a payload may be: what makes hostile input cheap to refuse.

use crate::mapping;
use crate::version::Version;

/// How large a payload may be before it is refused unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    pub(crate) bytes: usize,
    pub(crate) members: usize,
    pub(crate) depth: usize,
}

impl Limits {
    /// v1: 65,536 bytes, 256 top-level members, depth 32.
    pub const V1: Self = Self {
        bytes: 65_536,
        members: 256,
        depth: 32,
    };
    /// v2: 131,072 bytes, 272 top-level members, depth 32. Wider than v1, so that no upgrade outgrows it.
    pub const V2: Self = Self {
        bytes: 131_072,
        members: 272,
        depth: 32,
    };

    /// For what this crate has written itself.
    pub(crate) const NONE: Self = Self {
        bytes: 1 << 30,
        members: usize::MAX,
        depth: 128,
    };

    /// Of a version, unless one says otherwise.
    pub(crate) const fn of(version: Version) -> Self {
        match version {
            Version::V1 => Self::V1,
            Version::V2 => Self::V2,
        }
    }

    /// As a mapping has them: only the payload's own members are counted.
    pub(crate) fn of_document(&self) -> mapping::Limits {
        mapping::Limits::default()
            .with_bytes(self.bytes)
            .with_depth(self.depth)
            .with_members(usize::MAX)
            .with_elements(usize::MAX)
            .with_top_members(self.members)
    }

    /// Bytes of the whole payload, at most 1 GiB.
    #[must_use]
    pub fn with_bytes(self, bytes: usize) -> Self {
        Self {
            bytes: bytes.min(1 << 30),
            ..self
        }
    }

    /// Top-level members, at most 65,536. Hostile names cost up to the square of this: keep it small.
    #[must_use]
    pub fn with_members(self, members: usize) -> Self {
        Self {
            members: members.min(65_536),
            ..self
        }
    }

    /// Nested containers, the payload object being the first; 1 to 128, as many as the scan has bits for.
    #[must_use]
    pub fn with_depth(self, depth: usize) -> Self {
        Self {
            depth: depth.clamp(1, 128),
            ..self
        }
    }
}
