//! How sessions and records are named (docs/protocols/infypower.md §12.1).

use super::guns::GUNS_MAX;
use crate::codes::StartType;
use device::ChargeKey;
use kernel::{OrderNo, PortNo, Timestamp};
use std::fmt::Write as _;
use std::time::Duration;

/// A clock before this was never set (2015-01-01 in Shanghai).
const CLOCK_SET_AFTER: Timestamp = Timestamp::from_unix_seconds(1_420_041_600);
/// An estimated start may be off by so much and still be the same session.
const SAME_START: Duration = Duration::from_mins(2);

/// What a report says of whose a session is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Whose<'a> {
    pub(super) port: PortNo,
    pub(super) start_type: StartType,
    pub(super) order: Option<&'a str>,
    pub(super) card: Option<&'a str>,
    pub(super) vin: Option<&'a str>,
    /// When it began, by the pile's clock.
    pub(super) started: Option<Timestamp>,
}

impl Whose<'_> {
    /// Our order, where one of the two fields carries its number.
    pub(super) fn order(&self) -> Option<OrderNo> {
        let own = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        own(self.order).or_else(|| own(self.card))
    }

    /// Number of another platform, or one that the pile made.
    pub(super) fn foreign_order(&self) -> Option<ChargeKey> {
        let platform = self.start_type == StartType::Platform || self.card.is_none();
        let number = self.order.filter(|_| platform)?;
        Some(ChargeKey::Serial(number.to_owned()))
    }

    /// Who charges: the card, else the vehicle that started it, else the gun.
    pub(super) fn holder(&self) -> String {
        match (self.card, self.vin) {
            (Some(card), _) => card.to_owned(),
            (None, Some(vin)) if self.start_type == StartType::Vin => vin.to_owned(),
            _ => format!("GUN{}", self.port),
        }
    }

    /// The name of a session that the pile began at a known time.
    pub(super) fn session(&self) -> Option<String> {
        self.started.map(|at| session_name(&self.holder(), at))
    }
}

/// A time of the pile's clock, if that was ever set.
pub(super) fn plausible(time: Option<Timestamp>) -> Option<Timestamp> {
    time.filter(|at| *at >= CLOCK_SET_AFTER)
}

/// `HOLDER@YYYYMMDDhhmmss`.
fn session_name(holder: &str, at: Timestamp) -> String {
    let [year, month, day, hour, minute, second] = at.shanghai();
    format!("{holder}@{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}")
}

/// Sessions whose reports do not say when they began: named by an estimate, which is remembered
/// beyond the connection so that their record finds them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sessions(Vec<(PortNo, String)>);

impl Sessions {
    /// From the form of the profile: `1=CARD@20250812200708,2=…`.
    pub(super) fn parse(text: &str) -> Self {
        let entries = text.split(',').filter_map(|entry| {
            let (port, name) = entry.split_once('=')?;
            let port = PortNo(port.parse().ok()?);
            ((1..=GUNS_MAX).contains(&port.0) && started(name).is_some())
                .then(|| (port, name.to_owned()))
        });
        Self(entries.take(usize::from(GUNS_MAX)).collect())
    }

    /// In the form of the profile.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (port, name) in &self.0 {
            let comma = if text.is_empty() { "" } else { "," };
            // Writing to a string does not fail.
            let _ = write!(text, "{comma}{port}={name}");
        }
        text
    }

    /// The session of a gun with this holder that began about then, if it is remembered.
    pub(super) fn find(
        &self,
        port: PortNo,
        holder: &str,
        about: Option<Timestamp>,
    ) -> Option<&str> {
        self.0
            .iter()
            .find(|(of, name)| {
                let same = name
                    .strip_prefix(holder)
                    .is_some_and(|rest| rest.starts_with('@'));
                let near = match (about, started(name)) {
                    (Some(about), Some(at)) => about.since(at).max(at.since(about)) <= SAME_START,
                    _ => true,
                };
                *of == port && same && near
            })
            .map(|(_, name)| name.as_str())
    }

    /// A new session of a gun; it replaces the one before.
    pub(super) fn begin(&mut self, port: PortNo, holder: &str, at: Timestamp) -> String {
        let name = session_name(holder, at);
        self.0.retain(|(of, _)| *of != port);
        self.0.push((port, name.clone()));
        name
    }
}

/// When a session of that name began.
fn started(name: &str) -> Option<Timestamp> {
    let (_, digits) = name.rsplit_once('@')?;
    if digits.len() != 14 || !digits.is_ascii() {
        return None;
    }
    let part = |from: usize, to: usize| digits.get(from..to)?.parse().ok();
    Timestamp::from_shanghai([
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?,
    ])
}

/// A short mark of some bytes (FNV-1a), the same for the same bytes for ever.
pub(super) fn mark(bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(0xCBF2_9CE4_8422_2325, |mark, byte| {
        (mark ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

#[cfg(test)]
mod tests {
    use super::{Sessions, Whose, started};
    use crate::codes::StartType;
    use device::ChargeKey;
    use kernel::{PortNo, Timestamp};
    use std::time::Duration;

    const AT: Timestamp = Timestamp::from_unix_seconds(1_614_854_401);

    fn whose<'a>(order: Option<&'a str>, card: Option<&'a str>) -> Whose<'a> {
        Whose {
            port: PortNo(1),
            start_type: StartType::Card,
            order,
            card,
            vin: None,
            started: Some(AT),
        }
    }

    #[test]
    fn our_number_counts_in_either_field() {
        let order = "THD1729407600001";
        for found in [whose(Some(order), None), whose(None, Some(order))] {
            assert_eq!(
                found.order().map(|no| no.to_string()).as_deref(),
                Some(order)
            );
        }
        let foreign = whose(Some("2103041840010000000000000000001"), None);
        assert_eq!(foreign.order(), None);
        let serial = ChargeKey::Serial("2103041840010000000000000000001".to_owned());
        assert_eq!(foreign.foreign_order(), Some(serial));
    }

    #[test]
    fn sessions_of_cards_are_named_by_card_and_start() {
        let card = whose(None, Some("0012345678"));
        assert_eq!(card.session().as_deref(), Some("0012345678@20210304184001"));
        assert_eq!(started("0012345678@20210304184001"), Some(AT));
        assert_eq!(
            whose(None, None).session().as_deref(),
            Some("GUN1@20210304184001")
        );
    }

    #[test]
    fn estimated_sessions_survive_as_text() {
        let mut sessions = Sessions::default();
        let name = sessions.begin(PortNo(2), "77", AT);
        let read = Sessions::parse(&sessions.text());
        assert_eq!(read, sessions);
        let near = Some(AT + Duration::from_secs(90));
        assert_eq!(read.find(PortNo(2), "77", near), Some(name.as_str()));
        assert_eq!(read.find(PortNo(2), "7", near), None);
        assert_eq!(read.find(PortNo(1), "77", near), None);
        let far = Some(AT + Duration::from_secs(500));
        assert_eq!(read.find(PortNo(2), "77", far), None);
        assert_eq!(
            Sessions::parse("x=y,3,9=@,1=A@20211399000000"),
            Sessions::default()
        );
    }
}
