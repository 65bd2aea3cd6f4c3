//! Service tiers at work: which modules run, which rest, and what happens when one fails.
//!
//! Work that comes round ([`rounds`]) and work that is written beside somebody else's facts
//! ([`beside`]) both report here. What belongs to a module that may rest is left out while it
//! rests, and while its breaker is open; everything else is only counted.

mod beside;
mod rounds;
mod switches;
mod trouble;

pub use switches::{ModuleState, WorkState};

pub(crate) use beside::{MESSAGE, REDUCTION, REWARD, SESSION, WAIT};
pub(crate) use rounds::spawn_rounds;
pub(crate) use switches::Switches;

use crate::{App, AppError};
use domain::breaker::{Breaker, BreakerState};
use domain::tier::Module;
use domain::trouble::Trouble;
use kernel::Timestamp;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use store::QueryTimes;

/// A kind of work, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Work {
    /// Whose.
    pub(crate) module: Module,
    /// Its name, one of its kind.
    pub(crate) name: &'static str,
}

/// What became of a kind of work.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) module: Module,
    pub(crate) breaker: Breaker,
    pub(crate) ok_at: Option<Timestamp>,
    pub(crate) failing_since: Option<Timestamp>,
    pub(crate) error: String,
}

/// How the modules are doing.
#[derive(Default)]
pub(crate) struct Tiers {
    records: Mutex<BTreeMap<&'static str, Record>>,
    trouble: Mutex<Trouble>,
    query_times: Mutex<QueryTimes>,
    /// One bit for each module that rests, in the order of [`Module::ALL`].
    resting: AtomicU32,
}

const _: () = assert!(Module::ALL.len() <= 32, "a bit for each module");

impl Tiers {
    /// Whether it rests; cheap enough for every frame.
    pub(crate) fn rests(&self, module: Module) -> bool {
        self.resting.load(Ordering::Relaxed) & (1 << module as u32) != 0
    }

    /// Decides anew which modules rest. Whether that is another answer than before.
    fn decide(&self, switches: &Switches) -> bool {
        let trouble = self.trouble.lock().stands();
        let mut resting = 0;
        for module in Module::ALL {
            if !module.runs(switches.of(*module), trouble) {
                resting |= 1 << *module as u32;
            }
        }
        self.resting.swap(resting, Ordering::Relaxed) != resting
    }

    /// Whether such work is to be done now.
    pub(crate) fn allows(&self, work: Work, now: Timestamp) -> bool {
        if !work.module.tier().may_rest() {
            return true;
        }
        if self.rests(work.module) {
            return false;
        }
        let mut records = self.records.lock();
        let record = records.get_mut(work.name);
        record.is_none_or(|record| record.breaker.allows(now))
    }

    /// Notes what became of it. True when it has begun to fail, or has failed for so long that it
    /// is left alone for a while: worth a line of the log.
    pub(crate) fn note(&self, work: Work, failure: Option<&AppError>, now: Timestamp) -> bool {
        let mut records = self.records.lock();
        let record = records.entry(work.name).or_insert_with(|| Record {
            module: work.module,
            breaker: Breaker::default(),
            ok_at: None,
            failing_since: None,
            error: String::new(),
        });
        let Some(failure) = failure else {
            record.breaker.succeeded();
            record.ok_at = Some(now);
            record.failing_since = None;
            record.error.clear();
            return false;
        };
        let before = record.breaker.state(now);
        record.breaker.failed(now);
        record.error = failure.to_string();
        let first = record.failing_since.is_none();
        record.failing_since.get_or_insert(now);
        first || before != record.breaker.state(now)
    }

    /// What became of all kinds of work.
    pub(crate) fn records(&self) -> Vec<(&'static str, Record)> {
        let records = self.records.lock();
        records
            .iter()
            .map(|(name, record)| (*name, record.clone()))
            .collect()
    }
}

impl Record {
    /// What its breaker is doing; those of work that never rests are not looked at.
    pub(crate) fn breaker_state(&self, now: Timestamp) -> Option<BreakerState> {
        let may_rest = self.module.tier().may_rest();
        may_rest.then(|| self.breaker.state(now))
    }
}

impl App {
    /// Whether an operator, or trouble, has switched a module off.
    pub fn rests(&self, module: Module) -> bool {
        self.tiers.rests(module)
    }
}
