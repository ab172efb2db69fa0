//! File descriptors: how many connections the process can serve and still open its files and database.

/// For the database, files, and the runtime.
const RESERVED: u64 = 128;
/// The most connections of one listener. With 128 KiB for a body and 16 for a head, 1,024 are 150 MB at worst.
const MOST: u64 = 1_024;
/// With less the service isn't worth starting.
pub(crate) const FEWEST: u64 = 256;

/// Connections that each listener may have at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shares {
    pub(crate) clients: usize,
    /// Counted apart, so that clients can't take them.
    pub(crate) admin: usize,
}

impl Shares {
    /// What a process may have that may open so many descriptors; `None` if it is too few.
    pub(crate) fn of(limit: u64) -> Option<Self> {
        let room = limit.checked_sub(RESERVED).filter(|_| limit >= FEWEST)?;
        let admin = MOST.min(room / 4);
        let clients = MOST.min(room - admin);
        // At most 1,024 each.
        let count = |count| usize::try_from(count).unwrap_or(usize::MAX);
        Some(Self {
            clients: count(clients),
            admin: count(admin),
        })
    }
}

/// The descriptors that this process may open.
pub(crate) fn limit() -> u64 {
    #[cfg(unix)]
    if let Ok((soft, _)) = rlimit::getrlimit(rlimit::Resource::NOFILE) {
        return soft;
    }
    u64::MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_room_for_the_rest() {
        let shares = |clients, admin| Some(Shares { clients, admin });
        assert_eq!(Shares::of(255), None);
        assert_eq!(Shares::of(256), shares(96, 32));
        assert_eq!(Shares::of(1_024), shares(672, 224));
        assert_eq!(Shares::of(u64::MAX), shares(1_024, 1_024));
        for limit in 256..8_192 {
            let shares = Shares::of(limit).unwrap();
            assert!((shares.clients + shares.admin) as u64 + RESERVED <= limit);
        }
    }
}
