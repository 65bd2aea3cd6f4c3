//! Commands on their way to one gateway: pacing, one unanswered command per lane, answers,
//! repeats.
//!
//! A lane is what can do one thing at a time: a socket behind the gateway's radio, or the
//! gateway itself. Knows nothing of frames: a [`Shot`] writes its own bytes.

use super::questions::DIRECT_QUERY;
use crate::message::v86;
use kernel::{CommandId, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Pause between two commands to one gateway: the radio behind it is slow.
const PACE: Duration = Duration::from_millis(300);
/// Jobs that one gateway may have waiting or in flight: a query of all 250 sockets, and as much
/// again.
pub(super) const JOBS_MAX: usize = 512;
/// Where the numbers of the link's own questions begin; those of stored commands lie below.
const OWN_NUMBERS: u32 = 0x8000_0000;
/// Priority of stops.
const STOP_PRIORITY: i16 = 1;

/// What can do one thing at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lane {
    /// The gateway itself.
    Gateway,
    /// One socket, or one port of a gateway without sockets.
    Outlet(u8),
}

/// What counts as the answer to a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expect {
    /// An uplink with this outer command.
    Outer(u16),
    /// This sub-command, under 0005 or 0015: gateways disagree about the outer command.
    Sub(u8),
    /// This BKV command.
    Bkv(u16),
    /// A status of this socket, in any of its forms and with any number.
    StatusOf(u8),
}

impl Expect {
    /// Whether it answers a mere question about the present state.
    const fn is_status(self) -> bool {
        match self {
            Self::StatusOf(_) => true,
            Self::Outer(cmd) => cmd == v86::cmd::QUERY,
            Self::Bkv(cmd) => cmd == DIRECT_QUERY,
            Self::Sub(_) => false,
        }
    }
}

/// Writes a frame with the given message id.
pub(super) type Writer = Arc<dyn Fn(u32, &mut Vec<u8>) + Send + Sync>;

/// One frame and how its answer is awaited.
#[derive(Clone)]
pub(super) struct Shot {
    /// The wire command, for the log.
    pub(super) cmd: u16,
    /// Writes it.
    pub(super) write: Writer,
    /// What answers it.
    pub(super) expect: Expect,
    /// How long an answer may take.
    pub(super) wait: Duration,
    /// How often it is written at most.
    pub(super) tries: u16,
}

/// A command, or a question of the link's own.
pub(super) struct Job<T> {
    /// The stored command; none for the link's own questions.
    pub(super) id: Option<CommandId>,
    /// 1 first.
    pub(super) priority: i16,
    /// What must be free for it.
    pub(super) lane: Lane,
    /// The frame to write now.
    pub(super) shot: Shot,
    /// The number of that frame, the same on every repeat.
    pub(super) msg_id: u32,
    /// How often that frame has been written.
    pub(super) attempts: u16,
    /// Some frame of it has been written, here or perhaps on an earlier connection: it cannot
    /// be taken back any more.
    pub(super) begun: bool,
    /// Number and answer of an earlier frame of it whose answer, should it come late, still
    /// counts.
    pub(super) late: Option<(u32, Expect)>,
    /// What the job is about; the owner's.
    pub(super) task: T,
}

struct Flying<T> {
    job: Job<T>,
    until: Timestamp,
}

/// All jobs of one gateway.
pub(super) struct Outbox<T> {
    waiting: Vec<Job<T>>,
    flying: Vec<Flying<T>>,
    quiet_until: Timestamp,
    own_number: u32,
}

impl<T> Job<T> {
    fn is_answered_by(&self, msg_id: u32, reply: Expect) -> bool {
        (self.begun && self.msg_id == msg_id && self.shot.expect == reply)
            || self.late == Some((msg_id, reply))
    }
}

impl<T> Outbox<T> {
    pub(super) fn new(seed: u32) -> Self {
        Self {
            waiting: Vec::new(),
            flying: Vec::new(),
            quiet_until: Timestamp(0),
            own_number: seed | OWN_NUMBERS,
        }
    }

    /// A fresh number for a frame that no stored command owns.
    pub(super) fn own_number(&mut self) -> u32 {
        self.own_number = self.own_number.wrapping_add(1) | OWN_NUMBERS;
        self.own_number
    }

    /// How many more jobs it can take.
    pub(super) fn room(&self) -> usize {
        JOBS_MAX.saturating_sub(self.waiting.len() + self.flying.len())
    }

    /// Adds a job behind those of its priority.
    pub(super) fn push(&mut self, job: Job<T>) {
        let place = self
            .waiting
            .partition_point(|other| other.priority <= job.priority);
        self.waiting.insert(place, job);
    }

