//! Which figures there are, and one line of their table.

use std::fmt;
use std::str::FromStr;

/// The figures that the project has set itself targets for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FigureId {
    /// Heartbeats per second of the server's processor time, beside bare echo frames.
    F1,
    /// Heartbeats per second, beside an MQTT broker's keep-alives.
    F2,
    /// Resident bytes per logged-in idle device.
    F3,
    /// From the start call to the frame on the device's socket.
    F4,
    /// From the start call to the order that everybody can see charging.
    F5,
    /// Settlements acknowledged per second, beside one-row commits.
    F6,
    /// A fleet logs in again after a restart, beside bare connects.
    F7,
    /// From the fact to the webhook on the receiver's socket.
    F8,
    /// Charge calls per second.
    F9,
    /// Decoded frames per second of one core.
    F10,
    /// The server's share of a core under a fleet at its real rhythm.
    F11,
    /// Pages of the console over many orders.
    F12,
    /// From the start call at another node to the frame on the device's socket.
    F13,
    /// Devices of a node that died log in at the others.
    F14,
    /// What heartbeats and starts cost at one node and at several.
    F15,
    /// The bill of a long charge whose price depends on the time of the day.
    Bill,
}

impl FigureId {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::F1,
        Self::F2,
        Self::F3,
        Self::F4,
        Self::F5,
        Self::F6,
        Self::F7,
        Self::F8,
        Self::F9,
        Self::F10,
        Self::F11,
        Self::F12,
        Self::F13,
        Self::F14,
        Self::F15,
        Self::Bill,
    ];

    /// What it tells.
    pub const fn title(self) -> &'static str {
        match self {
            Self::F1 => "heartbeats handled per processor second ÷ bare echo frames",
            Self::F2 => "heartbeats/s ÷ mosquitto keep-alives/s",
            Self::F3 => "resident bytes per logged-in idle device",
            Self::F4 => "start call → frame on the device's socket",
            Self::F5 => "start call → device's answer → order visibly charging",
            Self::F6 => "durable settlements/s ÷ one-row commits/s",
            Self::F7 => "15,000 devices logged in again after a restart ÷ bare connects",
            Self::F8 => "fact → webhook on the receiver's socket, 500 events/s",
            Self::F9 => "charge calls per second",
            Self::F10 => "decoded frames per second of one core",
            Self::F11 => "15,000 devices at their real rhythm, 3,000 of them charging",
            Self::F12 => "lists, tables and the big screen over many orders",
            Self::F13 => "start call at another node → frame on the device's socket",
            Self::F14 => "one of three nodes lost under 15,000 devices ÷ bare connects",
            Self::F15 => "cost of heartbeats and starts at one, two and three nodes",
            Self::Bill => "bill of a six-hour charge by the time of the day",
        }
    }
}

impl fmt::Display for FigureId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bill => f.write_str("bill"),
            numbered => write!(f, "{numbered:?}"),
        }
    }
}

/// Text that names no figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("figures are f1 to f15 and bill")]
pub struct UnknownFigure;

impl FromStr for FigureId {
    type Err = UnknownFigure;

    fn from_str(text: &str) -> Result<Self, UnknownFigure> {
        let wanted = text.trim();
        Self::ALL
            .into_iter()
            .find(|figure| figure.to_string().eq_ignore_ascii_case(wanted))
            .ok_or(UnknownFigure)
    }
}

/// How a figure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// At the target or better.
    Met,
    /// Worse than the target.
    Missed,
    /// Printed beside a figure, with no target of its own.
    Information,
    /// It could not be measured.
    NotMeasured,
}

impl Verdict {
    /// From whether the target was reached.
    pub const fn of(met: bool) -> Self {
        if met { Self::Met } else { Self::Missed }
    }

    /// For the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "MISSED",
            Self::Information => "",
            Self::NotMeasured => "not measured",
        }
    }
}

/// One line of the table; a figure may have several.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Which figure.
    pub figure: FigureId,
    /// Under which conditions.
    pub conditions: String,
    /// What was measured.
    pub measured: String,
    /// The denominator, measured in the same run.
    pub beside: String,
    /// Their ratio, or what the target speaks of.
    pub result: String,
    /// The target.
    pub target: &'static str,
    /// Whether it is reached.
    pub verdict: Verdict,
}

impl Row {
    /// The row of a figure that could not be measured.
    pub fn not_measured(figure: FigureId, why: &anyhow::Error) -> Self {
        Self {
            figure,
            conditions: figure.title().to_owned(),
            measured: format!("{why:#}").replace(['|', '\n'], " "),
            beside: String::new(),
            result: String::new(),
            target: "",
            verdict: Verdict::NotMeasured,
        }
    }

    /// As a line of a Markdown table.
    pub fn markdown(&self) -> String {
        format!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            self.figure,
            self.conditions,
            self.measured,
            self.beside,
            self.result,
            self.target,
            self.verdict.as_str()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{FigureId, Row, UnknownFigure};

    #[test]
    fn figures_are_named_in_either_case() {
        assert_eq!("f10".parse(), Ok(FigureId::F10));
        assert_eq!("F4".parse(), Ok(FigureId::F4));
        assert_eq!("BILL".parse(), Ok(FigureId::Bill));
        assert_eq!("f16".parse::<FigureId>(), Err(UnknownFigure));
    }

    #[test]
    fn a_reason_cannot_break_the_table() {
        let row = Row::not_measured(FigureId::F2, &anyhow::anyhow!("a | b\nc"));
        assert_eq!(row.markdown().matches('|').count(), 8);
    }
}
