use device::CommandFault;
use domain::order::OrderStatus;
use kernel::{OrderNo, PortNo};
use store::StoreError;

/// Why a use case did not happen. Each front maps these in one place: HTTP status and envelope,
/// or the answer to a device.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such thing.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// A value that cannot be read as what it should be.
    #[error("{field} {problem}")]
    Invalid {
        /// The value.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A value that is well-formed but makes no sense here.
    #[error("{field} {problem}")]
    Semantic {
        /// The value.
        field: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Another order holds the port.
    #[error("port is busy")]
    PortBusy {
        /// That order.
        order_no: OrderNo,
        /// The port.
        port: PortNo,
        /// What that order is doing.
        status: OrderStatus,
    },
    /// The present state does not allow it.
    #[error("{0}")]
    Conflict(&'static str),
    /// Nobody, or not who they say.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// The present state does not allow it, for a reason that has a name in it.
    #[error("{0}")]
    Refused(String),
    /// It was done a moment ago; it can be done again after that time.
    #[error("too soon")]
    TooSoon(std::time::Duration),
    /// Too many failures; try again after that time.
    #[error("too many failed attempts")]
    Locked(std::time::Duration),
    /// The actor does not have that permission leaf.
    #[error("permission denied: {0}")]
    Denied(String),
    /// The device has no such command.
    #[error("{0}")]
    NotSupported(String),
    /// The device's queue is full.
    #[error("too many commands are waiting for this device")]
    Overloaded,
    /// The database is away; nothing has been changed.
    #[error("temporarily unavailable")]
    Unavailable,
    /// A fault of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl AppError {
    /// The same with the value named as who asked calls it.
    #[must_use]
    pub fn at(self, name: impl Fn(&str) -> &str) -> Self {
        match self {
            Self::Invalid { field, problem } => Self::Invalid {
                field: name(&field).to_owned(),
                problem,
            },
            Self::Semantic { field, problem } => Self::Semantic {
                field: name(&field).to_owned(),
                problem,
            },
            other => other,
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        if error.is_unavailable() {
            Self::Unavailable
        } else {
            Self::Internal(error.cause())
        }
    }
}

impl From<CommandFault> for AppError {
    fn from(fault: CommandFault) -> Self {
        match fault {
            CommandFault::NotSupported(_) => Self::NotSupported(fault.to_string()),
            CommandFault::OutOfRange { field, problem } => Self::Semantic {
                field: field.to_owned(),
                problem,
            },
            CommandFault::Retired => Self::Conflict("protocol_retired"),
        }
    }
}
