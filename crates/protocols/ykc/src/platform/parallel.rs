//! Parallel charging: several guns feed one vehicle, and if one of them does not start, none does.

use super::outbox::{Job, Key};
use super::pile::Pile;
use super::task::Task;
use crate::codes::FrameType;
use crate::value::{ParallelNo, TransactionNo};
use device::Output;
use kernel::{PortNo, Timestamp};
use std::time::Duration;

/// All guns of one parallel charge must have said yes after so long.
pub(super) const ALL_WITHIN: Duration = Duration::from_secs(30);

/// Why a gun does not start although nothing is wrong with it.
const PARTNER_FAILED: &str = "another gun of the parallel charge did not start";

impl Pile {
    /// A gun of a parallel charge has not started: the others are stopped.
    pub(super) fn fail_partners(
        &mut self,
        parallel: ParallelNo,
        gun: u8,
        now: Timestamp,
        out: &mut Output,
    ) {
        let partner = |job: &Job| match &job.task {
            Task::Start(start) if start.parallel == Some(parallel) && job.key.gun != gun => {
                Some((job.key.gun, start.port, start.serial))
            }
            _ => None,
        };
        for job in self.outbox.take_waiting(|job| partner(job).is_some()) {
            self.refused(job.id, PARTNER_FAILED, now, out);
        }
        let flying: Vec<(u8, PortNo, TransactionNo)> =
            self.outbox.jobs().filter_map(partner).collect();
        for (other, port, serial) in flying {
            if let Some(job) = self.outbox.answered(Key::of(FrameType::RemoteStart, other)) {
                self.refused(job.id, PARTNER_FAILED, now, out);
                self.stop_by_itself(other, port, serial);
            }
        }
        let started: Vec<(u8, TransactionNo, bool)> = self
            .guns
            .iter()
            .filter(|(other, _)| **other != gun)
            .filter_map(|(other, memory)| {
                let (number, serial) = memory.parallel?;
                let waits = memory.starting.is_some();
                (number == parallel).then_some((*other, serial, waits))
            })
            .collect();
        for (other, serial, waits) in started {
            let memory = self.gun(other, now);
            memory.parallel = None;
            memory.starting = None;
            let port = PortNo(u16::from(other));
            self.stop_by_itself(other, port, serial);
            // One that charges already has a record, which ends its order.
            if waits {
                self.deny(port, serial, now, out);
            }
        }
    }

    /// A stop of the link's own, written once.
    pub(super) fn stop_by_itself(&mut self, gun: u8, port: PortNo, serial: TransactionNo) {
        if self.outbox.room() > 0 {
            let job = self.stop_job(gun, port, Some(serial), 1);
            self.outbox.push(job);
        }
    }
}
