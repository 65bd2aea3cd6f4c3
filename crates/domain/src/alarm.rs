//! Alarms: what is raised, how grave it is, and which repeats are the same alarm.

mod audience;
mod care;
mod words;

pub use audience::{Audience, ChannelKind, DAY_MINUTES, Promptness, Subject};
pub use care::{
    AlarmRule, AlarmState, AlarmStep, CLOSE_AFTER, Decision, Known, NoticeKind, SAME_AGAIN,
    STARTING_UP, decide,
};
pub use words::{Language, Told, headline, level_name, line, lines};

use device::Fault;
use kernel::{OrderNo, PhyId, PortNo, Power, Timestamp, Voltage};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::time::Duration;

/// How grave an alarm is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// For the daily digest.
    Info,
    /// To be looked at soon.
    Warning,
    /// To be looked at now.
    Critical,
}

impl Level {
    /// The column's letter: `C`, `W` or `I`.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Critical => "C",
            Self::Warning => "W",
            Self::Info => "I",
        }
    }

    /// From the column's letter.
    pub fn parse(letter: &str) -> Option<Self> {
        let all = [Self::Critical, Self::Warning, Self::Info];
        all.into_iter().find(|level| level.letter() == letter)
    }

    /// The text in webhooks.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

macro_rules! alarm_codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal $title:literal $level:ident $auto:literal;)*) => {
        /// What an alarm is about.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum AlarmCode {
            $($(#[$doc])* $name,)*
        }

        impl AlarmCode {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code as stored and published.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The name for people.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)* }
            }

            /// How grave it is.
            pub const fn level(self) -> Level {
                match self { $(Self::$name => Level::$level,)* }
            }

            /// Whether it recovers by itself when its condition is gone.
            pub const fn recovers(self) -> bool {
                match self { $(Self::$name => $auto,)* }
            }
        }
    };
}

