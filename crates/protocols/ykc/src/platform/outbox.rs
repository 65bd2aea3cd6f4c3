//! Commands on their way to one pile: one unanswered command per gun and type, answers, repeats.
//!
//! Frames carry no number that piles copy reliably, so an answer is told by its type and gun.
//! Stops overtake everything; starts wait for a stop of their gun, because a repeated stop would
//! hit whatever runs there (YKC, docs/protocols/ykc.md §11).

use super::task::Task;
use crate::codes::FrameType;
use crate::message::Body;
use kernel::{CommandId, Timestamp};
use std::time::Duration;

/// Jobs that one pile may have waiting or in flight.
pub(super) const JOBS_MAX: usize = 128;

/// What can do one thing at a time: a type of command, at a gun (0: the pile as a whole).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) kind: FrameType,
    pub(super) gun: u8,
}

impl Key {
    /// The key of a command at a gun; a parallel start is a start.
    pub(super) const fn of(kind: FrameType, gun: u8) -> Self {
        let kind = match kind {
            FrameType::ParallelStart => FrameType::RemoteStart,
            other => other,
        };
        Self { kind, gun }
    }
}

/// A command, or a question of the link's own.
pub(super) struct Job {
    /// The stored command; none for the link's own.
    pub(super) id: Option<CommandId>,
    /// 1 first.
    pub(super) priority: i16,
    /// What must be free for it.
    pub(super) key: Key,
    /// The frame to write next.
    pub(super) body: Body,
    /// How long an answer may take.
    pub(super) wait: Duration,
    /// How often the frame is written at most.
    pub(super) tries: u16,
    /// How often it has been written.
    pub(super) attempts: u16,
    /// It waits until no gun is in a session.
    pub(super) when_idle: bool,
    /// What it is about, and what comes after it.
    pub(super) task: Task,
}

struct Flying {
    job: Job,
    until: Timestamp,
}

/// All jobs of one pile.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Vec<Job>,
    flying: Vec<Flying>,
}

impl Outbox {
    /// How many more jobs it can take.
    pub(super) fn room(&self) -> usize {
        JOBS_MAX.saturating_sub(self.waiting.len() + self.flying.len())
    }

    /// Adds a job behind those of its priority.
    pub(super) fn push(&mut self, job: Job) {
        let place = self
            .waiting
            .partition_point(|other| other.priority <= job.priority);
        self.waiting.insert(place, job);
    }

    /// Adds a job before those of its priority: the next step of something begun.
    pub(super) fn push_front(&mut self, job: Job) {
        let place = self
            .waiting
            .partition_point(|other| other.priority < job.priority);
        self.waiting.insert(place, job);
    }

    /// Drops a job that has never been written.
    pub(super) fn withdraw(&mut self, id: CommandId) -> bool {
        let before = self.waiting.len();
        self.waiting
            .retain(|job| job.id != Some(id) || job.attempts > 0);
        self.waiting.len() < before
    }

    /// Whether a stored command is in here already.
    pub(super) fn holds(&self, id: CommandId) -> bool {
        self.jobs().any(|job| job.id == Some(id))
    }

    /// All jobs, those in flight last.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        let flying = self.flying.iter().map(|flying| &flying.job);
        self.waiting.iter().chain(flying)
    }

    /// Takes all waiting jobs of some kind.
    pub(super) fn take_waiting(&mut self, about: impl Fn(&Job) -> bool) -> Vec<Job> {
        self.waiting.extract_if(.., |job| about(job)).collect()
    }

    /// Takes the next job that may be written now. Give it back with [`Outbox::launched`].
    pub(super) fn next(&mut self, idle: bool) -> Option<Job> {
        let Some(place) = self.waiting.iter().position(|job| self.may_fly(job, idle)) else {
            self.rest();
            return None;
        };
        Some(self.waiting.remove(place))
    }

    /// Keeps no memory for jobs while there are none, which is nearly always.
    fn rest(&mut self) {
        if self.waiting.is_empty() {
            self.waiting.shrink_to_fit();
        }
        if self.flying.is_empty() {
            self.flying.shrink_to_fit();
        }
    }

    fn may_fly(&self, job: &Job, idle: bool) -> bool {
        let starts = job.key.kind == FrameType::RemoteStart;
        let free = self.flying.iter().all(|flying| {
            let other = flying.job.key;
            let stops = other.kind == FrameType::RemoteStop && other.gun == job.key.gun;
            other != job.key && !(starts && stops)
        });
        free && (idle || !job.when_idle)
    }

    /// The job's frame has been written, or its answer is awaited without one.
    pub(super) fn launched(&mut self, job: Job, until: Timestamp) {
        self.flying.push(Flying { job, until });
    }

    /// Takes the job in flight that an answer to such a command belongs to.
    pub(super) fn answered(&mut self, key: Key) -> Option<Job> {
        let place = self
            .flying
            .iter()
            .position(|flying| flying.job.key == key)?;
        Some(self.flying.remove(place).job)
    }

    /// The job in flight under that key, and when its answer is overdue.
    pub(super) fn in_flight(&mut self, key: Key) -> Option<(&mut Job, &mut Timestamp)> {
        let flying = self
            .flying
            .iter_mut()
            .find(|flying| flying.job.key == key)?;
        Some((&mut flying.job, &mut flying.until))
    }

    /// Takes a job whose answer is overdue.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Option<Job> {
        // A clock that was set back must not make anything wait longer than it was to.
        for flying in &mut self.flying {
            flying.until = flying.until.min(now + flying.job.wait);
        }
        let place = self.flying.iter().position(|flying| flying.until <= now)?;
        Some(self.flying.remove(place).job)
    }

    /// When an answer is overdue.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.flying.iter().map(|flying| flying.until).min()
    }
}
