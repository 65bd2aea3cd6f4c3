//! Firmware versions as numbers, so that `v10.0` is not below `v2.0`.

mod range;

pub use range::{NoRange, VersionRange};

use std::cmp::Ordering;

/// Most numbers of a version that are looked at.
const PARTS_MAX: usize = 8;

/// Compares two firmware versions by their numbers, left to right; missing numbers count as
/// zero and letters between them only separate. `v2.0` equals `2.0.0`, `GV.8r12` is 8, 12.
///
/// `None` when one of the two contains no digit: it cannot be placed.
pub fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (numbers(left), numbers(right));
    if left.is_empty() || right.is_empty() {
        return None;
    }
    let at = |parts: &[u64], index: usize| parts.get(index).copied().unwrap_or(0);
    Some(
        (0..PARTS_MAX)
            .map(|index| at(&left, index).cmp(&at(&right, index)))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal),
    )
}

/// Whether `version` is known to be below `limit`.
pub fn is_below(version: &str, limit: &str) -> bool {
    compare(version, limit) == Some(Ordering::Less)
}

fn numbers(text: &str) -> Vec<u64> {
    text.split(|c: char| !c.is_ascii_digit())
        .filter(|digits| !digits.is_empty())
        .take(PARTS_MAX)
        .map(|digits| digits.parse().unwrap_or(u64::MAX))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn versions_are_numbers_not_text() {
        for (version, limit, below) in [
            ("v10.0", "v2.0", false),
            ("v1.9.9", "v2.0", true),
            ("2.0", "v2.0.0", false),
            ("v2.0", "v2.0.1", true),
            ("GV.8r11", "GV.8r12", true),
            ("unknown", "v2.0", false),
            ("", "v2.0", false),
            ("99999999999999999999999", "v2.0", false),
        ] {
            assert_eq!(is_below(version, limit), below, "{version} below {limit}");
        }
    }
}
