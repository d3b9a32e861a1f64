//! Networks in CIDR notation: `10.0.0.0/8`.

use std::net::IpAddr;

use anyhow::{Result, anyhow};
use regorus::Value;

use super::text;

/// A network: its address as 128 bits, the length of its prefix in them, whether it is of IPv4.
struct Network {
    bits: u128,
    prefix: u32,
    is_v4: bool,
}

impl Network {
    /// A network, or an address, which is the smallest one.
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().ok()?;
        let (bits, width) = match address {
            IpAddr::V4(it) => (u128::from(it.to_bits()) << 96, 32),
            IpAddr::V6(it) => (it.to_bits(), 128),
        };
        let prefix = prefix.map_or(Some(width), |it| it.parse().ok())?;
        (prefix <= width).then_some(Self { bits, prefix, is_v4: address.is_ipv4() })
    }

    fn contains(&self, other: &Self) -> bool {
        let differ = self.bits ^ other.bits;
        self.is_v4 == other.is_v4
            && self.prefix <= other.prefix
            && (self.prefix == 0 || differ >> (128 - self.prefix) == 0)
    }
}

pub(super) fn cidr_contains(of: &[Value]) -> Result<Value> {
    let network = |nth: usize| {
        let written = text("net.cidr_contains", &of[nth])?;
        let wrong = || anyhow!("net.cidr_contains: `{written}` is no network and no address");
        Network::parse(written).ok_or_else(wrong)
    };
    Ok(Value::from(network(0)?.contains(&network(1)?)))
}

#[expect(clippy::unnecessary_wraps, reason = "it is one of the functions of `ADDED`")]
pub(super) fn cidr_is_valid(of: &[Value]) -> Result<Value> {
    let is_valid = |it: &str| it.contains('/') && Network::parse(it).is_some();
    Ok(Value::from(matches!(&of[0], Value::String(it) if is_valid(it))))
}
