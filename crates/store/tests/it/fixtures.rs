//! Rows that tests start from.

use device::ChargeMode;
use domain::order::{Order, OrderSource, OrderStatus, PriceTerms, ServiceFeeMode, SettleStatus};
use kernel::{
    ApiKeyId, DeviceId, Energy, Fen, OrderId, OrderNo, Permille, PhyId, PortNo, Power, Timestamp,
};
use store::devices::{self, NewDevice};
use store::{Db, order_sequences, orders};

/// 2024-10-20 15:00 in Shanghai, and an odd number of milliseconds.
pub(crate) const NOW: Timestamp = Timestamp(1_729_407_600_123);

pub(crate) fn phy(text: &str) -> PhyId {
    text.parse().expect("a legal device id")
}

pub(crate) fn order_no(text: &str) -> OrderNo {
    text.parse().expect("a legal order number")
}

pub(crate) fn later(seconds: i64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

pub(crate) async fn device(db: &Db, phy_id: &str) -> DeviceId {
    let new = NewDevice {
        phy_id: Some(phy(phy_id)),
        protocol: Some("bkv".to_owned()),
        ..NewDevice::default()
    };
    let mut lease = db.direct().await.expect("a connection");
    devices::insert(lease.conn(), &new, NOW)
        .await
        .expect("a new device")
}

/// A pending third-party order over 10 yuan for an hour.
pub(crate) fn pending(number: &str, device: DeviceId, port: u16) -> Order {
    Order {
        id: OrderId(0),
        version: 0,
        order_no: order_no(number),
        device_id: device,
        phy_id: phy("82210225000520"),
        port_no: PortNo(port),
        status: OrderStatus::Pending,
        source: OrderSource::Third,
        api_key_id: Some(ApiKeyId(1)),
        member_ref: Some("用户 7".to_owned()),
        notify_url: None,
        trace: None,
        payer: None,
        card_no: None,
        physical_card: None,
        vin: None,
        parallel_no: None,
        by_slot: None,
        tier_meter: None,
        metered_at: None,
        device_split: device::EnergySplit::Whole,
        meter: None,
        start_soc: None,
        soc: None,
        charge_mode: ChargeMode::Time,
        amount: Fen(1000),
        planned_duration_s: Some(3600),
        planned_energy: None,
        power_limit: Some(Power(15_005)),
        terms: PriceTerms {
            price_per_kwh: Some(150),
            service_fee: Some(Permille(100)),
            service_fee_mode: ServiceFeeMode::Informational,
            tariff: None,
            plan: None,
        },
        business_no: None,
        trade_no: None,
        created_at: NOW,
        updated_at: NOW,
        acked_at: None,
        start_sent: false,
        start_time: None,
        end_time: None,
        last_progress_at: None,
        stop_requested_at: None,
        stop_reason: None,
        stop_acked_at: None,
        stop_attempts: 0,
        stop_sent_at: None,
        interrupted_at: None,
        fault_deadline: None,
        idle_reports: 0,
        idle_since: None,
        restarted_at: None,
        duration_s: 0,
        energy: Energy::ZERO,
        current_power: Power::ZERO,
        peak_power: Power::ZERO,
        power_integral: 0,
        power_seconds: 0,
        announced_minute: 0,
        end_reason: None,
        end_reason_msg: None,
        bill: None,
        final_amount: None,
        elec_fen: Fen::ZERO,
        service_fen: Fen::ZERO,
        refund_fen: Fen::ZERO,
        occupancy_fen: Fen::ZERO,
        device_amount: None,
        settle_status: SettleStatus::None,
        provisional: false,
        hold_until: None,
        reopened_count: 0,
        abnormal: false,
        abnormal_reason: None,
    }
}

/// The same, stored.
pub(crate) async fn stored(db: &Db, number: &str, device: DeviceId, port: u16) -> Order {
    let mut order = pending(number, device, port);
    let mut tx = db.begin().await.expect("a transaction");
    orders::insert(tx.conn(), &mut order)
        .await
        .expect("a free port");
    tx.commit().await.expect("committed");
    order
}

pub(crate) async fn number(db: &Db) -> OrderNo {
    let mut lease = db.direct().await.expect("a connection");
    order_sequences::next(lease.conn(), OrderSource::Third, NOW)
        .await
        .expect("a number")
}
