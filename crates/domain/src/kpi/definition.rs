//! The figures and what they are.

use super::Millionths;
use super::rating::Bounds;
use crate::text_enum::text_enum;

text_enum! {
    /// A key figure.
    Kpi {
        /// Sessions that kept every rule of their protocol, of those that ended.
        ProtocolCompliance = "protocol_compliance_rate",
        /// Status reports that were due and did not come, of those that were due.
        StatusReportMissing = "status_report_missing_rate",
        /// Ended sessions with a device's end report, of those that ended.
        EndReport = "end_report_rate",
        /// Uplink frames that could not be read, of all.
        ProtocolError = "protocol_error_rate",
        /// Orders that reached charging, of those and the starts that failed. What users cancelled and
        /// plugs that never came do not count.
        ChargeSuccess = "charge_success_rate",
        /// Orders that ended with a device's report, of those that left charging.
        OrderCompletion = "order_completion_rate",
        /// Orders that a watchdog had to close, of those that were charging.
        Stuck = "stuck_rate",
        /// Looks at charging orders that found something inconsistent; the figure is the rest.
        StateConsistency = "state_consistency",
        /// Seconds online, of the seconds that active devices were in service.
        DeviceOnline = "device_online_rate",
        /// Heartbeats that came; the figure is what is missing of those that were due.
        HeartbeatLoss = "heartbeat_loss_rate",
        /// Seconds of completed orders, sixty times their number.
        AverageDuration = "avg_charge_minutes",
        /// The 95th percentile of the database's answers, counted once a look.
        DatabaseResponse = "db_response_ms",
        /// Orders that were corrected because of our bill; the figure is the rest of the completed.
        BillingAccuracy = "billing_accuracy",
        /// Complaints, of completed orders.
        Complaint = "complaint_rate",
        /// Seconds from an exception to its alarm, sixty times the number of alarms.
        Detection = "detect_minutes",
        /// Seconds from an alarm to its end, sixty times the number of alarms.
        Handling = "handle_minutes",
        /// Commands that were answered, of those that were sent.
        CommandSuccess = "command_success_rate",
        /// Milliseconds from the queue to the wire of commands to devices that were online, and how
        /// many there were.
        CommandLatency = "command_latency",
        /// Deliveries that arrived, of those that were tried.
        WebhookSuccess = "webhook_success",
        /// Milliseconds from a fact to the first attempt to tell it, and how many were told.
        WebhookLatency = "webhook_latency",
        /// Seconds in which ports charged, of those in service.
        PortUtilisation = "port_utilisation",
        /// Energy delivered, of what rated power could have delivered, both in 0.1 Wh.
        EnergyUtilisation = "energy_utilisation",
        /// Reviews with four stars or more, of all.
        Satisfaction = "satisfaction",
    }
}

/// How a figure is made of its counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Making {
    /// The part by the whole.
    Part,
    /// What is left of the whole.
    Rest,
}

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// A share of one, shown in percent.
    Share,
    /// Minutes.
    Minutes,
    /// Milliseconds.
    Milliseconds,
}

/// A figure for people, and what is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its Chinese name.
    pub title: &'static str,
    /// Its English name.
    pub title_en: &'static str,
    /// What it is measured in.
    pub unit: Unit,
    /// How it is made.
    pub making: Making,
    /// What is good.
    pub bounds: Bounds,
}

const fn bp(points: i64) -> Millionths {
    Millionths::basis_points(points)
}

const fn share(
    title: &'static str,
    title_en: &'static str,
    making: Making,
    bounds: Bounds,
) -> Definition {
    Definition {
        title,
        title_en,
        unit: Unit::Share,
        making,
        bounds,
    }
}

const fn minutes(title: &'static str, title_en: &'static str, bounds: Bounds) -> Definition {
    Definition {
        title,
        title_en,
        unit: Unit::Minutes,
        making: Making::Part,
        bounds,
    }
}

const fn milliseconds(title: &'static str, title_en: &'static str, bounds: Bounds) -> Definition {
    Definition {
        title,
        title_en,
        unit: Unit::Milliseconds,
        making: Making::Part,
        bounds,
    }
}

