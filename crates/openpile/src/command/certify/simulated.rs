//! A simulated device and the platform, in one process and on one clock that is set: a week is
//! over as soon as everything in it has happened.

use crate::command::replay::bench::Bench;
use crate::command::replay::sandbox::Sandbox;
use crate::config;
use crate::{protocols, wiring};
use anyhow::{Context as _, bail};
use app::staff::Actor;
use app::{
    App, CertificationView, CommLogWriter, Decision, Evidence, Parts, Place, Prices, Settings,
};
use bus::Bus;
use device::Rate;
use domain::certification::{CertificationPlan, CertificationState, CheckCode, Wanted};
use kernel::{Clock as _, ManualClock, PhyId, PortNo, Price, Timestamp};
use simulator::family::{Trouble, Wishes};
use simulator::pile::{Action, Automatic};
use simulator::{Family, Model};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use store::Db;

/// The platform looks at everything so often.
const PACE: Duration = Duration::from_secs(5);
/// Id of the device, and where the clock stands when it is switched on.
const NUMBER: u64 = 99_000_000_000_001;
const BEGINS: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);
/// A device that is not there by then does not come.
const COMES_WITHIN: Duration = Duration::from_mins(10);
/// What a BKV socket charges here. The acceptance plan's vehicle draws other energy than its power
/// says, and no such charge is sound.
const E_BIKE: &str = "e_bike";
/// What a pile charges for a kWh, 10⁻⁵ yuan, in every half hour of a day.
const PRICE_E5_YUAN: i64 = 100_000;
const SLOTS_OF_A_DAY: usize = 48;
/// A pile that asks for its prices has them by then.
const PRICED_WITHIN: Duration = Duration::from_mins(2);
/// Frames are written down so often.
const LOG_EVERY: Duration = Duration::from_mins(1);
/// A cut link is restored after so long.
const CUT: Duration = Duration::from_mins(1);
/// What a check may take beyond what was asked for; then something hangs.
const SPARE: Duration = Duration::from_hours(48);

/// A certification that has ended.
pub(super) struct Done {
    pub(super) view: CertificationView,
    pub(super) evidence: Vec<Evidence>,
}

/// The device, and whoever stands at it.
struct Stand {
    pile: Box<dyn ::simulator::device_seam::Pile>,
    model: Model,
    bench: Bench,
    clock: Arc<ManualClock>,
    device: PhyId,
    port: PortNo,
    log: Option<(CommLogWriter, Db)>,
    restore_at: Option<Timestamp>,
    /// Its charges begin with a plug that is in already, and with room in the battery.
    is_for_cars: bool,
    acted: Option<(CheckCode, Wanted)>,
    /// Whether something charged when it was last looked.
    charged: bool,
}

/// Certifies one simulated device.
pub(super) async fn certify(
    family: Family,
    model: Model,
    plan: CertificationPlan,
) -> anyhow::Result<Done> {
    let sandbox = Sandbox::new().await?;
    let clock = Arc::new(ManualClock::at(BEGINS));
    let loaded = config::load(None)?;
    let settings = Settings {
        auto_enrol: true,
        comm_log: true,
        comm_log_full: true,
        webhook_enabled: false,
        webhook_url: None,
        ..wiring::app(&loaded.config)
    };
    let (app, writer) = App::new(Parts {
        clock: clock.clone(),
        db: sandbox.db.clone(),
        bus: Bus::in_process(),
        protocols: protocols::registry(),
        outside: app::Outside::default(),
        settings,
    });
    app.restore().await.context("sandbox")?;
    let is_for_cars = matches!(family, Family::Ykc | Family::Infypower);
    let device = model.device(&Wishes {
        number: NUMBER,
        ports: 2,
        speed: 1,
        seed: 1,
        automatic: (!is_for_cars).then(Automatic::default),
        heartbeat: None,
        source: None,
    });
    let phy_id: PhyId = device
        .owner_of_first_port()
        .parse()
        .context("the device's id")?;
    let protocol = protocols::registry();
    let protocol = protocol.find(family.name()).context("the family")?.clone();
    let bench = Bench::new(app.clone(), clock.clone(), protocol, phy_id.clone(), false);
    let mut stand = Stand {
        pile: device.switch_on(BEGINS)?,
        model,
        bench: bench.with_peer(PACE),
        clock,
        device: phy_id.clone(),
        port: PortNo(plan.port),
        log: writer.map(|writer| (writer, sandbox.db.clone())),
        restore_at: None,
        is_for_cars,
        acted: None,
        charged: false,
    };
    stand.come(&app).await?;
    if is_for_cars {
        price(&app, &phy_id).await?;
        stand.pass(PRICED_WITHIN).await;
    }
    if family == Family::Bkv {
        let (port, name) = (stand.port, E_BIKE.to_owned());
        stand.happen(&Action::Vehicle { port, name }).await?;
    }
    let actor = Actor::trusted("certify");
    let begun = app.begin_certification(&actor, &phy_id, plan).await?;
    let view = stand.go_through(&app, begun, &plan).await?;
    stand.write_down().await;
    let evidence = app.certification_evidence(&view).await?;
    sandbox.db.close().await;
    Ok(Done { view, evidence })
}