alarm_codes! {
    /// The device has been offline for five minutes by its own profile.
    DeviceOffline = "device_offline" "设备离线" Warning true;
    /// A charging port has sent no status for ten minutes.
    StatusReportGap = "status_report_gap" "状态上报间隔过长" Warning true;
    /// The port reports a fault.
    PortFault = "port_fault" "端口故障" Critical true;
    /// More power than the port may deliver.
    PortOverPower = "port_over_power" "超功率" Warning true;
    /// Leakage current.
    PortLeakage = "port_leakage" "漏电" Critical false;
    /// Supply voltage too high.
    PortOverVoltage = "port_over_voltage" "过压" Warning true;
    /// Supply voltage too low.
    PortUnderVoltage = "port_under_voltage" "欠压" Warning true;
    /// Temperature above the limit.
    TempHigh = "temp_high" "高温" Critical true;
    /// Smoke detector.
    Smoke = "smoke" "烟雾" Critical false;
    /// Emergency stop pressed.
    EmergencyStop = "emergency_stop" "急停按下" Critical true;
    /// Metering error.
    MeterFault = "meter_fault" "电表故障" Critical true;
    /// Relay stuck.
    RelayStuck = "relay_stuck" "继电器粘连" Critical true;
    /// The ports together draw more than the device is rated for.
    TotalPowerDevice = "total_power_device" "整机功率越限" Critical true;
    /// The device refused a start or did not answer it.
    StartFailed = "start_failed" "启动失败" Warning false;
    /// An order waits for its start for too long.
    OrderPending = "order_pending" "订单待启动过久" Warning true;
    /// A charging order was closed for want of any sign of life.
    OrderStuck = "order_stuck" "订单卡住" Critical false;
    /// An order was completed without the device's end report.
    EndReportMissing = "end_report_missing" "结束报告缺失" Warning false;
    /// The device speaks of a charge that is no order of ours.
    OrderOrphan = "order_orphan" "未知订单记录" Warning false;
    /// An order charges, its port does not.
    OrderPortMismatch = "order_port_mismatch" "状态不一致" Warning true;
    /// A port charges without an order.
    LonelyPort = "lonely_port" "端口无订单充电" Warning true;
    /// Two accounts of one charge differ.
    BillingMismatch = "billing_mismatch" "计费差异" Warning false;
    /// The device holds other prices than it should.
    TariffUnsynced = "tariff_unsynced" "计费模型未同步" Warning true;
    /// The device asks for prices and no tariff applies to it.
    TariffMissing = "tariff_missing" "缺少计费模型" Warning true;
    /// A bill could not be made.
    SettleError = "settle_error" "结算失败" Critical false;
    /// The channel speaks of another amount, or of money that is not ours.
    PaymentMismatch = "payment_mismatch" "支付异常" Critical false;
    /// A payment arrived after it had been closed.
    LatePayment = "late_payment" "迟到支付" Warning false;
    /// The channel's statement of a day and our books differ.
    ReconcileDiff = "reconcile_diff" "对账差异" Critical false;
    /// The channel cannot deliver a refund.
    RefundAbnormal = "refund_abnormal" "退款异常" Warning false;
    /// A withdrawal is stuck, or its channel contradicts itself.
    WithdrawAbnormal = "withdraw_abnormal" "提现异常" Warning false;
    /// A party gave back more than it had: its next income pays that.
    PayeeOverdrawn = "payee_overdrawn" "收益方余额为负" Warning false;
    /// An invoice shows more than was kept, and its issuer does not take it back.
    InvoiceNotReversed = "invoice_not_reversed" "发票红冲失败" Critical false;
    /// The books do not balance.
    LedgerInvariant = "ledger_invariant" "账务不平" Critical false;
    /// A parking operator was not told of a charge.
    ParkingReliefFailed = "parking_relief_failed" "停车减免失败" Warning false;
    /// A command was given up.
    CommandDead = "command_dead" "指令失败" Warning false;
    /// The device's clock is off.
    DeviceClockDrift = "device_clock_drift" "设备时钟偏差" Info true;
    /// The device disconnects too often.
    DeviceFlapping = "device_flapping" "频繁上下线" Warning true;
    /// Too many frames of the device cannot be understood.
    ProtocolErrorHigh = "protocol_error_high" "协议错误率高" Warning true;
    /// An exception that the device itself reported and that we have no name for.
    DeviceException = "device_exception" "设备异常" Warning true;
    /// Webhooks fail.
    WebhookFailing = "webhook_failing" "推送失败" Warning true;
    /// Webhooks wait.
    WebhookBacklog = "webhook_backlog" "推送积压" Warning true;
    /// The database is slow; critical when it is very slow.
    DatabaseTrouble = "db_slow" "数据库异常" Warning true;
    /// A node cannot reach Redis: it works by itself.
    RedisDown = "redis_down" "Redis 不可用" Warning true;
    /// A node of the cluster fell silent; the others took over what it held.
    NodeDown = "node_down" "集群节点失联" Critical true;
    /// The disk is nearly full; critical when what can wait is not written any more.
    DiskFull = "disk_full" "磁盘空间不足" Warning true;
    /// All devices of a station are offline.
    StationOffline = "station_offline" "整站离线" Critical true;
    /// An order charges and no port of its device does.
    OrphanedOrder = "orphaned_order" "订单无充电端口" Warning true;
    /// The ports of a station together draw nearly all that its supply gives; critical when it
    /// is more.
    PowerOverload = "power_overload" "站点功率越限" Warning true;
    /// A device's exception has been open for half an hour.
    ExceptionUnhandled = "exception_unhandled" "异常未处理" Warning true;
    /// A queue grows faster than it is emptied.
    QueueLag = "queue_lag" "队列积压" Warning true;
    /// Somebody tried passwords.
    SecurityLogin = "security_login" "异常登录" Warning false;
    /// A ticket is not done in time.
    TicketOverdue = "ticket_overdue" "工单超时" Warning true;
    /// A channel that tells people fails.
    NoticeFailing = "notice_failing" "通知发送失败" Warning true;
    /// The clock of the machine was set.
    ClockJump = "clock_jump" "系统时钟跳变" Warning false;
    /// Somebody gave a device's id who comes from where the device may not connect from.
    DeviceImpostor = "device_impostor" "设备来源异常" Warning false;
    /// Too few sessions keep the rules of their protocol.
    ProtocolComplianceLow = "protocol_compliance_low" "协议合规率低" Critical true;
    /// Too few starts become charges.
    ChargeSuccessLow = "charge_success_low" "充电成功率低" Critical true;
    /// Too many orders have to be closed by watchdogs.
    StuckRateHigh = "stuck_rate_high" "订单卡住率高" Critical true;
    /// A key figure is beyond its threshold.
    KpiWarning = "kpi_warning" "指标越限" Warning true;
    /// Power was cut off: the port was too hot.
    FireTempHigh = "fire_temp_high" "高温断电" Critical true;
    /// Power was cut off: the port became hot too fast.
    FireTempRise = "fire_temp_rise" "温升过快断电" Critical true;
    /// Power was cut off: a battery draws what no battery should by then.
    FireBattery = "fire_battery" "电池异常断电" Critical true;
    /// Power was cut off: more than the class that was paid for.
    FireOverPower = "fire_over_power" "超功率断电" Critical true;
    /// Power was cut off: the limits of the night.
    FireNight = "fire_night" "夜间限制断电" Warning true;
    /// All ports of the device were cut off: smoke.
    FireSmoke = "fire_smoke" "烟雾断电" Critical true;
    /// Power was cut off: leakage current.
    FireLeakage = "fire_leakage" "漏电断电" Critical true;
    /// Power flows although it was cut off.
    CutOffFailed = "cut_off_failed" "断电失败" Critical true;
    /// A gun was not put back after its charge.
    GunNotReturned = "gun_not_returned" "枪未归位" Info true;
    /// A camera cannot be reached.
    CameraOffline = "camera_offline" "摄像头离线" Info true;
    /// The embedded database could not be copied.
    BackupFailed = "backup_failed" "备份失败" Critical true;
    /// A certificate of a listener expires soon, or has.
    CertificateExpiring = "certificate_expiring" "证书即将到期" Warning true;
}

