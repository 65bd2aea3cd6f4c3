//! Which of several runs is whose home: each device, and each kind of work, prefers the runs in an
//! order of its own. When one of them ends, only what was its own goes elsewhere.

use kernel::RunId;
use std::hash::Hasher;

/// FNV-1a, 64 bit: the same on every node, whatever its build, which the hashes of the standard
/// library do not promise.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        // FNV leaves names that differ in their last letters close to each other.
        let mixed = (self.0 ^ (self.0 >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        mixed ^ (mixed >> 33)
    }
}

/// The home of a name among `runs`; none among none.
pub(super) fn of(name: &str, runs: &[RunId]) -> Option<RunId> {
    runs.iter().copied().max_by_key(|run| {
        let mut hasher = Fnv::default();
        hasher.write(name.as_bytes());
        hasher.write(&run.0.to_le_bytes());
        (hasher.finish(), run.0)
    })
}

#[cfg(test)]
mod tests {
    use super::of;
    use kernel::RunId;

    fn names() -> impl Iterator<Item = String> {
        (0..9000).map(|number| format!("82210225{number:06}"))
    }

    #[test]
    fn names_are_divided_evenly() {
        let runs = [RunId(1), RunId(2), RunId(3)];
        let mut counts = [0; 3];
        for name in names() {
            let home = of(&name, &runs).expect("some home");
            counts[usize::try_from(home.0 - 1).expect("small")] += 1;
        }
        assert!(
            counts.iter().all(|count| (2700..3300).contains(count)),
            "{counts:?}"
        );
        assert_eq!(of("a", &[]), None);
    }

    #[test]
    fn only_what_a_run_had_moves_when_it_ends() {
        let (all, left) = ([RunId(1), RunId(2), RunId(3)], [RunId(1), RunId(3)]);
        for name in names() {
            let before = of(&name, &all);
            if before != Some(RunId(2)) {
                assert_eq!(of(&name, &left), before);
            }
        }
    }
}
