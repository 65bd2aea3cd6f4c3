//! Use cases: where a transaction, a decision and a notice meet.
//!
//! Facts come in from devices (`uplink`) and callers (`start_charging`, `stop_charging`,
//! `device_command` …). Each use case loads what it needs, lets the pure rules of `domain`
//! decide, writes the outcome in one transaction (`transact`), and only then tells others.
//!
//! What must survive lives in the database. `live`, `order_table` and `sessions` are
//! caches of this process.

mod absorb;
mod admission;
mod alarm_budget;
mod alarm_care;
mod alarms;
pub mod analytics;
mod app;
mod attachment;
mod backups;
mod bearers;
mod caller;
mod cameras;
mod campaigns;
mod card_admin;
mod card_day;
mod card_state;
mod certificate_watch;
mod certification;
mod charge_events;
mod clock_set;
mod close;
mod cluster;
mod comm_log;
mod command_report;
mod companies;
mod conditions;
mod consistency;
mod contact;
mod curves;
mod dashboard;
mod deliver;
mod device_admin;
mod device_command;
mod device_news;
mod device_start;
mod disk_watch;
mod ebike_plans;
mod error;
mod failure_risks;
mod feedback;
mod fire;
mod firmware;
mod firmware_gate;
mod flush;
mod force_finish;
mod frame_reader;
mod gauges;
mod health;
mod hints;
mod impostors;
mod inbox;
mod interface_calls;
mod invoices;
mod kpi;
mod live;
mod live_port;
mod lookups;
mod members;
mod messages;
mod money;
mod occupancy;
mod order_care;
mod order_table;
mod origin;
mod outbox;
mod page;
mod parking;
mod payers;
mod payments;
mod port_locks;
mod power;
mod presence;
mod promotions;
mod quality;
pub mod queries;
mod questions;
mod refunds;
mod registered;
mod replay;
mod reservations;
mod restore;
mod rule_admin;
pub mod screen;
mod sessions;
mod settings;
mod spool;
pub mod staff;
mod start_charging;
mod status;
mod stop_charging;
mod sweep;
pub mod system;
mod system_watch;
mod tariff_admin;
mod tariffs;
mod tiers;
mod trace;
mod transact;
mod uplink;
mod vehicle_admin;
mod vehicle_news;
mod waiters;
mod withdrawals;

pub use alarm_care::{ChannelDraft, MuteWish, RuleChange, RuleInForce, TicketWish};
pub use app::{App, Background, Outside, Parts};
pub use backups::{Backup, BackupRules};
pub use caller::Caller;
pub use cameras::{CameraWish, PlayAddress};
pub use campaigns::{
    CAMPAIGN_DEVICES_MAX, CampaignDeviceView, CampaignTargets, CampaignView, NewCampaign,
};
pub use certificate_watch::{Certificate, Certificates, NoCertificates, SharedCertificates};
pub use certification::{CertificationView, Evidence, certificate_page};
pub use close::{ChannelPayout, UnmatchedWay};
pub use cluster::ClusterRules;
pub use comm_log::{CommLog, CommLogWriter};
pub use companies::{CompanyAccount, ContractEntry, ImportFault, ImportReport};
pub use consistency::{ConsistencyReport, SilentOrder};
pub use dashboard::{Dashboard, DashboardItem, DayFigures};
pub use deliver::msg_id_of;
pub use device_admin::{DeviceChange, NewDevice};
pub use device_command::Ticket;
pub use disk_watch::{Disk, DiskRules, Room, SharedDisk, UnknownDisk};
pub use error::AppError;
pub use feedback::{FaultWords, ReviewWords, Words};
pub use fire::StationFireLimits;
pub use firmware_gate::{BlockPreview, BlockWish, Blocked};
pub use force_finish::ForcedEnd;
pub use frame_reader::{FrameReader, NoFrames, SharedFrameReader, Unread};
pub use health::{Health, health_page};
pub use inbox::{DOWNLINK_QUEUE_MAX, Inbox, InboxReader};
pub use invoices::{
    Buyer, EligibleOrder, InvoiceDetail, InvoiceProgress, InvoiceRules, InvoiceWish, Review,
};
pub use kpi::{CurveStep, Granularity, KpiQuery, KpiTable, Period, Point, Slice, Step, StepQuery};
pub use live::{LiveDevice, LiveTable};
pub use members::{
    CardProof, MemberCard, MemberIn, MemberTokens, PayBy, VehicleWish, Wallet, check_phone,
    check_plate,
};
pub use money::{LedgerTotal, MoneyRules, TotalsFilter};
pub use order_table::OrderTable;
pub use payments::{Cashier, PaymentChannels, PrepaidCharge, PrepaidWish, RechargeWish};
pub use power::{
    DeviceLoad, DeviceShareWish, PlanLine, PortLoad, PowerPlan, PowerPoint, StationLoad,
    StationPowerWish,
};
pub use promotions::{
    CheckInCalendar, CheckInChange, CouponShelf, CrowdStep, PointsBalance, PromotionChange,
    PromotionSettings, RulesChange,
};
pub use quality::{QualityDetail, QualityQuery};
pub use queries::{
    Capability, DeviceFilter, DeviceLine, DeviceSummary, DeviceView, Found, FoundGroup, FrameView,
    Heartbeat, OrderLine, Overview, PortView,
};
pub use refunds::OtherWay;
pub use rule_admin::{RuleTerms, RuleView};
pub use sessions::{Connection, Downlink, Sessions, Traffic, TrafficFigures};
pub use settings::Settings;
pub use start_charging::Started;
pub use stop_charging::{StopRequest, Stopping};
pub use tariff_admin::{Decision, Place, Prices, TariffView, preview};
pub use tiers::{ModuleState, WorkState};
pub use trace::{FLOW, carry_trace, current_trace, new_trace, within_trace};
pub use withdrawals::{SettlementWish, WithdrawalWish};

/// A wire command as logs and the queue print it: `0x0000` in four digits, but commands of one
/// byte from 0x80 on in two: `0x82`.
pub fn command_text(cmd: u16) -> String {
    if (0x80..=0xff).contains(&cmd) {
        format!("{cmd:#04x}")
    } else {
        format!("{cmd:#06x}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn commands_print_as_the_log_contract_demands() {
        assert_eq!(super::command_text(0x82), "0x82");
        assert_eq!(super::command_text(0xe0), "0xe0");
        assert_eq!(super::command_text(0), "0x0000");
        assert_eq!(super::command_text(0x15), "0x0015");
        assert_eq!(super::command_text(0x1000), "0x1000");
    }
}