    /// Adds a job before those of its priority: the next step of something begun.
    pub(super) fn push_front(&mut self, job: Job<T>) {
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
        self.waiting.iter().any(|job| job.id == Some(id))
            || self.flying.iter().any(|flying| flying.job.id == Some(id))
    }

    /// How many jobs about something are waiting or in flight.
    pub(super) fn count(&self, mut about: impl FnMut(&T) -> bool) -> usize {
        let waiting = self.waiting.iter().map(|job| &job.task);
        let flying = self.flying.iter().map(|flying| &flying.job.task);
        waiting.chain(flying).filter(|task| about(task)).count()
    }

    /// Takes all waiting jobs about something.
    pub(super) fn take_waiting(&mut self, mut about: impl FnMut(&T) -> bool) -> Vec<Job<T>> {
        self.waiting
            .extract_if(.., |job| about(&job.task))
            .collect()
    }

    /// All jobs in flight.
    pub(super) fn flying(&mut self) -> impl Iterator<Item = &mut Job<T>> {
        self.flying.iter_mut().map(|flying| &mut flying.job)
    }

    /// Takes the next job that may be written now. Give it back with [`Outbox::launched`].
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Job<T>> {
        self.follow_clock(now);
        if now < self.quiet_until {
            return None;
        }
        let Some(place) = self.waiting.iter().position(|job| self.may_fly(job)) else {
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

    /// Whether nothing stands in a job's way. A stop waits for no unanswered question.
    fn may_fly(&self, job: &Job<T>) -> bool {
        let mut on_lane = self
            .flying
            .iter()
            .filter(|flying| flying.job.lane == job.lane);
        on_lane.all(|flying| job.priority == STOP_PRIORITY && flying.job.shot.expect.is_status())
    }

    /// The job's frame has been written.
    pub(super) fn launched(&mut self, mut job: Job<T>, now: Timestamp) {
        job.attempts += 1;
        job.begun = true;
        self.quiet_until = now + PACE;
        let until = now + job.shot.wait;
        self.flying.push(Flying { job, until });
    }

    /// The job that an uplink answers: same number and the kind of answer that it expects. One
    /// that waits for its repetition is answered as well.
    pub(super) fn answered(&mut self, msg_id: u32, reply: Expect) -> Option<Job<T>> {
        let flying = self
            .flying
            .iter()
            .position(|flying| flying.job.is_answered_by(msg_id, reply));
        if let Some(place) = flying {
            return Some(self.flying.remove(place).job);
        }
        let waiting = self
            .waiting
            .iter()
            .position(|job| job.is_answered_by(msg_id, reply))?;
        Some(self.waiting.remove(waiting))
    }

    /// The oldest job in flight that an uplink answers whatever its number.
    pub(super) fn answered_by_any(&mut self, reply: Expect) -> Option<Job<T>> {
        let place = self
            .flying
            .iter()
            .position(|flying| flying.job.shot.expect == reply)?;
        Some(self.flying.remove(place).job)
    }

    /// Whether a frame of this number is in flight.
    pub(super) fn has_in_flight(&self, msg_id: u32) -> bool {
        self.flying.iter().any(|flying| flying.job.msg_id == msg_id)
    }

    /// A question about a socket that a status of it answers; `enough` says whether the status
    /// tells what the job wants to know.
    pub(super) fn status_seen(
        &mut self,
        socket: u8,
        enough: impl Fn(&T) -> bool,
    ) -> Option<Job<T>> {
        let place = self.flying.iter().position(|flying| {
            flying.job.shot.expect == Expect::StatusOf(socket) && enough(&flying.job.task)
        })?;
        Some(self.flying.remove(place).job)
    }

    /// Takes a job whose answer is overdue.
    pub(super) fn overdue(&mut self, now: Timestamp) -> Option<Job<T>> {
        self.follow_clock(now);
        let place = self.flying.iter().position(|flying| flying.until <= now)?;
        Some(self.flying.remove(place).job)
    }

    /// A clock that was set back must not make anything wait longer than it was to.
    fn follow_clock(&mut self, now: Timestamp) {
        self.quiet_until = self.quiet_until.min(now + PACE);
        for flying in &mut self.flying {
            flying.until = flying.until.min(now + flying.job.shot.wait);
        }
    }

    /// When something is due.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let overdue = self.flying.iter().map(|flying| flying.until).min();
        let writable = self
            .waiting
            .iter()
            .any(|job| self.may_fly(job))
            .then_some(self.quiet_until);
        overdue.into_iter().chain(writable).min()
    }
}

#[cfg(test)]
mod tests {
    use super::{Expect, Job, Lane, Outbox, PACE, Shot};
    use kernel::{CommandId, Timestamp};
    use std::sync::Arc;
    use std::time::Duration;

