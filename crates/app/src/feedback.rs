//! What members tell the operator, and what the staff does about it: reviews, fault reports,
//! complaints.

mod complaints;
mod faults;
mod pictures;
mod reviews;
mod words;

pub use faults::FaultWords;
pub use reviews::ReviewWords;
pub use words::Words;
pub(crate) use words::check_text;

use crate::{App, AppError};
use domain::message::{Message, MessageKind};
use kernel::MemberId;
use store::fault_reports::LogEntry;
use store::{Tx, messages};

impl App {
    /// A line of what was said and done about something.
    pub(crate) fn did(&self, by: &str, did: &str, text: Option<&str>) -> LogEntry {
        LogEntry {
            at: self.now().0,
            by: by.to_owned(),
            did: did.to_owned(),
            text: text.map(str::to_owned),
        }
    }

    /// Tells a member that somebody answered; in the transaction of the answer.
    async fn tell_of_reply_in(
        &self,
        tx: &mut Tx,
        member: i64,
        (kind, id): (MessageKind, i64),
        said: &str,
        nth: usize,
    ) -> Result<(), AppError> {
        let message = Message::reply(kind, id, said, nth);
        messages::put(tx.conn(), MemberId(member), &message, self.now()).await?;
        Ok(())
    }
}
