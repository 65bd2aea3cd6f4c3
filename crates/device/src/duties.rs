/// Something that a protocol obliges its devices to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// A status of each running charge once in every period of [`crate::Rhythm::report`].
    PeriodicStatus,
    /// The voltage in that status.
    Voltage,
    /// The current in that status.
    Current,
    /// The power in that status.
    Power,
    /// Which charge runs, in that status.
    Charge,
    /// A report when a charge ends.
    EndReport,
    /// A report when something is wrong.
    ExceptionReport,
}

impl Duty {
    /// Name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PeriodicStatus => "periodic_status",
            Self::Voltage => "voltage",
            Self::Current => "current",
            Self::Power => "power",
            Self::Charge => "charge",
            Self::EndReport => "end_report",
            Self::ExceptionReport => "exception_report",
        }
    }
}