impl AlarmCode {
    /// From the stored text.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == text)
    }

    /// Whether it is an exception that a device reports of itself, which somebody has to take
    /// within half an hour.
    pub const fn is_device_exception(self) -> bool {
        matches!(
            self,
            Self::PortFault
                | Self::PortOverPower
                | Self::PortOverVoltage
                | Self::PortUnderVoltage
                | Self::PortLeakage
                | Self::TempHigh
                | Self::Smoke
                | Self::EmergencyStop
                | Self::MeterFault
                | Self::RelayStuck
                | Self::DeviceException
        )
    }

    /// Whether nobody can start a charge at a port while it is open there: what flows could not
    /// be metered, not be switched off, or would not flow.
    pub const fn locks_port(self) -> bool {
        matches!(
            self,
            Self::MeterFault | Self::RelayStuck | Self::PortLeakage | Self::StartFailed
        )
    }

    /// The code under which a fault that a device reports of itself is raised.
    pub const fn of_fault(fault: Fault) -> Self {
        match fault {
            Fault::OverPower => Self::PortOverPower,
            Fault::OverVoltage => Self::PortOverVoltage,
            Fault::UnderVoltage | Fault::PowerLoss => Self::PortUnderVoltage,
            Fault::Leakage | Fault::Insulation | Fault::Earth => Self::PortLeakage,
            Fault::Smoke => Self::Smoke,
            Fault::EmergencyStop => Self::EmergencyStop,
            Fault::Meter => Self::MeterFault,
            Fault::Relay => Self::RelayStuck,
            Fault::ShortCircuit
            | Fault::OverCurrent
            | Fault::OverTemperature
            | Fault::GunLock
            | Fault::Bms
            | Fault::ChargingModule
            | Fault::SurgeProtector
            | Fault::ControlPilot
            | Fault::BatteryReversed => Self::PortFault,
            Fault::Door | Fault::InnerLink | Fault::Unknown(_) => Self::DeviceException,
        }
    }
}

impl fmt::Display for AlarmCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One alarm about a device, or about something at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alarm {
    /// What it is about.
    pub code: AlarmCode,
    /// The port, if it concerns one.
    pub port: Option<PortNo>,
    /// The order, if it concerns one.
    pub order: Option<OrderNo>,
    /// The published fault code, if a fault is the cause: 4, 8, 16 …
    pub fault_code: Option<u32>,
    /// How the device told of that fault.
    pub told_by: ToldBy,
    /// In words.
    pub message: String,
}

