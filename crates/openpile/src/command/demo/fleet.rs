//! The demo's devices: gateways of e-bike sockets, and one device of each other family.

use anyhow::ensure;
use simulator::family::{Family, Model};
use simulator::pile::{Dialect, Profile};
use simulator::{Fleet, FleetSetup, Target};
use std::net::SocketAddr;
use std::time::Duration;

/// The two gateways that speak v8.6.
const V86_FIRST: u64 = 82_210_225_000_520;
const V86_SECOND: u64 = 82_241_218_000_382;
/// The first of the networked gateways.
const NETWORKED_FIRST: u64 = 82_250_101_000_001;
/// The first of the other families' devices.
const OTHERS_FIRST: u64 = 32_010_600_013_533;
/// The other families, in the order of their numbers.
const OTHERS: [Family; 3] = [Family::Ap3000, Family::Ykc, Family::Infypower];
const PORTS: u16 = 4;
const GUNS: u16 = 2;
/// How long the fleet may take to come up.
const FLEET_UP: Duration = Duration::from_secs(20);

/// A device that the tour charges at.
pub(super) struct Stop {
    /// What it is, for people.
    pub(super) name: &'static str,
    /// Its id.
    pub(super) id: String,
    /// Whether it charges nobody before it has been sent prices.
    pub(super) needs_prices: bool,
}

/// One device of each family.
pub(super) fn families() -> Vec<Stop> {
    let gateway = Stop {
        name: "BKV",
        id: V86_FIRST.to_string(),
        needs_prices: false,
    };
    let setup = others(1);
    let others = OTHERS.into_iter().enumerate();
    let others = others.map(|(index, family)| Stop {
        name: match family {
            Family::Bkv => "BKV",
            Family::Ap3000 => "AP3000",
            Family::Ykc => "云快充 YKC",
            Family::Infypower => "英飞源 Infypower",
        },
        id: setup.device(index).owner_of_first_port(),
        needs_prices: family == Family::Ykc,
    });
    std::iter::once(gateway).chain(others).collect()
}

/// Switches them all on; waits until they have reached the server.
pub(super) async fn launch(
    tcp: SocketAddr,
    networked: u16,
    speed: u32,
) -> anyhow::Result<Vec<Fleet>> {
    let target = Target::loopback(tcp)?;
    let v86 = FleetSetup {
        devices: 1,
        models: vec![Model::Bkv(Dialect::V86, Profile::Normal)],
        ports: PORTS,
        speed,
        ..FleetSetup::default()
    };
    let networked = FleetSetup {
        devices: usize::from(networked),
        first_id: NETWORKED_FIRST,
        models: [Profile::Normal, Profile::Normal, Profile::SlowRadio]
            .map(|profile| Model::Bkv(Dialect::Networked, profile))
            .to_vec(),
        ..v86.clone()
    };
    let first = FleetSetup {
        first_id: V86_FIRST,
        ..v86.clone()
    };
    let second = FleetSetup {
        first_id: V86_SECOND,
        ..v86
    };
    let mut fleets = Vec::new();
    for setup in [first, second, networked, others(speed)] {
        let fleet = Fleet::launch(&setup, target)?;
        let expected = u64::try_from(setup.devices).unwrap_or(u64::MAX);
        ensure!(
            fleet.wait_online(expected, FLEET_UP).await,
            "the simulated devices do not reach {tcp}"
        );
        fleets.push(fleet);
    }
    Ok(fleets)
}

/// The usual device of each other family.
fn others(speed: u32) -> FleetSetup {
    let usual = |family: Family| family.model(None, "normal");
    FleetSetup {
        devices: OTHERS.len(),
        first_id: OTHERS_FIRST,
        models: OTHERS
            .into_iter()
            .filter_map(|family| usual(family).ok())
            .collect(),
        ports: GUNS,
        speed,
        ..FleetSetup::default()
    }
}
