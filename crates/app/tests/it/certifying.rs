//! Certification of a device that a test speaks for, in a time that the test moves.

use crate::scene::{DEVICE, Pile, Scene, end, id, port_report, progress, settings};
use app::staff::Actor;
use app::{AppError, CertificationView};
use device::{
    ChargeKey, Command, Direction, EndReason, Fault, FrameNote, Outcome, PortReport, PortState,
};
use domain::certification::{CertificationPlan, CertificationState, CheckCode, CheckState, Wanted};
use kernel::OrderNo;

const SHORT: CertificationPlan = CertificationPlan {
    port: 1,
    charge_s: 60,
    cycles: 3,
    continuous_s: 300,
    stability_s: 600,
    patience_s: 120,
};

fn key() -> Actor {
    Actor::trusted("key:ops")
}

/// A device and whoever stands at it.
struct Stand {
    scene: Scene,
    pile: Option<Pile>,
    running: Option<(OrderNo, u32, u32)>,
    /// Until then the device stays away, as the last of these checks wanted it.
    away: u32,
    left_for: Option<CheckCode>,
    /// The device never answers to anything again.
    dead: bool,
    is_faulty: bool,
}

impl Stand {
    async fn new(db: &store::Db) -> Self {
        let scene = Scene::new(db).await;
        let pile = Some(scene.connect(DEVICE).await);
        Self {
            scene,
            pile,
            running: None,
            away: 0,
            left_for: None,
            dead: false,
            is_faulty: false,
        }
    }

    async fn view(&self, id: i64) -> CertificationView {
        self.scene.app.certification(id).await.expect("it exists")
    }

    /// Lets seconds pass until the certification looks as wished; how many passed.
    async fn until(&mut self, id: i64, wished: impl Fn(&CertificationView) -> bool) -> u32 {
        for second in 0..20_000 {
            let view = self.view(id).await;
            if wished(&view) {
                return second;
            }
            self.second(&view).await;
        }
        panic!("it never came: {:#?}", self.view(id).await.checks);
    }

    async fn second(&mut self, view: &CertificationView) {
        self.scene.advance(1);
        self.scene.app.sweep().await;
        if self.away > 0 {
            self.away -= 1;
            if self.away == 0 {
                self.pile = Some(self.scene.connect(DEVICE).await);
            }
        }
        if !self.dead {
            self.lives();
            self.obey().await;
            self.charge().await;
            self.act(view).await;
        }
        self.scene
            .app
            .step_certifications()
            .await
            .expect("a database");
    }

    /// A sign of life, as the gateway sees it with every frame.
    fn lives(&self) {
        if let Some(pile) = &self.pile {
            let note = FrameNote {
                direction: Direction::Up,
                device: pile.device.clone(),
                cmd: 0,
                kind: "heartbeat",
                msg_id: None,
                data_len: 0,
                raw: Box::default(),
            };
            self.scene.app.frame_seen(&pile.connection, note);
        }
    }

    async fn obey(&mut self) {
        let Some(pile) = &mut self.pile else { return };
        while let Some(dispatch) = pile.command() {
            pile.answers(
                &dispatch,
                Outcome::Accepted {
                    port: None,
                    session: None,
                    data: None,
                },
            )
            .await;
            match &dispatch.command {
                Command::StartCharge(plan) => {
                    pile.confirms(plan.order, 1).await;
                    self.running = Some((plan.order, plan.duration_s.unwrap_or(0), 0));
                }
                Command::StopCharge { order, .. } => {
                    let seconds = self.running.take().map_or(0, |(.., passed)| passed);
                    let mut report = end(ChargeKey::Order(*order), 1, seconds, 2);
                    report.reason = EndReason::RemoteStop;
                    pile.ends(report).await;
                }
                _ => {}
            }
        }
    }

    async fn charge(&mut self) {
        let (Some(pile), Some((order, planned, passed))) = (&self.pile, &mut self.running) else {
            return;
        };
        *passed += 1;
        let (order, done, passed) = (*order, passed >= planned, *passed);
        if passed.is_multiple_of(10) {
            let key = ChargeKey::Order(order);
            pile.says(device::Event::Progress(progress(key, 1, passed, 2)))
                .await;
        }
        if done {
            self.finish(EndReason::Normal).await;
        }
    }

    async fn finish(&mut self, reason: EndReason) {
        if let (Some(pile), Some((order, _, passed))) = (&self.pile, self.running.take()) {
            let mut report = end(ChargeKey::Order(order), 1, passed, 2);
            report.reason = reason;
            pile.ends(report).await;
        }
    }

    async fn shows(&self, state: PortState, faults: Vec<Fault>) {
        if let Some(pile) = &self.pile {
            pile.shows(PortReport {
                faults,
                ..port_report(1, state)
            })
            .await;
        }
    }

