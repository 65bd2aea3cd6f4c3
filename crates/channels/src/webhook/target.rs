//! Where a webhook may go.
//!
//! An address that came in through the API must not make the server call into its own network
//! (server-side request forgery). The check is made on the very address that is connected to:
//! literal addresses when the URL is read, names when they are resolved for the connection, so a
//! name that changes its meaning between check and connect gains nothing.

use reqwest::Url;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Longest webhook address that is accepted, in bytes.
pub const URL_LENGTH_MAX: usize = 2048;

/// Who named the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trust {
    /// It stands in the configuration file: the operator's own, allowed wherever it points.
    Operator,
    /// It came through the API: public addresses and allowed networks only.
    Guarded,
}

/// Why an address is not called.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an absolute URL.
    #[error("is not a web address")]
    NotAnAddress,
    /// Beyond [`URL_LENGTH_MAX`].
    #[error("is longer than {URL_LENGTH_MAX} bytes")]
    TooLong,
    /// Neither http nor https.
    #[error("must begin with http:// or https://")]
    Scheme,
    /// An address inside our own walls.
    #[error(transparent)]
    Forbidden(#[from] ForbiddenAddress),
}

/// The address is loopback, private, link-local or otherwise no public one, and no network in
/// `webhook.allow_networks` covers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("points to {0}, which is not a public address and not in webhook.allow_networks")]
pub struct ForbiddenAddress(pub IpAddr);

/// Which addresses may be called besides public ones.
#[derive(Clone)]
pub struct AddressPolicy {
    allow: Arc<dyn Fn(IpAddr) -> bool + Send + Sync>,
}

impl AddressPolicy {
    /// Public addresses, and those for which `allow` is true. IPv4 addresses mapped into IPv6
    /// are asked about as IPv4.
    pub fn new(allow: impl Fn(IpAddr) -> bool + Send + Sync + 'static) -> Self {
        Self {
            allow: Arc::new(allow),
        }
    }

    /// Public addresses only.
    pub fn public_only() -> Self {
        Self::new(|_| false)
    }

    /// Whether a guarded webhook may be sent to `address`.
    pub fn check(&self, address: IpAddr) -> Result<(), ForbiddenAddress> {
        let address = address.to_canonical();
        if is_public(address) || (self.allow)(address) {
            Ok(())
        } else {
            Err(ForbiddenAddress(address))
        }
    }
}

impl fmt::Debug for AddressPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressPolicy")
    }
}

/// An address that webhooks are sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(crate) url: Url,
    pub(super) trust: Trust,
}

impl Target {
    /// Reads an address. A literal forbidden IP address, in any notation, is refused here
    /// already; a name is judged when it is resolved.
    pub fn parse(text: &str, trust: Trust, policy: &AddressPolicy) -> Result<Self, TargetError> {
        if text.len() > URL_LENGTH_MAX {
            return Err(TargetError::TooLong);
        }
        let url = Url::parse(text).map_err(|_| TargetError::NotAnAddress)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(TargetError::Scheme);
        }
        let host = url.host_str().ok_or(TargetError::NotAnAddress)?;
        let literal = host.trim_start_matches('[').trim_end_matches(']');
        if trust == Trust::Guarded
            && let Ok(address) = literal.parse::<IpAddr>()
        {
            policy.check(address)?;
        }
        Ok(Self { url, trust })
    }

    /// Host and port: what may stand in a log. The path may hold a secret.
    pub fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        match self.url.port_or_known_default() {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    /// Path without query, as it is signed.
    pub fn path(&self) -> &str {
        self.url.path()
    }
}

