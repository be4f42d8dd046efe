//! Which addresses a feed may be at: those that the whole internet reaches.
//!
//! An address that only this machine or its network reaches may be somebody's who never
//! meant to be asked from here: a database, a router, a cloud's metadata. What embeds an
//! IPv4 address counts as that address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Hosts that may be at any address: names and addresses as URLs have them, or `*`.
#[derive(Debug, Clone, Default)]
pub struct Allowed(Vec<String>);

impl Allowed {
    /// These hosts.
    pub fn new(hosts: &[String]) -> Allowed {
        let plain = |host: &String| host.trim_matches(['[', ']']).to_lowercase();
        Allowed(hosts.iter().map(plain).collect())
    }

    /// Whether this host may be at any address.
    pub fn has(&self, host: &str) -> bool {
        let host = host.trim_matches(['[', ']']).to_lowercase();
        self.0
            .iter()
            .any(|allowed| *allowed == host || allowed == "*")
    }

    /// The address that a URL names itself, where it is one that may not be asked.
    pub fn refused(&self, url: &Url) -> Option<IpAddr> {
        let ip = match url.host()? {
            Host::Domain(_) => return None,
            Host::Ipv4(ip) => IpAddr::V4(ip),
            Host::Ipv6(ip) => IpAddr::V6(ip),
        };
        (!is_public(ip) && !self.has(&ip.to_string())).then_some(ip)
    }
}

/// Whether the whole internet reaches an address, by the registries of IANA
/// (special-purpose addresses, RFC 6890 and its followers).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let shared = a == 100 && (64..128).contains(&b);
    let benchmark = a == 198 && (b == 18 || b == 19);
    let protocols = a == 192 && b == 0 && c == 0;
    let relay = a == 192 && b == 88 && c == 99;
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_documentation()
        || ip.is_multicast()
        || shared
        || benchmark
        || protocols
        || relay
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match parts {
        // Mapped, compatible (loopback and unspecified among them), translated (RFC 6052).
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(v4(high, low))
        }
        // 6to4.
        [0x2002, high, low, ..] => is_public_v4(v4(high, low)),
        // Teredo and other protocols, documentation.
        [0x2001, second, ..] if second < 0x200 || second == 0xdb8 => false,
        [0x3fff, second, ..] if second < 0x1000 => false,
        // Global unicast; all else is local, multicast or not given out.
        [first, ..] => first & 0xe000 == 0x2000,
    }
}
