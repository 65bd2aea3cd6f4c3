//! Commands on their way to one device: the most urgent first, one unanswered at a time.

use super::task::{Job, Task};
use crate::codes::Cmd;
use kernel::{CommandId, Timestamp};

/// Jobs that one device may have waiting or in flight.
const JOBS_MAX: usize = 64;

struct Flying {
    job: Job,
    until: Timestamp,
}

/// All jobs of one device.
#[derive(Default)]
pub(super) struct Outbox {
    waiting: Vec<Job>,
    /// Boxed, because nearly always there is none.
    flying: Option<Box<Flying>>,
}

impl Outbox {
    /// Whether it can take another job.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < JOBS_MAX
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

    /// All jobs.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        let flying = self.flying.iter().map(|flying| &flying.job);
        self.waiting.iter().chain(flying)
    }

    /// All jobs, to change them.
    pub(super) fn jobs_mut(&mut self) -> impl Iterator<Item = &mut Job> {
        let flying = self.flying.iter_mut().map(|flying| &mut flying.job);
        self.waiting.iter_mut().chain(flying)
    }

    /// Takes the jobs about something that have not been written yet.
    pub(super) fn take_unwritten(&mut self, mut about: impl FnMut(&Task) -> bool) -> Vec<Job> {
        self.waiting
            .extract_if(.., |job| !job.begun && about(&job.task))
            .collect()
    }

    /// Whether something waits for its turn and nothing is in its way.
    pub(super) fn is_ready(&self) -> bool {
        self.flying.is_none() && !self.waiting.is_empty()
    }

    /// Takes the job whose turn it is.
    pub(super) fn next(&mut self) -> Option<Job> {
        if !self.is_ready() {
            return None;
        }
        let job = self.waiting.remove(0);
        if self.waiting.is_empty() {
            self.waiting.shrink_to_fit();
        }
        Some(job)
    }

    /// The job's frame has been written.
    pub(super) fn launched(&mut self, mut job: Job, now: Timestamp) {
        job.attempts += 1;
        job.begun = true;
        let until = now + job.task.wait();
        self.flying = Some(Box::new(Flying { job, until }));
    }

    /// When the answer in flight is overdue.
    pub(super) fn until(&self) -> Option<Timestamp> {
        self.flying.as_ref().map(|flying| flying.until)
    }

    /// Takes the job in flight if its answer is overdue.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Option<Job> {
        self.flying
            .take_if(|flying| flying.until <= now)
            .map(|flying| flying.job)
    }

    /// Takes the job that an uplink answers: the same command and number. One that waits for its
    /// repetition is answered as well.
    pub(super) fn answered(&mut self, cmd: Cmd, msg_id: u16) -> Option<Job> {
        self.take_begun(|job| job.task.cmd() == cmd && job.msg_id == msg_id && job.attempts > 0)
    }

    /// Takes a job that has been written, whatever the number of its answer.
    pub(super) fn take_begun(&mut self, mut which: impl FnMut(&Job) -> bool) -> Option<Job> {
        if let Some(flying) = self.flying.take_if(|flying| which(&flying.job)) {
            return Some(flying.job);
        }
        let place = self
            .waiting
            .iter()
            .position(|job| job.begun && which(job))?;
        Some(self.waiting.remove(place))
    }
}
