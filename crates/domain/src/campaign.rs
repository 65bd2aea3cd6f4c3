//! A firmware campaign: one image, many devices, in waves, and a stop when too many fail.

use crate::version;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::time::Duration;

/// After an update a device has so long to come back with the new version.
pub const VERIFY_TIME: Duration = Duration::from_mins(30);

/// Least devices that must have finished before a share of failures means anything.
pub const JUDGED_FROM: usize = 3;

/// State of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// Not begun.
    Draft,
    /// Devices are being updated.
    Running,
    /// No further device begins; those under way go on.
    Paused,
    /// Every device has finished.
    Done,
    /// Ended by an operator.
    Aborted,
}

impl CampaignState {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Draft,
        Self::Running,
        Self::Paused,
        Self::Done,
        Self::Aborted,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Done => "done",
            Self::Aborted => "aborted",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether an operator may move it there: draft → running ⇄ paused, any of these → aborted.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(
            (self, next),
            (Self::Draft | Self::Paused, Self::Running)
                | (Self::Running, Self::Paused)
                | (Self::Draft | Self::Running | Self::Paused, Self::Aborted)
        )
    }
}

/// How far a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// Its turn has not come, or it is away or charging.
    Waiting,
    /// It has its command.
    Updating,
    /// It said yes; its new version has not been seen yet.
    Verifying,
    /// It reports the new version.
    Succeeded,
    /// It did not take it.
    Failed,
    /// The campaign ended first, or the device has the version already.
    Skipped,
}

impl UpdateState {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Waiting,
        Self::Updating,
        Self::Verifying,
        Self::Succeeded,
        Self::Failed,
        Self::Skipped,
    ];

    /// The column's text.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Updating => "updating",
            Self::Verifying => "verifying",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// From the column's text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether nothing more happens to it.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Skipped)
    }
}

/// The rules of a roll-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rollout {
    /// Devices of the first wave, at least 1.
    pub first_wave: u32,
    /// Devices of each that follows, at least 1.
    pub wave: u32,
    /// Percent of the finished devices that may fail, 0..=100.
    pub failures_max_pct: u8,
}

impl Rollout {
    /// The wave of the n-th device, 0 first.
    pub fn wave_of(&self, index: usize) -> u32 {
        let index = u32::try_from(index).unwrap_or(u32::MAX);
        match index.checked_sub(self.first_wave.max(1)) {
            None => 0,
            Some(later) => 1 + later / self.wave.max(1),
        }
    }

    /// Whether too many have failed.
    pub fn is_failing(&self, succeeded: usize, failed: usize) -> bool {
        let finished = succeeded + failed;
        finished >= JUDGED_FROM && failed * 100 > finished * usize::from(self.failures_max_pct)
    }
}

/// What is known of a device under way.
#[derive(Clone, Copy, Debug)]
pub struct Sighting<'a> {
    /// What became of its command: none while it is open.
    pub command: Option<Result<(), &'a str>>,
    /// The version that it reports now.
    pub version: Option<&'a str>,
    /// Since when it is in its present state.
    pub since: Timestamp,
}

/// Where a device under way stands now, and why it failed.
pub fn step(
    state: UpdateState,
    wanted: &str,
    seen: &Sighting<'_>,
    now: Timestamp,
) -> (UpdateState, Option<String>) {
    let has_it = seen
        .version
        .is_some_and(|version| version::compare(version, wanted) == Some(Ordering::Equal));
    match (state, seen.command) {
        (UpdateState::Updating | UpdateState::Verifying, _) if has_it => {
            (UpdateState::Succeeded, None)
        }
        (UpdateState::Updating, Some(Err(why))) => (UpdateState::Failed, Some(why.to_owned())),
        (UpdateState::Updating, Some(Ok(()))) => (UpdateState::Verifying, None),
        (UpdateState::Verifying, _) if now >= seen.since + VERIFY_TIME => {
            let still = seen.version.unwrap_or("no version");
            (UpdateState::Failed, Some(format!("still reports {still}")))
        }
        (state, _) => (state, None),
    }
}

#[cfg(test)]
mod tests {
    use super::{CampaignState, Rollout, Sighting, UpdateState, VERIFY_TIME, step};
    use kernel::Timestamp;

    const RULES: Rollout = Rollout {
        first_wave: 2,
        wave: 3,
        failures_max_pct: 20,
    };

    #[test]
    fn devices_go_in_waves() {
        let waves: Vec<u32> = (0..9).map(|index| RULES.wave_of(index)).collect();
        assert_eq!(waves, [0, 0, 1, 1, 1, 2, 2, 2, 3]);
    }

    #[test]
    fn a_few_failures_prove_nothing_many_do() {
        assert!(!RULES.is_failing(0, 2));
        assert!(RULES.is_failing(2, 1));
        assert!(!RULES.is_failing(4, 1));
        assert!(RULES.is_failing(7, 2));
    }

    #[test]
    fn a_device_has_succeeded_once_it_reports_the_version() {
        let at = |command, version, since| Sighting {
            command,
            version,
            since,
        };
        let start = Timestamp(0);
        let next = |state, seen: &Sighting<'_>, now| step(state, "v2.1", seen, now).0;
        let open = at(None, Some("v2.0"), start);
        assert_eq!(
            next(UpdateState::Updating, &open, start),
            UpdateState::Updating
        );
        let taken = at(Some(Ok(())), Some("v2.0"), start);
        assert_eq!(
            next(UpdateState::Updating, &taken, start),
            UpdateState::Verifying
        );
        let back = at(Some(Ok(())), Some("2.1.0"), start);
        assert_eq!(
            next(UpdateState::Verifying, &back, start),
            UpdateState::Succeeded
        );
        let late = start + VERIFY_TIME;
        let (state, why) = step(UpdateState::Verifying, "v2.1", &taken, late);
        assert_eq!(
            (state, why.as_deref()),
            (UpdateState::Failed, Some("still reports v2.0"))
        );
        let refused = at(Some(Err("wrong type")), None, start);
        let (state, why) = step(UpdateState::Updating, "v2.1", &refused, start);
        assert_eq!(
            (state, why.as_deref()),
            (UpdateState::Failed, Some("wrong type"))
        );
    }

    #[test]
    fn operators_move_campaigns_along_few_ways() {
        use CampaignState::{Aborted, Done, Draft, Paused, Running};
        for (from, to, may) in [
            (Draft, Running, true),
            (Running, Paused, true),
            (Paused, Running, true),
            (Running, Aborted, true),
            (Done, Running, false),
            (Aborted, Running, false),
            (Draft, Paused, false),
        ] {
            assert_eq!(from.may_become(to), may, "{from:?} to {to:?}");
        }
    }
}
