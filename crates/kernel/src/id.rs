use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// Text that is no id of the kind asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}, got {got:?}")]
pub struct InvalidId {
    /// Which id.
    pub what: &'static str,
    /// What it must look like.
    pub rule: &'static str,
    /// What came instead, shortened.
    pub got: String,
}

impl InvalidId {
    pub(crate) fn new(what: &'static str, rule: &'static str, got: &str) -> Self {
        Self {
            what,
            rule,
            got: got.chars().take(64).collect(),
        }
    }
}

/// The id that a device carries on the wire (物理号), e.g. `82210225000520`.
///
/// 1 to 32 ASCII letters, digits, `-` or `_`; every protocol brings its own narrower form.
/// Cheap to clone: the text is shared.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PhyId(Arc<str>);

impl PhyId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PhyId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if (1..=32).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId::new(
                "device id",
                "1 to 32 letters, digits, - or _",
                text,
            ))
        }
    }
}

/// An order number: three capital letters and 13 digits, 16 ASCII characters in all, which is
/// the width of the order field of device frames. Example `THD1729407600001`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderNo([u8; 16]);

impl OrderNo {
    /// From its parts: prefix, Unix second, sequence inside that second.
    ///
    /// # Errors
    /// When the prefix is not three capital letters, the second has not ten digits or the
    /// sequence is not in 1..=999.
    pub fn compose(prefix: &str, unix_second: i64, sequence: u16) -> Result<Self, InvalidId> {
        let text = format!("{prefix}{unix_second:010}{sequence:03}");
        if sequence == 0 || sequence > 999 {
            return Err(InvalidId::new("order sequence", "1 to 999", &text));
        }
        text.parse()
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The 16 bytes that go into a frame.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl AsRef<str> for OrderNo {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl FromStr for OrderNo {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid =
            || InvalidId::new("order number", "three capital letters and 13 digits", text);
        let bytes: [u8; 16] = text.as_bytes().try_into().map_err(|_| invalid())?;
        let (prefix, digits) = bytes.split_at(3);
        if prefix.iter().all(u8::is_ascii_uppercase) && digits.iter().all(u8::is_ascii_digit) {
            Ok(Self(bytes))
        } else {
            Err(invalid())
        }
    }
}

/// Number of a port as people and the API count it, 1-based. 255 in a request means "choose an
/// idle port" and is never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PortNo(pub u16);

impl PortNo {
    /// "Choose an idle port for me."
    pub const AUTOMATIC: Self = Self(255);
}

impl fmt::Display for PortNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_id {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_id!(PhyId OrderNo);

macro_rules! row_id {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

row_id! {
    /// `devices.id`.
    DeviceId
    /// `orders.id`.
    OrderId
    /// `commands.id`.
    CommandId
    /// `api_keys.id`.
    ApiKeyId
    /// `orgs.id`.
    OrgId
    /// `stations.id`.
    StationId
    /// `members.id`.
    MemberId
    /// `cluster_runs.id`: one run of the program on one node.
    RunId
}

#[cfg(test)]
mod tests {
    use super::{OrderNo, PhyId};

    #[test]
    fn order_numbers_have_the_shape_of_the_frame_field() {
        let number = OrderNo::compose("THD", 1_729_407_600, 1).expect("legal parts");
        assert_eq!(number.as_str(), "THD1729407600001");
        assert!(OrderNo::compose("THD", 1_729_407_600, 0).is_err());
        assert!(OrderNo::compose("THD", 1_729_407_600, 1000).is_err());
        assert!("thd1729407600001".parse::<OrderNo>().is_err());
        assert!("THD17294076000012".parse::<OrderNo>().is_err());
    }

    #[test]
    fn device_ids_are_short_and_plain() {
        assert!("82210225000520".parse::<PhyId>().is_ok());
        assert!("04CEAA40".parse::<PhyId>().is_ok());
        assert!("".parse::<PhyId>().is_err());
        assert!("a b".parse::<PhyId>().is_err());
        assert!("x".repeat(33).parse::<PhyId>().is_err());
    }
}
