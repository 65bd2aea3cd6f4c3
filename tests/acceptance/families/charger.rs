//! A simulated device of any family, as the platform names it.

use super::desk;
use crate::harness::Site;
use serde_json::{Value, json};
use simulator::SimDevice;
use simulator::family::{FAMILIES, Family, Wishes};
use simulator::pile::Action;

/// Price of these charges, fen per kWh.
pub const PRICE: f64 = 150.0;
/// What the user has paid, fen.
pub const AMOUNT: i64 = 100_000;
/// A minute of a device lasts a second.
const SPEED: u32 = 60;
const PORTS: u16 = 2;

/// Numbers of the first device of the first family; legal for all of them.
const FIRST_NUMBER: u64 = 55_031_412_200_101;
/// Numbers of each family.
const NUMBERS: u64 = 20;

/// A device and the id by which the platform knows the owner of its first port.
pub struct Charger {
    pub sim: SimDevice,
    pub id: String,
    pub family: Family,
}

impl Charger {
    /// Switches on a device of the family's usual command set; waits until it is known.
    pub async fn usual(site: &Site, family: Family, profile: &str) -> Self {
        Self::open(site, family, 0, profile).await
    }

    /// As [`Charger::usual`], so many times faster than real time.
    pub async fn hasty(site: &Site, family: Family, speed: u32) -> Self {
        Self::switch_on(site, family, 0, "normal", speed).await
    }

    /// One of each family.
    pub async fn of_every_family(site: &Site, profile: &str) -> Vec<Self> {
        let mut chargers = Vec::new();
        for family in FAMILIES {
            chargers.push(Self::usual(site, family, profile).await);
        }
        chargers
    }

    /// One of each command set of each family.
    pub async fn of_every_dialect(site: &Site) -> Vec<Self> {
        let mut chargers = Vec::new();
        for family in FAMILIES {
            for place in 0..family.dialects().len() {
                chargers.push(Self::open(site, family, place, "normal").await);
            }
        }
        chargers
    }

    /// With the command set at this place of the family's list.
    pub async fn open(site: &Site, family: Family, place: usize, profile: &str) -> Self {
        Self::switch_on(site, family, place, profile, SPEED).await
    }

    async fn switch_on(
        site: &Site,
        family: Family,
        place: usize,
        profile: &str,
        speed: u32,
    ) -> Self {
        let block = FAMILIES.iter().position(|other| *other == family);
        let block = u64::try_from(block.unwrap_or_default()).expect("few families");
        let number = FIRST_NUMBER + block * NUMBERS + u64::try_from(place).expect("few dialects");
        let model = family.model(Some(family.dialects()[place]), profile);
        let wishes = Wishes {
            number,
            ports: PORTS,
            speed,
            seed: number,
            automatic: None,
            heartbeat: None,
            source: None,
        };
        let device = model.expect("it exists").device(&wishes);
        let id = device.owner_of_first_port();
        let sim = site.strange_device(device);
        site.wait_device(&id, &format!("online, {family} {place}"), |seen| {
            seen["online"] == true && seen["ports"].as_array().is_some_and(|p| !p.is_empty())
        })
        .await;
        if family == Family::Ykc {
            // These piles charge nobody while they have no prices.
            desk::give_tariff(site, &id).await;
        }
        Self { sim, id, family }
    }

    /// Something happens to it.
    pub async fn act(&self, text: &str) {
        let action: Action = text.parse().expect("an action");
        self.sim.act(action).await.expect("the device lives");
    }

    /// Starts by a call, with the plug in: piles want it first, sockets do not mind.
    pub async fn start(&self, site: &Site, body: &Value) -> String {
        self.act("plug 1").await;
        site.start(&self.id, body).await
    }

    /// Starts without a target; waits until it delivers.
    pub async fn begin(&self, site: &Site) -> String {
        let order_no = self.start(site, &until_full()).await;
        self.wait_delivers(site, &order_no).await;
        order_no
    }

    /// Waits for the first energy of an order.
    pub async fn wait_delivers(&self, site: &Site, order_no: &str) -> Value {
        site.wait_order(order_no, &format!("delivers at {}", self.id), |order| {
            order["status"] == "charging" && order["total_kwh"].as_f64() > Some(0.01)
        })
        .await
    }

    /// Ends it by a call.
    pub async fn stop(&self, site: &Site, order_no: &str) {
        let body = json!({"port_no": 1, "order_no": order_no});
        site.stop(&self.id, &body).await.data();
    }

    /// The order's end by the device's word, billed by the energy that the device delivered.
    pub async fn assert_billed(&self, site: &Site, order_no: &str) -> Value {
        let what = format!("completed by the word of {}", self.id);
        let order = site
            .wait_order(order_no, &what, |order| {
                order["status"] == "completed" && order["provisional"] == false
            })
            .await;
        let kwh = order["total_kwh"].as_f64().expect("energy");
        let delivered = self.sim.port(1).await.expect("a port").energy_wh;
        let delivered = f64::from(u32::try_from(delivered).expect("little energy")) / 1000.0;
        assert!(
            (kwh - delivered).abs() < 0.0151,
            "{} delivered {delivered}: {order}",
            self.id
        );
        assert!(kwh > 0.0, "{order}");
        let owed = (kwh * PRICE + 1e-6).round();
        let billed = order["final_amount_fen"].as_f64().expect("a bill");
        // Devices count finer than the view shows.
        assert!(
            (billed - owed).abs() <= 1.0,
            "{} owes {owed}: {order}",
            self.id
        );
        let refund = order["refund_fen"].as_i64();
        let paid = order["amount"].as_i64().expect("what was paid");
        assert_eq!(
            refund,
            Some(paid - order["final_amount_fen"].as_i64().unwrap_or(-1))
        );
        site.event("order.completed", order_no).await;
        self.assert_told_once(site, order_no);
        order
    }

    /// Nobody is told twice.
    pub fn assert_told_once(&self, site: &Site, order_no: &str) {
        let types = site.event_types(order_no);
        let told = types.iter().filter(|kind| *kind == "order.completed");
        assert_eq!(told.count(), 1, "{}: {types:?}", self.id);
    }
}

/// The place of a command set in its family's list.
pub fn dialect(family: Family, name: &str) -> usize {
    let place = family.dialects().iter().position(|known| *known == name);
    place.expect("the family has it")
}

/// A start without a target.
pub fn until_full() -> Value {
    json!({"port_no": 1, "charge_mode": 4, "amount": AMOUNT, "price_per_kwh": 150})
}
