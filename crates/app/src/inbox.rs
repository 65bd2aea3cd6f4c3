//! What waits for a connection's task. Nearly always nothing does, so an empty inbox has no
//! places: those of a channel would be a good part of what an idle device costs.

use crate::sessions::Downlink;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::Notify;

/// Commands that may wait between the platform and one connection's task.
pub const DOWNLINK_QUEUE_MAX: usize = 64;

/// Where words for a connection are left.
#[derive(Clone, Debug)]
pub struct Inbox(Arc<Shared>);

/// The end of an inbox that the connection's task holds; it closes when this is dropped.
#[derive(Debug)]
pub struct InboxReader(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// None once the reader has gone.
    waiting: Mutex<Option<VecDeque<Downlink>>>,
    arrived: Notify,
}

impl Inbox {
    /// An empty inbox and its reader.
    pub fn new() -> (Self, InboxReader) {
        let shared = Arc::new(Shared {
            waiting: Mutex::new(Some(VecDeque::new())),
            arrived: Notify::new(),
        });
        (Self(shared.clone()), InboxReader(shared))
    }

    /// Leaves a word unless [`DOWNLINK_QUEUE_MAX`] wait already, or the reader has gone. True
    /// when it was left.
    pub fn offer(&self, word: Downlink) -> bool {
        !self.is_full() && self.leave(word)
    }

    /// Leaves a word that must be heard, however many wait. False when the reader has gone.
    pub fn leave(&self, word: Downlink) -> bool {
        let mut waiting = self.0.waiting.lock();
        let Some(waiting) = waiting.as_mut() else {
            return false;
        };
        waiting.push_back(word);
        self.0.arrived.notify_one();
        true
    }

    /// Whether no command may be added.
    pub fn is_full(&self) -> bool {
        let waiting = self.0.waiting.lock();
        let length = waiting.as_ref().map(VecDeque::len);
        length.is_some_and(|length| length >= DOWNLINK_QUEUE_MAX)
    }

    /// Whether any word waits.
    pub fn has_words(&self) -> bool {
        let waiting = self.0.waiting.lock();
        waiting.as_ref().is_some_and(|waiting| !waiting.is_empty())
    }

    /// Whether the reader has gone.
    pub fn is_closed(&self) -> bool {
        self.0.waiting.lock().is_none()
    }
}

impl InboxReader {
    /// The oldest word, if one waits.
    pub fn take(&mut self) -> Option<Downlink> {
        let mut waiting = self.0.waiting.lock();
        let waiting = waiting.as_mut()?;
        let word = waiting.pop_front();
        if waiting.is_empty() && waiting.capacity() > 0 {
            *waiting = VecDeque::new();
        }
        word
    }

    /// The oldest word, as soon as one waits. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Downlink {
        loop {
            if let Some(word) = self.take() {
                return word;
            }
            self.0.arrived.notified().await;
        }
    }
}

impl Drop for InboxReader {
    fn drop(&mut self) {
        *self.0.waiting.lock() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::{DOWNLINK_QUEUE_MAX, Inbox};
    use crate::sessions::Downlink;
    use std::time::Duration;

    #[tokio::test]
    async fn words_come_in_their_order_and_wake_who_waits() {
        let (inbox, mut reader) = Inbox::new();
        let early = tokio::time::timeout(Duration::from_millis(1), reader.next()).await;
        assert!(early.is_err());
        let later = inbox.clone();
        let telling = tokio::spawn(async move {
            later.leave(Downlink::Withdraw(kernel::CommandId(1)));
            later.leave(Downlink::Close);
        });
        assert!(matches!(reader.next().await, Downlink::Withdraw(_)));
        assert!(matches!(reader.next().await, Downlink::Close));
        telling.await.expect("it ends");
        assert!(reader.take().is_none());
    }

    #[test]
    fn commands_are_bounded_and_the_rest_is_not() {
        let (inbox, reader) = Inbox::new();
        for _ in 0..DOWNLINK_QUEUE_MAX {
            assert!(inbox.offer(Downlink::Close));
        }
        assert!(inbox.is_full() && !inbox.offer(Downlink::Close));
        assert!(inbox.leave(Downlink::Close));
        drop(reader);
        assert!(inbox.is_closed() && !inbox.is_full());
        assert!(!inbox.offer(Downlink::Close) && !inbox.leave(Downlink::Close));
    }
}