/// How a device tells of a fault, and so how it tells that the fault is over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ToldBy {
    /// By a message of its own at the beginning and at the end; or no device told of it.
    #[default]
    Message,
    /// By the state of its port.
    PortState,
    /// By a list of all that is wrong.
    List,
}

impl ToldBy {
    /// Name in the alarm's details.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::PortState => "port_state",
            Self::List => "list",
        }
    }

    /// From the stored text; whatever is not known was a message.
    pub fn parse(text: &str) -> Self {
        let known = [Self::PortState, Self::List];
        let found = known.into_iter().find(|told_by| told_by.as_str() == text);
        found.unwrap_or_default()
    }
}

impl Alarm {
    /// About the device as a whole.
    pub fn of_device(code: AlarmCode, message: impl Into<String>) -> Self {
        Self {
            code,
            port: None,
            order: None,
            fault_code: None,
            told_by: ToldBy::Message,
            message: message.into(),
        }
    }

    /// About one port.
    pub fn of_port(code: AlarmCode, port: PortNo, message: impl Into<String>) -> Self {
        Self {
            port: Some(port),
            ..Self::of_device(code, message)
        }
    }

    /// About one order.
    pub fn of_order(
        code: AlarmCode,
        port: PortNo,
        order: OrderNo,
        message: impl Into<String>,
    ) -> Self {
        Self {
            order: Some(order),
            ..Self::of_port(code, port, message)
        }
    }

    /// `port_fault` for one fault of a port.
    pub fn of_fault(port: PortNo, fault: Fault) -> Self {
        Self {
            fault_code: Some(fault.code()),
            told_by: ToldBy::PortState,
            ..Self::of_port(AlarmCode::PortFault, port, fault.message())
        }
    }

    /// Alarms with the same key are one alarm: repeats count it up. An order's alarm is about
    /// the order, a port's about the port and its fault, the rest about the device.
    pub fn dedup_key(&self, device: &PhyId) -> String {
        let code = match self.told_by {
            // One list and one state may name the same fault, and end it at different times.
            ToldBy::List => format!("{}:list", self.code),
            ToldBy::Message | ToldBy::PortState => self.code.to_string(),
        };
        match (self.order, self.port, self.fault_code) {
            (Some(order), _, _) => format!("{code}:{order}"),
            (None, Some(port), Some(fault)) => format!("{code}:{device}:{port}:{fault}"),
            (None, Some(port), None) => format!("{code}:{device}:{port}"),
            (None, None, Some(fault)) => format!("{code}:{device}:-:{fault}"),
            (None, None, None) => format!("{code}:{device}"),
        }
    }
}

/// `device_clock_drift`: the device's clock against ours.
pub fn clock_drift(device: Timestamp, now: Timestamp, limit: Duration) -> Option<Alarm> {
    let apart = device.since(now).max(now.since(device));
    (apart > limit).then(|| {
        let message = format!("device clock is off by {} s", apart.as_secs());
        Alarm::of_device(AlarmCode::DeviceClockDrift, message)
    })
}

/// `temp_high`: the temperature of a port, or of the device when no port is named.
pub fn temperature(port: Option<PortNo>, celsius: i16, limit: i16) -> Option<Alarm> {
    (celsius >= limit).then(|| Alarm {
        port,
        ..Alarm::of_device(AlarmCode::TempHigh, format!("{celsius} °C"))
    })
}

/// Below and above these the mains is an alarm.
const SUPPLY: (Voltage, Voltage) = (Voltage(1760), Voltage(2640));

/// `port_over_voltage`, `port_under_voltage`: what a socket on one phase of the mains, or its
/// device, says of its supply. Nothing at all is no sensor, or no supply, of which the device
/// tells otherwise.
pub fn supply_voltage(port: Option<PortNo>, voltage: Voltage) -> Option<Alarm> {
    /// Below this there is no mains.
    const MAINS: Voltage = Voltage(500);
    let (low, high) = SUPPLY;
    let code = if voltage > high {
        AlarmCode::PortOverVoltage
    } else if voltage < low && voltage >= MAINS {
        AlarmCode::PortUnderVoltage
    } else {
        return None;
    };
    Some(Alarm {
        port,
        ..Alarm::of_device(code, format!("{:.1} V", voltage.volts()))
    })
}