/// Whether only checks are left that count what was logged.
fn is_counting(view: &CertificationView) -> bool {
    let next = view.checks.iter().find(|check| !check.state.is_over());
    next.is_some_and(|check| check.code == CheckCode::Format)
}

/// Gives a pile prices: the plans of e-bikes need none, but a pile that has none does not charge.
async fn price(app: &App, device: &PhyId) -> anyhow::Result<()> {
    let flat = Rate {
        electricity: Price(PRICE_E5_YUAN),
        service: Price(0),
    };
    let prices = Prices {
        rates: vec![flat],
        slots: vec![0; SLOTS_OF_A_DAY],
        effective_at: app.now(),
        free: false,
    };
    let made = app.create_tariff("certify", "certify", &prices).await?;
    let version = (made.tariff.id, 1);
    for (actor, decision) in [
        ("certify", Decision::Submit),
        ("another", Decision::Approve),
    ] {
        app.decide_tariff(actor, version, decision, None).await?;
    }
    let place = Place::Device(device.clone());
    app.bind_tariff("certify", Some(made.tariff.id), place)
        .await?;
    app.sync_tariffs().await?;
    Ok(())
}

impl Stand {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Until the platform knows it with its port.
    async fn come(&mut self, app: &App) -> anyhow::Result<()> {
        let until = self.now() + COMES_WITHIN;
        while self.now() < until {
            self.pass(Duration::from_secs(1)).await;
            let has_port = app
                .live()
                .read(&self.device, |live| live.port(self.port).is_some());
            if app.is_online(&self.device) && has_port == Some(true) {
                return Ok(());
            }
        }
        bail!("the simulated device {} does not come", self.device)
    }

    async fn go_through(
        &mut self,
        app: &App,
        begun: CertificationView,
        plan: &CertificationPlan,
    ) -> anyhow::Result<CertificationView> {
        let asked = Duration::from_secs(plan.stability_s.max(plan.continuous_s * 3));
        let cycles = plan.charge() * plan.cycles * 2;
        let until = self.now() + asked + cycles + plan.patience() * 10 + SPARE;
        let mut view = begun;
        let mut written = self.now();
        while view.row.state == CertificationState::Running {
            if self.now() > until {
                bail!("the certification does not come to its end");
            }
            self.pass(PACE).await;
            if self.now() >= written + LOG_EVERY || is_counting(&view) {
                written = self.now();
                self.write_down().await;
            }
            app.step_certifications().await?;
            view = app.certification(view.row.id).await?;
            self.act(&view).await;
        }
        Ok(view)
    }

    /// Writes what waits for the communication log: its own task goes by the real clock, of which
    /// hardly any passes here.
    async fn write_down(&mut self) {
        if let Some((log, db)) = &mut self.log {
            log.drain(db).await;
        }
    }

    /// Lets time pass for both ends.
    async fn pass(&mut self, span: Duration) {
        let until = self.now() + span;
        loop {
            self.talk().await;
            let now = self.now();
            let next = self.pile.deadline().filter(|due| *due < until);
            let next = next.unwrap_or(until).max(Timestamp(now.0 + 1)).min(until);
            self.bench.until(next).await;
            if next >= until {
                break;
            }
        }
        self.talk().await;
    }

