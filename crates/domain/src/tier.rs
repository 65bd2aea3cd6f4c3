//! Service tiers (服务分级): what may be switched off so that charging goes on.
//!
//! Work of a lower-numbered tier never waits for a higher one: it leaves a row, or it waits for a
//! bounded time behind a [`Breaker`](crate::breaker::Breaker).

use crate::text_enum::text_enum;
use std::time::Duration;

/// How much depends on a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Without it nobody charges: never switched off.
    Core,
    /// Part of the way of a charge: queued and tried again, never switched off.
    Key,
    /// Users notice: may be switched off, is caught up with.
    General,
    /// Nobody but the staff notices: may be dropped.
    Peripheral,
}

impl Tier {
    /// `L0` … `L3`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "L0",
            Self::Key => "L1",
            Self::General => "L2",
            Self::Peripheral => "L3",
        }
    }

    /// Whether its modules may be switched off.
    pub const fn may_rest(self) -> bool {
        matches!(self, Self::General | Self::Peripheral)
    }
}

/// Longest time that work of a lower-numbered tier waits for a higher one.
pub const CALL_MAX: Duration = Duration::from_millis(300);

text_enum! {
    /// A part of the program that can fail by itself.
    Module {
        /// Connections of devices, their frames.
        Gateway = "gateway",
        /// Commands to devices.
        Commands = "commands",
        /// Charging orders from start to bill.
        Orders = "orders",
        /// Stations, devices, tariffs.
        BaseData = "base_data",
        /// Bills, journals, holds, refunds within our own books.
        Ledger = "ledger",
        /// Watches over running charges that may catch fire.
        FireSafety = "fire_safety",
        /// Signed webhooks to third parties.
        Webhooks = "webhooks",
        /// Calls to and from payment channels.
        Payments = "payments",
        /// Car parks that are told of charges, locks of parking spaces.
        Parking = "parking",
        /// Work orders of balance, limits and power that protect a charge.
        LoadBalance = "load_balance",
        /// The program watches itself.
        Watch = "watch",
        /// Copies of the embedded database.
        Backups = "backups",
        /// Invoices and their issuer.
        Invoices = "invoices",
        /// Coupons, activities, points.
        Promotions = "promotions",
        /// Reviews, complaints, fault reports.
        Feedback = "feedback",
        /// The staff is told of alarms; members are told by short messages.
        Notices = "notices",
        /// Key figures and protocol quality.
        Analytics = "analytics",
        /// Fees for plugs that are left in.
        Occupancy = "occupancy",
        /// Firmware campaigns.
        Firmware = "firmware",
        /// Ports and devices ranked by their risk.
        FailureRisks = "failure_risks",
        /// Tests of devices against their protocol.
        Certification = "certification",
        /// Pictures of stations.
        Cameras = "cameras",
        /// The communication log.
        CommLog = "comm_log",
        /// Lists as files.
        Exports = "exports",
        /// Searches over everything, the audit log's among them.
        Search = "search",
        /// Counts of interface calls.
        InterfaceCalls = "interface_calls",
        /// The big screen.
        Screen = "screen",
    }
}

impl Module {
    /// How much depends on it.
    pub const fn tier(self) -> Tier {
        match self {
            Self::Gateway
            | Self::Commands
            | Self::Orders
            | Self::BaseData
            | Self::Ledger
            | Self::FireSafety => Tier::Core,
            Self::Webhooks
            | Self::Payments
            | Self::Parking
            | Self::LoadBalance
            | Self::Watch
            | Self::Backups => Tier::Key,
            Self::Invoices
            | Self::Promotions
            | Self::Feedback
            | Self::Notices
            | Self::Analytics
            | Self::Occupancy
            | Self::Firmware => Tier::General,
            Self::Certification
            | Self::FailureRisks
            | Self::Cameras
            | Self::CommLog
            | Self::Exports
            | Self::Search
            | Self::InterfaceCalls
            | Self::Screen => Tier::Peripheral,
        }
    }
}

text_enum! {
    /// What an operator wants of a module.
    Switch {
        /// It runs, whatever happens.
        On = "on",
        /// It rests.
        Off = "off",
        /// It rests while the database or a queue is in trouble.
        Auto = "auto",
    }
}

impl Module {
    /// Whether it runs.
    pub const fn runs(self, switch: Switch, trouble: bool) -> bool {
        if !self.tier().may_rest() {
            return true;
        }
        match switch {
            Switch::On => true,
            Switch::Off => false,
            Switch::Auto => !trouble,
        }
    }

    /// What holds as long as nobody decided. Notices are told in trouble too: they are how the
    /// staff hears of it.
    pub const fn default_switch(self) -> Switch {
        match self.tier() {
            Tier::Core | Tier::Key => Switch::On,
            Tier::General | Tier::Peripheral => match self {
                Self::Notices => Switch::On,
                _ => Switch::Auto,
            },
        }
    }

    /// The key under which a decision about it is stored: `degrade.invoices`.
    pub fn setting(self) -> String {
        format!("degrade.{}", self.as_str())
    }

    /// What the staff calls it, in Chinese and in English.
    pub const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Gateway => ("设备网关", "Device gateway"),
            Self::Commands => ("设备指令", "Device commands"),
            Self::Orders => ("充电订单", "Charging orders"),
            Self::BaseData => ("基础数据", "Stations, devices, tariffs"),
            Self::Ledger => ("结算与账本", "Settlement and ledger"),
            Self::FireSafety => ("消防安全", "Fire safety"),
            Self::Webhooks => ("第三方推送", "Webhooks"),
            Self::Payments => ("支付通道", "Payment channels"),
            Self::Parking => ("停车减免与地锁", "Car parks"),
            Self::LoadBalance => ("功率分配", "Load balancing"),
            Self::Watch => ("系统自检", "Self-watch"),
            Self::Backups => ("数据备份", "Backups"),
            Self::Invoices => ("发票", "Invoices"),
            Self::Promotions => ("优惠与积分", "Coupons, activities, points"),
            Self::Feedback => ("评价与投诉", "Reviews and complaints"),
            Self::Notices => ("通知", "Notices"),
            Self::Analytics => ("指标统计", "Key figures"),
            Self::Occupancy => ("占位费", "Occupancy fees"),
            Self::Firmware => ("固件升级", "Firmware campaigns"),
            Self::Certification => ("设备认证", "Certification"),
            Self::FailureRisks => ("预测维护", "Failure risks"),
            Self::Cameras => ("摄像头", "Cameras"),
            Self::CommLog => ("通信日志", "Communication log"),
            Self::Exports => ("导出", "Exports"),
            Self::Search => ("检索", "Search"),
            Self::InterfaceCalls => ("接口统计", "Interface statistics"),
            Self::Screen => ("数据大屏", "Big screen"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Module, Switch, Tier};

    #[test]
    fn what_charging_needs_never_rests() {
        for module in Module::ALL {
            let rests = !module.runs(Switch::Off, true);
            assert_eq!(rests, module.tier() >= Tier::General, "{module:?}");
            assert!(module.runs(Switch::On, true));
            assert!(module.runs(Switch::Auto, false));
            assert_eq!(
                module.runs(Switch::Auto, true),
                module.tier() < Tier::General
            );
        }
    }
}
