//! `commands`: what devices are asked to do, from the queue to the answer.

mod handover;
mod queue;
mod row;

pub use handover::{devices_with_open, hand_over, requeue, requeue_sent, with_open};
pub use queue::{
    CommandFilter, DeadLetter, Written, bury, cancel_of_order, deliverable, enqueue, enqueue_sent,
    expire, find, find_dead, finish, first_of_trace, list, list_dead, list_expired, list_of_order,
    list_open, mark_sent, next_msg_id, of_device_between, purge, queue_length, take_dead,
};
pub use row::{NewCommand, QueuedCommand};
