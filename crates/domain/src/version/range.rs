use super::{compare, numbers};
use std::cmp::Ordering;
use std::fmt;

/// Longest text of a range.
const TEXT_MAX: usize = 100;
/// Most limits of a range.
const LIMITS_MAX: usize = 4;

/// Firmware versions between limits: `<2.0.0`, `>=1.2.0 <1.4.0`, `=1.3`. All limits hold at once;
/// without a sign a limit is that version alone. Blanks or commas stand between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRange {
    text: String,
    limits: Vec<(Sign, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Below,
    AtMost,
    Exactly,
    AtLeast,
    Above,
}

/// Why a text is no range.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoRange {
    /// Nothing is said.
    #[error("must name a version, such as <2.0.0")]
    Empty,
    /// Too much is said.
    #[error("must be at most 100 characters with at most 4 limits")]
    TooLong,
    /// A limit without a number.
    #[error("{0:?} is no version")]
    NoVersion(String),
    /// No version is between the limits.
    #[error("no version can be in it")]
    Impossible,
}

impl VersionRange {
    /// Reads a range.
    ///
    /// # Errors
    /// See [`NoRange`].
    pub fn parse(text: &str) -> Result<Self, NoRange> {
        if text.chars().count() > TEXT_MAX {
            return Err(NoRange::TooLong);
        }
        let mut limits = Vec::new();
        let mut waiting = None;
        for word in text.split(|c: char| c.is_whitespace() || c == ',') {
            if word.is_empty() {
                continue;
            }
            let (sign, version) = match waiting.take() {
                Some(sign) => (sign, word),
                None => signed(word),
            };
            if version.is_empty() {
                waiting = Some(sign);
                continue;
            }
            let begins_well = version.starts_with(|c: char| c.is_ascii_alphanumeric());
            if !begins_well || numbers(version).is_empty() {
                return Err(NoRange::NoVersion(word.to_owned()));
            }
            limits.push((sign, version.to_owned()));
        }
        if waiting.is_some() {
            return Err(NoRange::NoVersion(text.trim().to_owned()));
        }
        match limits.len() {
            0 => return Err(NoRange::Empty),
            1..=LIMITS_MAX => {}
            _ => return Err(NoRange::TooLong),
        }
        let range = Self {
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            limits,
        };
        if range.is_impossible() {
            return Err(NoRange::Impossible);
        }
        Ok(range)
    }

    /// Whether a version is in it. One that cannot be placed is not.
    pub fn contains(&self, version: &str) -> bool {
        self.limits.iter().all(|(sign, limit)| {
            let Some(place) = compare(version, limit) else {
                return false;
            };
            match sign {
                Sign::Below => place == Ordering::Less,
                Sign::AtMost => place != Ordering::Greater,
                Sign::Exactly => place == Ordering::Equal,
                Sign::AtLeast => place != Ordering::Less,
                Sign::Above => place == Ordering::Greater,
            }
        })
    }

    /// It as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a lower limit lies above an upper one, or on it where one of them is left out.
    fn is_impossible(&self) -> bool {
        let lower = |sign| matches!(sign, Sign::AtLeast | Sign::Above | Sign::Exactly);
        let upper = |sign| matches!(sign, Sign::AtMost | Sign::Below | Sign::Exactly);
        let with_it = |sign| matches!(sign, Sign::AtLeast | Sign::AtMost | Sign::Exactly);
        self.limits.iter().any(|(from, low)| {
            self.limits.iter().any(|(to, high)| {
                if !lower(*from) || !upper(*to) {
                    return false;
                }
                match compare(low, high) {
                    Some(Ordering::Greater) => true,
                    Some(Ordering::Equal) => !with_it(*from) || !with_it(*to),
                    _ => false,
                }
            })
        })
    }
}

impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn signed(word: &str) -> (Sign, &str) {
    for (text, sign) in [
        ("<=", Sign::AtMost),
        (">=", Sign::AtLeast),
        ("<", Sign::Below),
        (">", Sign::Above),
        ("=", Sign::Exactly),
    ] {
        if let Some(version) = word.strip_prefix(text) {
            return (sign, version);
        }
    }
    (Sign::Exactly, word)
}

#[cfg(test)]
mod tests {
    use super::{NoRange, VersionRange};

    #[test]
    fn versions_are_in_a_range_by_their_numbers() {
        for (range, version, inside) in [
            ("<2.0.0", "v1.9", true),
            ("<2.0.0", "v10.0", false),
            ("<2.0.0", "2.0", false),
            ("<2.0.0", "", false),
            ("<2.0.0", "unknown", false),
            ("<= v2.0", "2.0.0", true),
            (">=1.2.0 <1.4.0", "1.3.9", true),
            (">=1.2.0 <1.4.0", "1.4", false),
            (">=1.2.0,<1.4.0", "1.2", true),
            (">1.2", "1.2.0", false),
            ("=1.3", "V1.3.0", true),
            ("1.3", "1.3.1", false),
            ("GV.8r12", "GV.8r12", true),
        ] {
            let read = VersionRange::parse(range).expect(range);
            assert_eq!(read.contains(version), inside, "{version} in {range}");
        }
    }

    #[test]
    fn what_is_no_range_is_refused() {
        let no_version = |text: &str| Err(NoRange::NoVersion(text.to_owned()));
        assert_eq!(VersionRange::parse(" "), Err(NoRange::Empty));
        assert_eq!(VersionRange::parse("<"), no_version("<"));
        assert_eq!(VersionRange::parse("<new"), no_version("<new"));
        assert_eq!(VersionRange::parse("<!2.0"), no_version("<!2.0"));
        assert_eq!(VersionRange::parse(">2.0 <1.0"), Err(NoRange::Impossible));
        assert_eq!(VersionRange::parse(">2.0 <=2.0"), Err(NoRange::Impossible));
        assert!(VersionRange::parse(">=2.0 <=2.0").is_ok());
        assert_eq!(VersionRange::parse("1 2 3 4 5"), Err(NoRange::TooLong));
        let long = format!("<{}", "1".repeat(200));
        assert_eq!(VersionRange::parse(&long), Err(NoRange::TooLong));
    }
}