    /// Until neither has anything more to say at this instant.
    async fn talk(&mut self) {
        for _ in 0..1000 {
            // What the platform has said since is on its way to the device.
            self.bench.catch_up().await;
            let now = self.now();
            let mut steps = Vec::new();
            if self.restore_at.is_some_and(|at| at <= now) {
                self.restore_at = None;
                // One that cannot be restored was not cut.
                let _ = self.pile.act(&Action::Restore, now, &mut steps);
            }
            let wire = self.bench.take_wire();
            if !wire.is_empty() {
                self.pile.receive(&wire, now, &mut steps);
            }
            if !self.bench.is_connected() && self.pile.is_online() {
                self.pile.disconnected(now, &mut steps);
            }
            self.pile.tick(now, &mut steps);
            if steps.is_empty() {
                return;
            }
            for step in steps {
                self.step(step).await;
            }
        }
    }

    async fn step(&mut self, step: ::simulator::device_seam::Step) {
        use ::simulator::device_seam::Step;
        match step {
            Step::Connect { .. } => {
                self.bench.hang_up().await;
                self.bench.call_in(Ipv4Addr::new(192, 0, 2, 1).into());
                let mut steps = Vec::new();
                self.pile.connected(self.now(), &mut steps);
                for step in steps {
                    Box::pin(self.step(step)).await;
                }
            }
            Step::Write(writing) => self.bench.receive("192.0.2.1", &writing.bytes).await,
            Step::Close | Step::Abandon => self.bench.hang_up().await,
            Step::Note(_) => {}
        }
    }

    /// Plugs a vehicle in where there is none, with an empty battery where nothing charges.
    async fn keep_plugged(&mut self) {
        let now = self.now();
        let ports = self.pile.ports(now);
        let Some(view) = ports.into_iter().find(|view| view.port == self.port) else {
            return;
        };
        let mut steps = Vec::new();
        let port = self.port;
        if !view.charging && view.soc.is_some_and(|soc| soc > 50) {
            // A pile that knows no batteries needs no room in one.
            let empty = Action::SetSoc { port, percent: 10 };
            let _ = self.pile.act(&empty, now, &mut steps);
        }
        if !view.plugged {
            // One that is at fault is plugged later.
            let _ = self.pile.act(&Action::Plug(port), now, &mut steps);
        }
        for step in steps {
            self.step(step).await;
        }
        self.talk().await;
    }

    /// After each charge another e-bike comes: a hundred charges fill any battery.
    async fn change_vehicles(&mut self, is_free: bool) {
        let now = self.now();
        let ports = self.pile.ports(now);
        let Some(view) = ports.into_iter().find(|view| view.port == self.port) else {
            return;
        };
        let ended = std::mem::replace(&mut self.charged, view.charging) && !view.charging;
        if ended && is_free && view.plugged {
            for action in [Action::Unplug(self.port), Action::Plug(self.port)] {
                // One that is at fault keeps its vehicle.
                let _ = self.happen(&action).await;
            }
        }
    }

    /// Does what somebody at the device is asked to do, once.
    async fn act(&mut self, view: &CertificationView) {
        if self.is_for_cars && view.wanted().is_none() {
            self.keep_plugged().await;
        } else if !self.is_for_cars {
            self.change_vehicles(view.wanted().is_none()).await;
        }
        let Some(wanted) = view.wanted() else {
            self.acted = None;
            return;
        };
        if self.acted.replace(wanted) == Some(wanted) {
            return;
        }
        let port = self.port;
        let action = match wanted.1 {
            Wanted::Plug => Action::Plug(port),
            Wanted::Unplug => Action::Unplug(port),
            Wanted::OverCurrent => self.model.trouble(Trouble::OverCurrent, port),
            Wanted::OverTemperature => self.model.trouble(Trouble::OverTemperature, port),
            Wanted::Clear => Action::ClearFault(port),
            Wanted::Cut => {
                self.restore_at = Some(self.now() + CUT);
                Action::Cut { silent: false }
            }
            Wanted::PowerCycle => Action::Reboot { memory: true },
        };
        if let Err(impossible) = self.happen(&action).await {
            eprintln!("{}: {impossible}", wanted.0.as_str());
        }
    }

    /// Something happens to the device, and both ends say what they have to say to it.
    async fn happen(&mut self, action: &Action) -> anyhow::Result<()> {
        let mut steps = Vec::new();
        let done = self.pile.act(action, self.now(), &mut steps);
        for step in steps {
            self.step(step).await;
        }
        self.talk().await;
        Ok(done?)
    }
}
