/// Something that a protocol obliges its devices to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Duty {
    /// A status of each running charge once in every period of [`crate::Rhythm::report`].
    PeriodicStatus,
    /// Meter values of each running charge once in every such period. A status without them, such
    /// as a heartbeat that shows what charges, is another report: it takes nothing of this duty
    /// off, and none of the duties about fields is asked of it.
    PeriodicMeter,
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
    /// How many ports it has, numbered from 1, when it introduces itself: what it says of others
    /// is wrong.
    PortCount,
}

impl Duty {
    /// Name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PeriodicStatus => "periodic_status",
            Self::PeriodicMeter => "periodic_meter",
            Self::Voltage => "voltage",
            Self::Current => "current",
            Self::Power => "power",
            Self::Charge => "charge",
            Self::EndReport => "end_report",
            Self::ExceptionReport => "exception_report",
            Self::PortCount => "port_count",
        }
    }
}
