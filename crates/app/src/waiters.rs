//! Callers that wait for the outcome of a command. Answer and deadline race: whichever comes
//! first ends the other.

use dashmap::DashMap;
use device::Outcome;
use kernel::CommandId;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// Callers by the command that they wait for; one caller a command.
#[derive(Default)]
pub(crate) struct Waiters {
    waiting: DashMap<CommandId, oneshot::Sender<Outcome>>,
}

/// A caller's claim on a command's outcome. Made before the command is sent, so that an answer
/// cannot slip through.
pub(crate) struct Waiter<'a> {
    waiters: &'a Waiters,
    command: CommandId,
    answer: oneshot::Receiver<Outcome>,
}

impl Waiters {
    /// Claims the outcome of a command.
    pub(crate) fn claim(&self, command: CommandId) -> Waiter<'_> {
        let (sender, answer) = oneshot::channel();
        self.waiting.insert(command, sender);
        Waiter {
            waiters: self,
            command,
            answer,
        }
    }

    /// Hands an outcome to whoever waits for it.
    pub(crate) fn settle(&self, command: CommandId, outcome: &Outcome) {
        if let Some((_, waiting)) = self.waiting.remove(&command) {
            // The caller may have left at this very moment; nobody else needs it.
            let _ = waiting.send(outcome.clone());
        }
    }
}

impl Waiter<'_> {
    /// The outcome once it is told. A wait that is given up has taken nothing away.
    pub(crate) async fn told(&mut self) -> Option<Outcome> {
        (&mut self.answer).await.ok()
    }

    /// The outcome, or `None` when the deadline came first.
    pub(crate) async fn outcome(mut self, deadline: Duration) -> Option<Outcome> {
        timeout(deadline, &mut self.answer).await.ok()?.ok()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        self.waiters.waiting.remove(&self.command);
    }
}

#[cfg(test)]
mod tests {
    use super::Waiters;
    use device::Outcome;
    use kernel::CommandId;
    use std::time::Duration;

    #[tokio::test(start_paused = true)]
    async fn the_answer_ends_the_timer() {
        let waiters = Waiters::default();
        let waiter = waiters.claim(CommandId(1));
        waiters.settle(CommandId(1), &Outcome::Lapsed { attempts: 2 });
        let outcome = waiter.outcome(Duration::from_secs(10)).await;
        assert_eq!(outcome, Some(Outcome::Lapsed { attempts: 2 }));
        assert!(waiters.waiting.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_timer_ends_the_wait() {
        let waiters = Waiters::default();
        let waiter = waiters.claim(CommandId(1));
        assert_eq!(waiter.outcome(Duration::from_secs(10)).await, None);
        assert!(waiters.waiting.is_empty(), "nobody is left waiting");
        waiters.settle(CommandId(1), &Outcome::Lapsed { attempts: 1 });
    }
}
