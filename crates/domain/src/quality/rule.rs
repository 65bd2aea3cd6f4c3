//! The rules of the way up beyond framing, and the five areas that a score is made of.

use crate::order::Violation;
use crate::text_enum::text_enum;

text_enum! {
    /// An area of a protocol.
    Area {
        /// Frames that can be read, heartbeats that come.
        Link = "link",
        /// Statuses that come in time and are complete.
        Status = "status",
        /// Starts that are answered, meter values that can be true.
        Control = "control",
        /// Charges that are accounted for when they end.
        Reporting = "reporting",
        /// Exceptions that are told at once.
        Exceptions = "exceptions",
    }
}

impl Area {
    /// What it is worth of a hundred points.
    pub const fn weight(self) -> u64 {
        match self {
            Self::Link | Self::Exceptions => 15,
            Self::Status => 20,
            Self::Control | Self::Reporting => 25,
        }
    }

    /// Its names, Chinese and English.
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::Link => ("基础链路", "Basic link"),
            Self::Status => ("状态监测", "Status monitoring"),
            Self::Control => ("充电控制", "Charge control"),
            Self::Reporting => ("数据上报", "Data reporting"),
            Self::Exceptions => ("异常处理", "Exception handling"),
        }
    }
}

text_enum! {
    /// A rule that a message broke.
    Rule {
        /// A frame that could not be read.
        MalformedFrame = "malformed_frame",
        /// A frame names another device than its session.
        PhyIdMismatch = "phy_id_mismatch",
        /// A message is more than an hour older than the one before.
        StaleMessage = "stale_message",
        /// A status of a running charge lacks voltage, current, power or the charge.
        StatusIncomplete = "status_incomplete",
        /// A report about a port that the device does not have.
        UnknownPort = "unknown_port",
        /// A change of a port's state was told too late.
        LateChange = "late_change",
        /// Duration or energy went backwards.
        Decreasing = "decreasing",
        /// A negative quantity.
        Negative = "negative",
        /// More energy than peak power and time allow.
        ImplausibleEnergy = "implausible_energy",
        /// More power than 1.2 times what the device is rated for.
        OverRatedPower = "over_rated_power",
        /// Meter values of a charge that no order knows.
        UnknownCharge = "unknown_charge",
        /// A session number that another charge of the device had shortly before.
        NumberReused = "number_reused",
        /// A start that was never answered although the charge ran.
        StartUnanswered = "start_unanswered",
        /// An end report names less energy than the progress before it.
        EndBelowProgress = "end_below_progress",
        /// An end report lacks energy or time.
        EndIncomplete = "end_incomplete",
        /// An end report gives no reason that is known.
        UnknownReason = "unknown_reason",
        /// An end report of no order of ours.
        UnknownOrder = "unknown_order",
        /// An end report came too late.
        EndReportLate = "end_report_late",
        /// A charge ended without an end report.
        EndReportMissing = "end_report_missing",
        /// An exception was told too late.
        LateException = "late_exception",
    }
}

impl Rule {
    /// The area that it belongs to.
    pub const fn area(self) -> Area {
        match self {
            Self::MalformedFrame | Self::PhyIdMismatch | Self::StaleMessage => Area::Link,
            Self::StatusIncomplete | Self::UnknownPort | Self::LateChange => Area::Status,
            Self::Decreasing
            | Self::Negative
            | Self::ImplausibleEnergy
            | Self::OverRatedPower
            | Self::UnknownCharge
            | Self::NumberReused
            | Self::StartUnanswered => Area::Control,
            Self::EndBelowProgress
            | Self::EndIncomplete
            | Self::UnknownReason
            | Self::UnknownOrder
            | Self::EndReportLate
            | Self::EndReportMissing => Area::Reporting,
            Self::LateException => Area::Exceptions,
        }
    }

    /// Whether frames or sessions count it: it is told for people, and costs no points a second
    /// time.
    pub const fn is_counted_elsewhere(self) -> bool {
        matches!(
            self,
            Self::MalformedFrame
                | Self::StartUnanswered
                | Self::EndReportLate
                | Self::EndReportMissing
        )
    }

    /// Its names, Chinese and English.
    pub const fn titles(self) -> (&'static str, &'static str) {
        match self {
            Self::MalformedFrame => ("帧无法解析", "Frame cannot be read"),
            Self::PhyIdMismatch => ("设备号不符", "Another device's number"),
            Self::StaleMessage => ("消息过旧", "Message too old"),
            Self::StatusIncomplete => ("状态上报不完整", "Status incomplete"),
            Self::UnknownPort => ("端口不存在", "No such port"),
            Self::LateChange => ("状态变化上报迟", "State change late"),
            Self::Decreasing => ("时长或电量倒退", "Values went backwards"),
            Self::Negative => ("负值", "Negative value"),
            Self::ImplausibleEnergy => ("电量不可信", "Implausible energy"),
            Self::OverRatedPower => ("超额定功率", "Beyond rated power"),
            Self::UnknownCharge => ("未知充电", "Unknown charge"),
            Self::NumberReused => ("业务号重复", "Session number reused"),
            Self::StartUnanswered => ("启动未应答", "Start unanswered"),
            Self::EndBelowProgress => ("结束电量小于过程", "End below progress"),
            Self::EndIncomplete => ("结束报告不完整", "End report incomplete"),
            Self::UnknownReason => ("结束原因未知", "Unknown end reason"),
            Self::UnknownOrder => ("未知订单", "Unknown order"),
            Self::EndReportLate => ("结束报告迟到", "End report late"),
            Self::EndReportMissing => ("结束报告缺失", "End report missing"),
            Self::LateException => ("异常上报迟", "Exception late"),
        }
    }
}

impl From<Violation> for Rule {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Decreasing => Self::Decreasing,
            Violation::ImplausibleEnergy => Self::ImplausibleEnergy,
            Violation::EndBelowProgress => Self::EndBelowProgress,
            Violation::Negative => Self::Negative,
        }
    }
}
