use crate::InvalidId;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt::{self, Write as _};
use std::str::FromStr;

/// One flow from its first cause to its last consequence: a call, the order that it made, the
/// order's commands and frames, its bill, the webhooks about it. 32 hexadecimal digits, as W3C Trace
/// Context writes them; never all zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// From random bytes; none for zeros, which mean that there is no trace.
    pub const fn from_bytes(bytes: [u8; 16]) -> Option<Self> {
        if u128::from_be_bytes(bytes) == 0 {
            None
        } else {
            Some(Self(bytes))
        }
    }

    /// Its bytes.
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }

    /// Out of a `traceparent` header, `00-{trace}-{span}-{flags}`; none where it is no such thing.
    pub fn from_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.trim().split('-');
        let version = parts.next()?;
        let trace = parts.next()?;
        let (span, flags) = (parts.next()?, parts.next()?);
        let hex = |text: &str, length: usize| {
            text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
        };
        // Later versions may append parts; `ff` is none.
        let known =
            hex(version, 2) && version != "ff" && (version != "00" || parts.next().is_none());
        if known && hex(span, 16) && hex(flags, 2) {
            trace.parse().ok()
        } else {
            None
        }
    }
}

impl FromStr for TraceId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let wrong = || InvalidId::new("trace id", "32 hexadecimal digits, not all 0", text);
        let hex = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = hex.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        let number = number.ok_or_else(wrong)?;
        Self::from_bytes(number.to_be_bytes()).ok_or_else(wrong)
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for TraceId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(32);
        // Writing into a string cannot fail.
        let _ = write!(text, "{self}");
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for TraceId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::TraceId;

    const TEXT: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    #[test]
    fn a_trace_id_comes_back() {
        let id: TraceId = TEXT.parse().expect("a trace id");
        assert_eq!(id.to_string(), TEXT);
        assert_eq!(TraceId::from_bytes(id.to_bytes()), Some(id));
        let upper: TraceId = TEXT.to_uppercase().parse().expect("either case");
        assert_eq!(upper, id);
        for other in [
            "",
            "4bf9",
            &"0".repeat(32),
            &"g".repeat(32),
            &"+".repeat(32),
        ] {
            assert!(other.parse::<TraceId>().is_err(), "{other}");
        }
    }

    #[test]
    fn a_header_is_read_as_the_standard_says() {
        let header = |text: &str| TraceId::from_traceparent(text).map(|id| id.to_string());
        let span = "00f067aa0ba902b7";
        let known = Some(TEXT.to_owned());
        assert_eq!(header(&format!("00-{TEXT}-{span}-01")), known);
        assert_eq!(header(&format!("cc-{TEXT}-{span}-01-more")), known);
        for wrong in [
            format!("00-{TEXT}-{span}-01-more"),
            format!("ff-{TEXT}-{span}-01"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{TEXT}-{span}"),
            format!("00-{TEXT}-short-01"),
            TEXT.to_owned(),
        ] {
            assert_eq!(header(&wrong), None, "{wrong}");
        }
    }
}
