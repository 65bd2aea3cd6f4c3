//! Questions about the state of sockets, on a command's account or the link's own.

use super::gateway::Gateway;
use super::networked_down::{CONTROL_WAIT, container};
use super::outbox::{Expect, Job, Lane, Shot};
use super::task::Task;
use super::words::{self, Address, outer};
use crate::message::SocketOnly;
use crate::port::SOCKET_MAX;

/// Questions of the link's own that may wait at the same time: a device that gives reason for
/// more of them must not keep commands waiting.
const QUESTIONS_MAX: usize = 32;
/// They come after starts and stops.
const PRIORITY: i16 = 3;
/// How often a question is written.
const TRIES: u16 = 3;
/// Status query of stand-alone devices, which have no sockets.
pub(super) const DIRECT_QUERY: u16 = 0x1003;

impl Gateway {
    /// Asks a socket for its status on the link's own account, if that is not under way.
    pub(super) fn question(&mut self, socket: u8) {
        let pending = self
            .outbox
            .count(|task| matches!(task, Task::Question(asked) if *asked == socket));
        let questions = self.outbox.count(|task| matches!(task, Task::Question(_)));
        let full = questions >= QUESTIONS_MAX || self.outbox.room() == 0;
        if pending > 0 || full || !self.has_socket(socket) {
            return;
        }
        let job = Job {
            id: None,
            priority: PRIORITY,
            lane: Lane::Outlet(socket),
            shot: self.query_shot(socket),
            msg_id: self.outbox.own_number(),
            attempts: 0,
            begun: false,
            late: None,
            task: Task::Question(socket),
        };
        self.outbox.push(job);
    }

    /// Whether a device like this can have a socket of that number.
    pub(super) fn has_socket(&self, socket: u8) -> bool {
        match self.id.address {
            Address::Gateway(_) if self.single_device() => socket <= SOCKET_MAX,
            Address::Gateway(_) => (1..=SOCKET_MAX).contains(&socket),
            Address::Direct(_) => socket == 0,
        }
    }

    /// Query of a socket, or of a whole stand-alone device: answered by any status of it.
    pub(super) fn query_shot(&self, socket: u8) -> Shot {
        let address = self.id.address;
        match address {
            Address::Gateway(gateway) => {
                let query = SocketOnly { socket_no: socket };
                Shot {
                    cmd: outer::CONTROL,
                    write: words::sub_shot(gateway, outer::CONTROL, 0x1D, query),
                    expect: Expect::StatusOf(socket),
                    wait: CONTROL_WAIT,
                    tries: TRIES,
                }
            }
            Address::Direct(_) => Shot {
                expect: Expect::StatusOf(socket),
                ..container(address, DIRECT_QUERY, Vec::new(), CONTROL_WAIT, TRIES)
            },
        }
    }
}
