/// Bytes that do not fit the table of their message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}: {field} at byte {offset} {problem}")]
pub struct WireError {
    /// The message, by its title.
    pub message: &'static str,
    /// The field that could not be read.
    pub field: &'static str,
    /// Where the field begins, counted from the start of the message.
    pub offset: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The message ends inside the field.
    #[error("needs {needed} bytes, {had} left")]
    Short {
        /// Bytes that the field takes.
        needed: usize,
        /// Bytes that were left.
        had: usize,
    },
    /// A count or length beyond what the protocol allows.
    #[error("counts {had}, the limit is {limit}")]
    OverLimit {
        /// The largest legal count.
        limit: usize,
        /// The count that was read.
        had: usize,
    },
}
