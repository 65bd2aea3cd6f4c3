//! A simulated device and the platform, in one process and on one clock that is set: a week is
//! over as soon as everything in it has happened.

use crate::command::replay::bench::Bench;
use crate::command::replay::sandbox::Sandbox;
use crate::config;
use crate::{protocols, wiring};
use anyhow::{Context as _, bail};
use app::staff::Actor;
use app::{App, CertificationView, Evidence, Parts, Settings};
use bus::Bus;
use domain::certification::{CertificationPlan, CertificationState, CheckCode, Wanted};
use kernel::{Clock as _, ManualClock, PhyId, PortNo, Timestamp};
use simulator::Family;
use simulator::family::Wishes;
use simulator::pile::{Action, Automatic};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The platform looks at everything so often.
const PACE: Duration = Duration::from_secs(5);
/// Id of the device, and where the clock stands when it is switched on.
const NUMBER: u64 = 99_000_000_000_001;
const BEGINS: Timestamp = Timestamp::from_unix_seconds(1_729_407_600);
/// A device that is not there by then does not come.
const COMES_WITHIN: Duration = Duration::from_mins(10);
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
    bench: Bench,
    clock: Arc<ManualClock>,
    device: PhyId,
    port: PortNo,
    restore_at: Option<Timestamp>,
    /// Its charges begin with a plug that is in already, and with room in the battery.
    is_for_cars: bool,
    acted: Option<(CheckCode, Wanted)>,
}

/// Certifies one simulated device.
pub(super) async fn certify(
    family: Family,
    dialect: Option<&str>,
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
    let stop = CancellationToken::new();
    let writing = writer.map(|writer| tokio::spawn(writer.run(sandbox.db.clone(), stop.clone())));
    let model = family.model(dialect, "normal")?;
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
        bench: bench.with_peer(PACE),
        clock,
        device: phy_id.clone(),
        port: PortNo(plan.port),
        restore_at: None,
        is_for_cars,
        acted: None,
    };
    stand.come(&app).await?;
    let actor = Actor::trusted("certify");
    let begun = app.begin_certification(&actor, &phy_id, plan).await?;
    let view = stand.go_through(&app, begun, &plan).await?;
    stop.cancel();
    if let Some(writing) = writing {
        writing.await.context("communication log")?;
    }
    let evidence = app.certification_evidence(&view).await?;
    sandbox.db.close().await;
    Ok(Done { view, evidence })
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
        while view.row.state == CertificationState::Running {
            if self.now() > until {
                bail!("the certification does not come to its end");
            }
            self.pass(PACE).await;
            app.step_certifications().await?;
            view = app.certification(view.row.id).await?;
            self.act(&view).await;
        }
        Ok(view)
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
        if view.session.is_none() && view.soc.is_some_and(|soc| soc > 50) {
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

    /// Does what somebody at the device is asked to do, once.
    async fn act(&mut self, view: &CertificationView) {
        if self.is_for_cars && view.wanted().is_none() {
            self.keep_plugged().await;
        }
        let Some(wanted) = view.wanted() else {
            self.acted = None;
            return;
        };
        if self.acted.replace(wanted) == Some(wanted) {
            return;
        }
        let port = self.port;
        let is_v86 = self.device.as_str().len() == 14;
        let bits = |v86, other| if is_v86 { v86 } else { other };
        let action = match wanted.1 {
            Wanted::Plug => Action::Plug(port),
            Wanted::Unplug => Action::Unplug(port),
            Wanted::OverCurrent => Action::SetFault {
                port,
                bits: bits(8, 2),
            },
            Wanted::OverTemperature => Action::SetFault {
                port,
                bits: bits(16, 4),
            },
            Wanted::Clear => Action::ClearFault(port),
            Wanted::Cut => {
                self.restore_at = Some(self.now() + CUT);
                Action::Cut { silent: false }
            }
            Wanted::PowerCycle => Action::Reboot { memory: true },
        };
        let mut steps = Vec::new();
        if let Err(impossible) = self.pile.act(&action, self.now(), &mut steps) {
            eprintln!("{}: {impossible}", wanted.0.as_str());
        }
        for step in steps {
            self.step(step).await;
        }
        self.talk().await;
    }
}
