//! How many connections each peer has, where that is limited.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Connections by peer.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    limit: u32,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

/// A connection of a peer, for as long as it is open.
#[derive(Debug)]
pub(crate) struct Admitted {
    peer: IpAddr,
    open: Arc<Mutex<HashMap<IpAddr, u32>>>,
}

impl Peers {
    /// So many connections for each peer; any number for 0.
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            limit,
            open: Arc::default(),
        }
    }

    /// One more connection of this peer, unless it has as many as it may.
    pub(crate) fn admit(&self, address: IpAddr) -> Option<Admitted> {
        let peer = network(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(peer).or_default();
        if self.limit > 0 && *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(Admitted {
            peer,
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for Admitted {
    fn drop(&mut self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.peer);
            }
        }
    }
}

/// What counts as one peer: an IPv4 address, or an IPv6 network of 64 bits, as its owner has all the addresses in it.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            Ipv6Addr::from(network).into()
        }
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_has_so_many_connections_and_others_have_theirs() {
        let peers = Peers::new(2);
        let admit = |address: &str| peers.admit(address.parse().unwrap());
        let (one, _two) = (
            admit("10.0.0.1").unwrap(),
            admit("::ffff:10.0.0.1").unwrap(),
        );
        assert!(admit("10.0.0.1").is_none());
        assert!(admit("10.0.0.2").is_some());
        drop(one);
        assert!(admit("10.0.0.1").is_some());

        let _both = (admit("2001:db8::1").unwrap(), admit("2001:db8::2").unwrap());
        assert!(admit("2001:db8::3").is_none());
        assert!(admit("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn peers_without_a_connection_take_no_memory() {
        let peers = Peers::new(0);
        let all: Vec<_> = (0..100)
            .map(|_| peers.admit("10.0.0.1".parse().unwrap()).unwrap())
            .collect();
        drop(all);
        assert!(peers.open.lock().unwrap().is_empty());
    }
}