    fn job(id: i64, priority: i16, socket: u8) -> Job<()> {
        Job {
            id: Some(CommandId(id)),
            priority,
            lane: Lane::Outlet(socket),
            shot: Shot {
                cmd: 0x15,
                write: Arc::new(|_, _| ()),
                expect: Expect::Sub(7),
                wait: Duration::from_secs(10),
                tries: 2,
            },
            msg_id: u32::try_from(id).expect("small"),
            attempts: 0,
            begun: false,
            late: None,
            task: (),
        }
    }

    fn ids(outbox: &mut Outbox<()>, mut now: Timestamp) -> Vec<i64> {
        let mut order = Vec::new();
        while let Some(job) = outbox.next(now) {
            order.push(job.id.expect("stored").0);
            outbox.launched(job, now);
            assert!(outbox.next(now).is_none(), "paced");
            now = now + PACE;
        }
        order
    }

    #[test]
    fn stops_overtake_and_sockets_do_one_thing_at_a_time() {
        let mut outbox = Outbox::new(1);
        for (id, priority, socket) in [(1, 3, 1), (2, 2, 1), (3, 2, 2), (4, 1, 1)] {
            outbox.push(job(id, priority, socket));
        }
        assert_eq!(
            ids(&mut outbox, Timestamp(0)),
            [4, 3],
            "socket 1 is busy after the stop"
        );
        assert!(outbox.answered(4, Expect::Sub(7)).is_some());
        assert_eq!(ids(&mut outbox, Timestamp(1000)), [2]);
    }

    #[test]
    fn a_stop_waits_for_no_question() {
        let mut outbox = Outbox::new(1);
        let mut question = job(1, 2, 1);
        question.shot.expect = Expect::StatusOf(1);
        outbox.push(question);
        let asked = outbox.next(Timestamp(0)).expect("nothing in its way");
        outbox.launched(asked, Timestamp(0));
        outbox.push(job(2, 2, 1));
        outbox.push(job(3, 1, 1));
        let later = Timestamp(0) + PACE;
        assert_eq!(outbox.deadline(), Some(later));
        let next = outbox.next(later).expect("the stop");
        assert_eq!(next.id, Some(CommandId(3)));
        outbox.launched(next, later);
        assert!(
            outbox.next(later + PACE).is_none(),
            "the start waits for both"
        );
    }

    #[test]
    fn only_the_right_answer_counts() {
        let mut outbox = Outbox::new(1);
        outbox.push(job(1, 2, 1));
        ids(&mut outbox, Timestamp(0));
        assert!(outbox.answered(2, Expect::Sub(7)).is_none());
        assert!(outbox.answered(1, Expect::Sub(8)).is_none());
        assert!(outbox.answered(1, Expect::Sub(7)).is_some());
        assert!(
            outbox.answered(1, Expect::Sub(7)).is_none(),
            "answered once"
        );
    }

    #[test]
    fn what_is_not_answered_becomes_overdue() {
        let mut outbox = Outbox::new(1);
        outbox.push(job(1, 2, 1));
        ids(&mut outbox, Timestamp(0));
        assert_eq!(outbox.deadline(), Some(Timestamp(10_000)));
        assert!(outbox.overdue(Timestamp(9_999)).is_none());
        assert_eq!(outbox.overdue(Timestamp(10_000)).expect("due").attempts, 1);
        assert_eq!(outbox.deadline(), None);
    }

    #[test]
    fn a_written_command_cannot_be_withdrawn() {
        let mut outbox = Outbox::new(1);
        outbox.push(job(1, 2, 1));
        outbox.push(job(2, 2, 1));
        ids(&mut outbox, Timestamp(0));
        assert!(!outbox.withdraw(CommandId(1)));
        assert!(outbox.withdraw(CommandId(2)));
    }

    #[test]
    fn a_repeat_that_waits_is_answered_too() {
        let mut outbox = Outbox::new(1);
        outbox.push(job(1, 2, 1));
        ids(&mut outbox, Timestamp(0));
        let late = outbox.overdue(Timestamp(10_000)).expect("due");
        outbox.push_front(late);
        assert!(outbox.answered(1, Expect::Sub(7)).is_some());
        assert!(outbox.next(Timestamp(20_000)).is_none());
    }

    #[test]
    fn a_clock_that_is_set_back_holds_nothing_up() {
        let mut outbox = Outbox::new(1);
        outbox.push(job(1, 2, 1));
        ids(&mut outbox, Timestamp(3_600_000));
        outbox.push(job(2, 2, 2));
        assert!(outbox.next(Timestamp(0)).is_none(), "paced");
        assert!(outbox.next(Timestamp(300)).is_some());
        assert!(outbox.overdue(Timestamp(10_000)).is_some());
    }
}