    async fn act(&mut self, view: &CertificationView) {
        let Some((code, wanted)) = view.wanted() else {
            return;
        };
        match wanted {
            Wanted::Unplug => self.finish(EndReason::Normal).await,
            Wanted::OverCurrent | Wanted::OverTemperature if !self.is_faulty => {
                let fault = match wanted {
                    Wanted::OverCurrent => Fault::OverCurrent,
                    _ => Fault::OverTemperature,
                };
                self.is_faulty = true;
                self.shows(PortState::Fault, vec![fault]).await;
                self.finish(EndReason::DeviceFault).await;
            }
            Wanted::Clear => {
                self.is_faulty = false;
                self.shows(PortState::Idle, Vec::new()).await;
            }
            Wanted::Cut | Wanted::PowerCycle if self.left_for != Some(code) => {
                self.left_for = Some(code);
                if let Some(pile) = self.pile.take() {
                    pile.leave();
                    self.scene.settle().await;
                    self.away = 20;
                }
            }
            _ => {}
        }
    }
}

fn state(view: &CertificationView, code: CheckCode) -> CheckState {
    let check = view.checks.iter().find(|check| check.code == code);
    check.expect("every check is there").state
}

testkit::both_engines! {
    /// From the first command to the score. The log is off here, so that one check must fail; a
    /// restart in the middle of the cycles loses none of them.
    async fn a_device_goes_through_all_checks(db: &store::Db) {
        let mut stand = Stand::new(db).await;
        let begun = stand.scene.app.begin_certification(&key(), &id(DEVICE), SHORT).await;
        let number = begun.expect("begun").row.id;
        let twice = stand.scene.app.begin_certification(&key(), &id(DEVICE), SHORT).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))), "{twice:?}");

        let done = |view: &CertificationView| {
            let cycles = view.checks.iter().find(|check| check.code == CheckCode::Cycles);
            let memory = cycles.and_then(|check| check.memory.as_ref());
            memory.map_or(0, |memory| memory.done)
        };
        stand.until(number, |view| done(view) == 2).await;
        let clock = stand.scene.clock.clone();
        stand.pile = None;
        stand.scene = Scene::restarted(db, settings(), clock).await;
        assert_eq!(done(&stand.view(number).await), 2, "what was done counts");
        stand.pile = Some(stand.scene.connect(DEVICE).await);

        stand.until(number, |view| view.row.state == CertificationState::Done).await;
        let view = stand.view(number).await;
        let failed: Vec<_> = view
            .checks
            .iter()
            .filter(|check| check.state != CheckState::Passed)
            .map(|check| (check.code, check.reason.clone()))
            .collect();
        let why = "0.000 % of 0, must exceed 99.90 %".to_owned();
        assert_eq!(failed, [(CheckCode::Format, Some(why))]);
        assert_eq!((view.row.passed, view.row.score), (Some(false), Some(87)));
        assert!(done(&view) >= 3);

        let page = app::certificate_page(&view, &[]);
        for text in ["设备认证报告", "Certification report", "87 / 100", DEVICE] {
            assert!(page.contains(text), "{text}");
        }
        assert!(!page.contains("http://") && !page.contains("https://"), "nothing from elsewhere");
        let certified = stand.scene.app.certify_model(&key(), "组网版设备", "v2.0", true).await;
        assert!(matches!(certified, Err(AppError::Conflict(_))), "{certified:?}");
    }

    /// A device that dies in the middle fails with a reason, and nothing hangs.
    async fn a_device_that_dies_fails_with_a_reason(db: &store::Db) {
        let mut stand = Stand::new(db).await;
        let begun = stand.scene.app.begin_certification(&key(), &id(DEVICE), SHORT).await;
        let number = begun.expect("begun").row.id;
        stand.until(number, |view| state(view, CheckCode::FullCharge) == CheckState::Passed).await;
        stand.dead = true;
        if let Some(pile) = stand.pile.take() {
            pile.leave();
            stand.scene.settle().await;
        }
        let seconds = stand
            .until(number, |view| view.row.state == CertificationState::Done)
            .await;
        assert!(seconds < 3 * 3600, "{seconds} s");
        let view = stand.view(number).await;
        for check in &view.checks[2..10] {
            assert_eq!(check.state, CheckState::Failed, "{:?}", check.code);
            let reason = check.reason.as_deref().unwrap_or_default();
            assert!(reason.contains("offline") || reason.contains("no charge"), "{reason}");
        }
    }

    /// Cancelled, its charge is stopped and the device is free for another one.
    async fn a_cancelled_certification_lets_go_of_its_device(db: &store::Db) {
        let mut stand = Stand::new(db).await;
        let app = stand.scene.app.clone();
        let number = app.begin_certification(&key(), &id(DEVICE), SHORT).await.expect("begun").row.id;
        stand.until(number, |view| state(view, CheckCode::FullCharge) == CheckState::Running).await;
        let cancelled = app.cancel_certification(&key(), number, "needs repair").await;
        let cancelled = cancelled.expect("cancelled");
        assert_eq!(cancelled.row.state, CertificationState::Cancelled);
        assert_eq!(cancelled.row.note.as_deref(), Some("needs repair"));
        let again = app.cancel_certification(&key(), number, "needs repair").await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
        app.begin_certification(&key(), &id(DEVICE), SHORT).await.expect("another one");
        let port = CertificationPlan { port: 9, ..SHORT };
        let bad = app.begin_certification(&key(), &id(DEVICE), port).await;
        assert!(matches!(bad, Err(AppError::Semantic { ref field, .. }) if field == "port_no"));
    }
}
