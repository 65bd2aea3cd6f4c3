//! Commands on their way to one pile: one at a time, answers, repeats.
//!
//! Simple firmware has one buffer, so a command has its turn alone. A start is answered only
//! when energy flows, up to two minutes later: its turn is over sooner, but it stays in flight.
//! A stop waits for neither starts nor questions.

use super::task::Task;
use crate::message::Body;
use kernel::{CommandId, Timestamp};
use std::time::Duration;

/// Jobs that one pile may have waiting or in flight.
pub(super) const JOBS_MAX: usize = 64;
/// How long a command keeps others waiting at most.
const TURN: Duration = Duration::from_secs(10);
/// Priority of stops.
pub(super) const STOP_PRIORITY: i16 = 1;

/// What counts as the answer to a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// 8 of this gun, or a status that shows the charge.
    Start(u8),
    /// 6 of this gun and address.
    Control(u8, u32),
    /// 2 of this address.
    Numbers(u32),
    /// 4 of this address.
    Characters(u32),
    /// A status of this gun; a 6 that refuses it.
    StatusOf(u8),
    /// The one answer with this number.
    Cmd(u16),
}

/// One frame and how its answer is awaited.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    pub(super) cmd: u16,
    pub(super) body: Body,
    /// The sequence that it must have; otherwise the connection's counter.
    pub(super) seq: Option<u8>,
    pub(super) expect: Expect,
    /// How long an answer may take.
    pub(super) wait: Duration,
    /// How often it is written at most.
    pub(super) tries: u16,
}

/// A command, or something of the link's own.
#[derive(Debug)]
pub(super) struct Job {
    /// The stored command; none for the link's own.
    pub(super) id: Option<CommandId>,
    /// 1 first.
    pub(super) priority: i16,
    /// The frame to write now.
    pub(super) shot: Shot,
    /// The stored command's number, for reports; it is not on the wire.
    pub(super) msg_id: u32,
    /// How often that frame has been written.
    pub(super) attempts: u16,
    /// Some frame of it has been written: it cannot be taken back any more.
    pub(super) begun: bool,
    /// Not written before.
    pub(super) not_before: Timestamp,
    /// What it is about.
    pub(super) task: Task,
}

struct Flying {
    job: Job,
    until: Timestamp,
    turn_until: Timestamp,
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
        self.waiting.retain(|job| job.id != Some(id) || job.begun);
        self.waiting.len() < before
    }

    /// Whether a stored command is in here already.
    pub(super) fn holds(&self, id: CommandId) -> bool {
        self.all().any(|job| job.id == Some(id))
    }

    /// All jobs.
    pub(super) fn all(&self) -> impl Iterator<Item = &Job> {
        let flying = self.flying.iter().map(|flying| &flying.job);
        self.waiting.iter().chain(flying)
    }

    /// Takes all waiting jobs about something.
    pub(super) fn take_waiting(&mut self, mut about: impl FnMut(&Task) -> bool) -> Vec<Job> {
        self.waiting
            .extract_if(.., |job| about(&job.task))
            .collect()
    }

    /// All jobs in flight.
    pub(super) fn flying(&mut self) -> impl Iterator<Item = &mut Job> {
        self.flying.iter_mut().map(|flying| &mut flying.job)
    }

    /// Takes the next job that may be written now. Give it back with [`Outbox::launched`].
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Job> {
        self.follow_clock(now);
        let Some(place) = self.waiting.iter().position(|job| self.free_at(job) <= now) else {
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

    /// When nothing stands in a job's way any more, unless answers come sooner.
    fn free_at(&self, job: &Job) -> Timestamp {
        let in_its_way = |flying: &&Flying| {
            let yields = matches!(
                flying.job.shot.expect,
                Expect::Start(_) | Expect::StatusOf(_)
            );
            !(job.priority == STOP_PRIORITY && yields)
        };
        let turns = self.flying.iter().filter(in_its_way);
        turns
            .map(|flying| flying.turn_until)
            .fold(job.not_before, Timestamp::max)
    }

    /// The job's frame has been written.
    pub(super) fn launched(&mut self, mut job: Job, now: Timestamp) {
        job.attempts += 1;
        job.begun = true;
        let until = now + job.shot.wait;
        let turn_until = until.min(now + TURN);
        self.flying.push(Flying {
            job,
            until,
            turn_until,
        });
    }

    /// The job in flight that an uplink answers.
    pub(super) fn answered(&mut self, reply: Expect) -> Option<Job> {
        let place = self
            .flying
            .iter()
            .position(|flying| flying.job.shot.expect == reply)?;
        Some(self.flying.remove(place).job)
    }

    /// The job in flight that is about something.
    pub(super) fn take_flying(&mut self, mut about: impl FnMut(&Job) -> bool) -> Option<Job> {
        let place = self.flying.iter().position(|flying| about(&flying.job))?;
        Some(self.flying.remove(place).job)
    }

    /// The only job in flight that is of a kind; none when there are several.
    pub(super) fn only_flying(&mut self, of: impl Fn(Expect) -> bool) -> Option<Job> {
        let mut places = (0..)
            .zip(&self.flying)
            .filter(|(_, flying)| of(flying.job.shot.expect));
        let (place, _) = places.next()?;
        if places.next().is_some() {
            return None;
        }
        Some(self.flying.remove(place).job)
    }

    /// More of its answer will come: it goes on waiting.
    pub(super) fn wait_on(&mut self, job: Job, now: Timestamp) {
        let until = now + job.shot.wait;
        let turn_until = until.min(now + TURN);
        self.flying.push(Flying {
            job,
            until,
            turn_until,
        });
    }

    /// Takes a job whose answer is overdue.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Option<Job> {
        self.follow_clock(now);
        let place = self.flying.iter().position(|flying| flying.until <= now)?;
        Some(self.flying.remove(place).job)
    }

    /// A clock that was set back must not make anything wait longer than it was to.
    fn follow_clock(&mut self, now: Timestamp) {
        for flying in &mut self.flying {
            flying.until = flying.until.min(now + flying.job.shot.wait);
            flying.turn_until = flying.turn_until.min(now + TURN);
        }
        for job in &mut self.waiting {
            job.not_before = job.not_before.min(now + TURN);
        }
    }

    /// When something is due.
    pub(super) fn deadline(&self, writing: bool) -> Option<Timestamp> {
        let overdue = self.flying.iter().map(|flying| flying.until);
        let writable = self.waiting.iter().filter(|_| writing);
        overdue.chain(writable.map(|job| self.free_at(job))).min()
    }
}
