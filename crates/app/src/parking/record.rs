//! What a car park is told of a charge, if the charge earns relief.

use crate::{App, AppError};
use domain::day::Day;
use domain::order::{Order, OrderStatus};
use domain::parking::{ChargeSpeed, ParkedCharge, ParkingRecord, ParkingRule, Relief, plain_plate};
use domain::payer::Payer;
use kernel::{MemberId, Power};
use std::time::Duration;
use store::parking_handovers::{self, HandoverRow};
use store::{Conn, member_vehicles, members, orders, parking_rules, stations, vehicles};

/// Below it a port is taken for one of alternating current.
const FAST_FROM: Power = Power::from_watts(30_000);

/// What is to be done about a charge.
pub(super) enum Prepared {
    /// It is told.
    Earned(Box<ParkingRule>, Box<ParkingRecord>),
    /// It earns no relief, for that reason.
    Refused(String),
}

impl App {
    /// Decides about a charge, and makes up what is told of it.
    pub(super) async fn parking_record(&self, row: &HandoverRow) -> Result<Prepared, AppError> {
        let missing = |what: &str| Ok(Prepared::Refused(format!("{what} is not there any more")));
        let mut view = self.db.view().await?;
        let Some(order) = orders::find_by_no(view.conn(), row.order_no).await? else {
            return missing("the charge");
        };
        let Some(rule) = parking_rules::find(view.conn(), row.rule_id).await? else {
            return missing("the rule");
        };
        let Some(station) = stations::find(view.conn(), rule.station_id).await? else {
            return missing("the station");
        };
        if order.status != OrderStatus::Completed {
            return Ok(Prepared::Refused("the charge has not ended".to_owned()));
        }
        let member = order.payer.as_deref().and_then(Payer::member);
        let plate = plate_of(view.conn(), &order, member).await?;
        let reliefs_today = match &plate {
            Some(plate) => {
                let since = Day::of(row.created_at).begins();
                parking_handovers::reliefs(view.conn(), rule.id, plate, since).await?
            }
            None => 0,
        };
        let charge = ParkedCharge {
            plate: plate.as_deref(),
            energy: order.energy,
            total: order.elec_fen + order.service_fen,
            lasted: Duration::from_secs(u64::try_from(order.duration_s).unwrap_or(0)),
            reliefs_today,
        };
        let relief = match rule.terms.decide(&charge) {
            Ok(relief) => relief,
            Err(why) => return Ok(Prepared::Refused(why.to_string())),
        };
        let mobile = match member {
            Some(member) => members::find(view.conn(), member).await?,
            None => None,
        };
        let mobile = mobile.map(|member| member.phone);
        let record = record_of(&order, station.entry.station_no, plate, mobile, relief);
        Ok(Prepared::Earned(Box::new(rule.terms), Box::new(record)))
    }
}

fn record_of(
    order: &Order,
    station_no: String,
    plate: Option<String>,
    mobile: Option<String>,
    relief: Relief,
) -> ParkingRecord {
    let start = order.start_time.unwrap_or(order.created_at);
    ParkingRecord {
        station_no,
        order_no: order.order_no,
        plate,
        start,
        end: order.end_time.unwrap_or(start),
        energy: order.energy,
        elec: order.elec_fen,
        service: order.service_fen,
        speed: if order.peak_power >= FAST_FROM {
            ChargeSpeed::Fast
        } else {
            ChargeSpeed::Slow
        },
        device: order.phy_id.clone(),
        port: order.port_no,
        mobile,
        relief,
    }
}

/// The plate of the vehicle that charged, else the only one of its member.
async fn plate_of(
    mut conn: Conn<'_>,
    order: &Order,
    member: Option<MemberId>,
) -> Result<Option<String>, AppError> {
    if let Some(vin) = &order.vin
        && let Some(vehicle) = vehicles::find(conn.again(), vin).await?
        && let Some(plate) = vehicle.entry.plate
    {
        return Ok(plain_plate(&plate));
    }
    let Some(member) = member else {
        return Ok(None);
    };
    let own = member_vehicles::of_member(conn, member).await?;
    let mut plates = own.into_iter().filter_map(|vehicle| vehicle.plate);
    let only = plates.next();
    Ok(only.filter(|_| plates.next().is_none()))
}