impl Unit {
    /// `share`, `minutes`, `milliseconds`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Share => "share",
            Self::Minutes => "minutes",
            Self::Milliseconds => "milliseconds",
        }
    }
}

impl Kpi {
    /// What it is, and the targets and thresholds that the operator starts with.
    pub const fn definition(self) -> Definition {
        use Bounds::{Above, Band, Below, Nothing, Open};
        use Making::{Part, Rest};
        match self {
            Self::ProtocolCompliance => share(
                "协议合规率",
                "Protocol compliance",
                Part,
                Above {
                    target: bp(9800),
                    critical: Some(bp(9500)),
                },
            ),
            Self::StatusReportMissing => share(
                "状态上报缺失率",
                "Status reports missing",
                Part,
                Below {
                    target: bp(200),
                    critical: None,
                },
            ),
            Self::EndReport => share(
                "结束报告接收率",
                "End reports received",
                Part,
                Above {
                    target: bp(9800),
                    critical: None,
                },
            ),
            Self::ProtocolError => share(
                "协议错误率",
                "Protocol errors",
                Part,
                Below {
                    target: bp(100),
                    critical: None,
                },
            ),
            Self::ChargeSuccess => share(
                "充电成功率",
                "Charge success",
                Part,
                Above {
                    target: bp(9900),
                    critical: Some(bp(9800)),
                },
            ),
            Self::OrderCompletion => share(
                "订单完成率",
                "Order completion",
                Part,
                Above {
                    target: bp(9950),
                    critical: None,
                },
            ),
            // None is wanted. One in a hundred is worth a look, two wake somebody.
            Self::Stuck => share(
                "订单卡住率",
                "Stuck orders",
                Part,
                Nothing {
                    warning: bp(100),
                    critical: bp(200),
                },
            ),
            Self::StateConsistency => share(
                "状态一致性",
                "State consistency",
                Rest,
                Above {
                    target: bp(9990),
                    critical: None,
                },
            ),
            Self::DeviceOnline => share(
                "设备在线率",
                "Devices online",
                Part,
                Above {
                    target: bp(9500),
                    critical: Some(bp(9000)),
                },
            ),
            Self::HeartbeatLoss => share(
                "心跳丢失率",
                "Heartbeat loss",
                Rest,
                Below {
                    target: bp(100),
                    critical: None,
                },
            ),
            Self::AverageDuration => minutes(
                "平均充电时长",
                "Average charge",
                Band {
                    from: Millionths::units(30),
                    to: Millionths::units(240),
                },
            ),
            Self::DatabaseResponse => milliseconds(
                "数据库响应",
                "Database response",
                Below {
                    target: Millionths::units(50),
                    critical: Some(Millionths::units(100)),
                },
            ),
            Self::BillingAccuracy => share(
                "计费准确率",
                "Billing accuracy",
                Rest,
                Above {
                    target: bp(9990),
                    critical: None,
                },
            ),
            Self::Complaint => share(
                "用户投诉率",
                "Complaints",
                Part,
                Below {
                    target: bp(10),
                    critical: None,
                },
            ),
            Self::Detection => minutes(
                "异常发现时间",
                "Detection",
                Below {
                    target: Millionths::units(2),
                    critical: None,
                },
            ),
            Self::Handling => minutes(
                "异常处理时间",
                "Handling",
                Below {
                    target: Millionths::units(5),
                    critical: None,
                },
            ),
            Self::CommandSuccess => share("指令成功率", "Command success", Part, Open),
            Self::CommandLatency => milliseconds("指令延迟", "Command latency", Open),
            Self::WebhookSuccess => share(
                "推送成功率",
                "Webhook success",
                Part,
                Above {
                    target: bp(9950),
                    critical: None,
                },
            ),
            Self::WebhookLatency => milliseconds("推送延迟", "Webhook latency", Open),
            Self::PortUtilisation => share("端口利用率", "Port utilisation", Part, Open),
            Self::EnergyUtilisation => share("功率利用率", "Energy utilisation", Part, Open),
            Self::Satisfaction => share(
                "满意度",
                "Satisfaction",
                Part,
                Above {
                    target: bp(9900),
                    critical: None,
                },
            ),
        }
    }
}
