//! What members tell the operator, and what the staff does about it: reviews, fault reports,
//! complaints.

mod complaints;
mod faults;
mod reviews;
mod words;

pub use faults::FaultWords;
pub use reviews::ReviewWords;
pub use words::Words;

use store::fault_reports::LogEntry;

use crate::App;

impl App {
    /// A line of what was said and done about something.
    fn did(&self, by: &str, did: &str, text: Option<&str>) -> LogEntry {
        LogEntry {
            at: self.now().0,
            by: by.to_owned(),
            did: did.to_owned(),
            text: text.map(str::to_owned),
        }
    }
}