/// `port_over_power`: what a charge draws against what it may: the limit that it was started
/// with, or what the plug can carry. A tenth more is the meter's own error.
pub fn over_power(port: PortNo, power: Power, limit: Power) -> Option<Alarm> {
    let allowed = limit.0.saturating_add(limit.0 / 10);
    (limit > Power::ZERO && power.0 > allowed).then(|| {
        let message = format!("{:.1} W of {:.1} W", power.watts(), limit.watts());
        Alarm::of_port(AlarmCode::PortOverPower, port, message)
    })
}

/// `total_power_device`: the ports' power together against the rating. A device without a
/// known rating (zero) is never overloaded.
pub fn total_power(sum: Power, rated: Power) -> Option<Alarm> {
    (rated > Power::ZERO && sum > rated).then(|| {
        let message = format!("{:.1} W of {:.1} W", sum.watts(), rated.watts());
        Alarm::of_device(AlarmCode::TotalPowerDevice, message)
    })
}

/// `status_report_gap`: the last status of a charging port.
pub fn status_gap(
    port: PortNo,
    last_status: Timestamp,
    now: Timestamp,
    limit: Duration,
) -> Option<Alarm> {
    let silent = now.since(last_status);
    (silent > limit).then(|| {
        let message = format!("no status for {} s while charging", silent.as_secs());
        Alarm::of_port(AlarmCode::StatusReportGap, port, message)
    })
}

#[cfg(test)]
mod tests {
    use super::{
        Alarm, AlarmCode, Level, clock_drift, over_power, supply_voltage, temperature, total_power,
    };
    use device::Fault;
    use kernel::{PhyId, PortNo, Power, Timestamp, Voltage};
    use std::time::Duration;

    #[test]
    fn codes_round_trip_and_have_levels() {
        for code in AlarmCode::ALL {
            assert_eq!(AlarmCode::parse(code.as_str()), Some(*code));
        }
        assert_eq!(AlarmCode::PortFault.level(), Level::Critical);
        assert_eq!(AlarmCode::DeviceClockDrift.level().letter(), "I");
    }

    #[test]
    fn each_fault_of_a_port_is_an_alarm_of_its_own() {
        let device: PhyId = "82210225000520".parse().expect("legal id");
        let key = |fault| Alarm::of_fault(PortNo(1), fault).dedup_key(&device);
        assert_eq!(key(Fault::ShortCircuit), "port_fault:82210225000520:1:4");
        assert_ne!(key(Fault::ShortCircuit), key(Fault::OverCurrent));
        let offline = Alarm::of_device(AlarmCode::DeviceOffline, "");
        assert_eq!(offline.dedup_key(&device), "device_offline:82210225000520");
    }

    #[test]
    fn thresholds() {
        let now = Timestamp::from_unix_seconds(1_729_407_600);
        let limit = Duration::from_mins(2);
        let minute = Duration::from_mins(1);
        assert_eq!(clock_drift(now - minute * 2, now, limit), None);
        assert!(clock_drift(now - minute * 3, now, limit).is_some());
        assert!(clock_drift(now + minute * 3, now, limit).is_some());
        assert_eq!(temperature(None, 84, 85), None);
        assert!(temperature(Some(PortNo(2)), 85, 85).is_some());
        let watts = Power::from_watts;
        assert_eq!(total_power(watts(5950), watts(6000)), None);
        assert!(total_power(watts(6050), watts(6000)).is_some());
        assert_eq!(total_power(watts(6050), watts(0)), None);
        let supply = |tenths| supply_voltage(None, Voltage(tenths)).map(|alarm| alarm.code);
        assert_eq!((supply(1760), supply(2640), supply(0)), (None, None, None));
        assert_eq!(supply(1759), Some(AlarmCode::PortUnderVoltage));
        assert_eq!(supply(2641), Some(AlarmCode::PortOverVoltage));
        assert_eq!(over_power(PortNo(1), watts(1100), watts(1000)), None);
        assert!(over_power(PortNo(1), watts(1101), watts(1000)).is_some());
        assert_eq!(over_power(PortNo(1), watts(9000), watts(0)), None);
    }
}