/// Whether an address is reachable by everybody, as far as the address registries tell.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// IANA IPv4 special-purpose registry. The cloud metadata addresses 169.254.169.254 and
/// 100.100.100.200 lie in the link-local and carrier ranges.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let carrier = a == 100 && (64..128).contains(&b);
    let protocol_assignments = a == 192 && b == 0 && c == 0;
    let relay_anycast = a == 192 && b == 88 && c == 99;
    let benchmarking = a == 198 && (18..20).contains(&b);
    let this_network = a == 0;
    let reserved_and_broadcast = a >= 240;
    !(this_network
        || carrier
        || protocol_assignments
        || relay_anycast
        || benchmarking
        || reserved_and_broadcast
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation())
}

/// IANA IPv6 special-purpose registry: global unicast only; addresses that wrap an IPv4 address
/// are as public as that one.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let wrapped = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        // NAT64 and 6to4
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => wrapped(high, low),
        // 2001::/23 holds Teredo and other protocol assignments; 2001:db8::/32 and 3fff::/20
        // are for documentation.
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => (0x2000..=0x3fff).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::{AddressPolicy, Target, TargetError, Trust, URL_LENGTH_MAX};
    use std::net::IpAddr;

    fn guarded(url: &str) -> Result<Target, TargetError> {
        Target::parse(url, Trust::Guarded, &AddressPolicy::public_only())
    }

    #[test]
    fn addresses_inside_the_walls_are_refused_in_every_spelling() {
        let forbidden = [
            "http://127.0.0.1/hook",
            "http://127.1/hook",
            "http://0x7f000001/",
            "http://2130706433/",
            "http://0177.0.0.1/",
            "http://0.0.0.0/",
            "http://10.1.2.3/",
            "http://172.16.0.1:8080/",
            "http://192.168.1.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://100.100.100.200/latest/meta-data",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "https://[::1]/",
            "https://[::]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::127.0.0.1]/",
            "https://[fe80::1]/",
            "https://[fd00::1]/",
            "https://[ff02::1]/",
            "https://[2002:7f00:1::]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2001::1]/",
            "https://[2001:db8::1]/",
        ];
        for url in forbidden {
            let verdict = guarded(url);
            assert!(
                matches!(verdict, Err(TargetError::Forbidden(_))),
                "{url}: {verdict:?}"
            );
        }
    }

    #[test]
    fn public_addresses_and_names_are_accepted() {
        for url in [
            "http://8.8.8.8/hook",
            "https://example.com:8443/hook?x=1",
            "https://[2400:3200::1]/",
            "https://[64:ff9b::808:808]/",
            "https://[2002:808:808::]/",
            // A name is judged when it is resolved.
            "http://localhost/hook",
        ] {
            assert!(guarded(url).is_ok(), "{url}");
        }
    }

    #[test]
    fn what_is_no_web_address_is_refused() {
        assert_eq!(guarded("webhook"), Err(TargetError::NotAnAddress));
        assert_eq!(guarded(""), Err(TargetError::NotAnAddress));
        assert_eq!(guarded("http://"), Err(TargetError::NotAnAddress));
        assert_eq!(guarded("ftp://example.com/"), Err(TargetError::Scheme));
        assert_eq!(guarded("file:///etc/passwd"), Err(TargetError::Scheme));
        let long = format!("http://example.com/{}", "x".repeat(URL_LENGTH_MAX));
        assert_eq!(guarded(&long), Err(TargetError::TooLong));
    }

    #[test]
    fn allowed_networks_and_the_operator_may_point_inside() {
        let policy = AddressPolicy::new(|address| address.is_loopback());
        let url = "http://[::ffff:127.0.0.1]:8888/webhook";
        let target = Target::parse(url, Trust::Guarded, &policy).expect("allowed");
        assert_eq!(target.path(), "/webhook");
        assert!(policy.check(IpAddr::from([10, 0, 0, 1])).is_err());
        let policy = AddressPolicy::public_only();
        assert!(Target::parse("http://10.0.0.1/", Trust::Operator, &policy).is_ok());
    }

    #[test]
    fn a_log_sees_host_and_port_only() {
        let target = guarded("https://user:password@example.com/secret?token=1").expect("a URL");
        assert_eq!(target.host(), "example.com:443");
    }
}
