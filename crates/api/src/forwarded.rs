//! Who calls, when a balancer stands between.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// What balancers add: who called them, behind what callers had written there themselves.
const HEADER: &str = "x-forwarded-for";

/// The caller of a request: the nearest address that is no trusted proxy. Proxies are believed
/// about the one before them alone, so nobody else can make an address up.
pub(crate) fn caller(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> SocketAddr {
    let is_trusted = |address: IpAddr| {
        let address = address.to_canonical();
        trusted.iter().any(|network| network.contains(&address))
    };
    if !is_trusted(peer.ip()) {
        return peer;
    }
    let values = headers.get_all(HEADER).iter();
    let addresses: Vec<&str> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .collect();
    let mut caller = peer;
    for text in addresses.into_iter().rev() {
        let Some(address) = address_of(text) else {
            break;
        };
        caller = SocketAddr::new(address, 0);
        if !is_trusted(address) {
            break;
        }
    }
    caller
}

/// An address as proxies write it: alone, or with a port.
fn address_of(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse::<SocketAddr>().ok().map(|found| found.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use super::caller;
    use axum::http::{HeaderMap, HeaderValue};

    fn seen(peer: &str, lines: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                "x-forwarded-for",
                HeaderValue::from_str(line).expect("a header"),
            );
        }
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|text| text.parse().expect("a network"));
        let peer = format!("{peer}:4000").parse().expect("an address");
        caller(peer, &headers, &trusted).ip().to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(seen("192.0.2.1", &["203.0.113.7"]), "192.0.2.1");
        assert_eq!(seen("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_a_caller_writes_itself_counts_for_nothing() {
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.9, 203.0.113.7"]),
            "203.0.113.7"
        );
        assert_eq!(
            seen("10.0.0.1", &["198.51.100.9", "203.0.113.7, 10.0.0.2"]),
            "203.0.113.7"
        );
    }

    #[test]
    fn other_spellings_and_rubbish() {
        assert_eq!(seen("10.0.0.1", &["203.0.113.7:5000"]), "203.0.113.7");
        assert_eq!(seen("[fd00::1]", &["2001:db8::7"]), "2001:db8::7");
        assert_eq!(seen("[::ffff:10.0.0.1]", &["203.0.113.7"]), "203.0.113.7");
        assert_eq!(
            seen("10.0.0.1", &["203.0.113.7, somebody"]),
            "10.0.0.1",
            "no address: the proxy itself"
        );
    }
}
