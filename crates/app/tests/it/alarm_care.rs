//! What becomes of alarms: who is told, who takes them, how they end.

use crate::scene::{DEVICE, Scene, id, settings};
use app::staff::Actor;
use app::{AppError, ChannelDraft, MuteWish, RuleChange};
use channels::chat::{Chat, Post, PostFault, Posting};
use device::{Event, Fault, FaultList, ListedFault};
use domain::alarm::{AlarmCode, AlarmState, Audience, ChannelKind, Language, Level, Promptness};
use domain::feedback::{TicketEvent, TicketState};
use kernel::{ManualClock, PortNo};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};
use store::alarms::{self, AlarmFilter, AlarmRow, NewAlarm};
use store::{Db, PageRequest, alarm_notices};

/// Robots that keep what they were given; one hangs, one fails for as long as it is told to.
#[derive(Debug, Default)]
struct Robots {
    posts: Mutex<Vec<(String, String, Value)>>,
    failing: Mutex<bool>,
}

impl Chat for Robots {
    fn check(&self, url: &str) -> Result<(), String> {
        let fine = url.starts_with("https://");
        fine.then_some(())
            .ok_or_else(|| "is not a web address".to_owned())
    }

    fn post<'a>(&'a self, post: &'a Post) -> Posting<'a> {
        Box::pin(async move {
            if post.url.contains("hangs") {
                std::future::pending::<()>().await;
            }
            if *self.failing.lock() {
                return Err(PostFault::NotSent("connection refused".to_owned()));
            }
            let kept = (post.url.clone(), post.text.clone(), post.data.clone());
            self.posts.lock().push(kept);
            Ok(())
        })
    }
}

impl Robots {
    /// Notices that an address got: (alarm, what was told).
    fn told(&self, url: &str) -> Vec<(i64, String)> {
        let posts = self.posts.lock();
        let own = posts.iter().filter(|(to, ..)| to == url);
        own.flat_map(|(_, _, data)| data["alarms"].as_array().cloned().unwrap_or_default())
            .map(|one| {
                let kind = one["notice"].as_str().unwrap_or_default().to_owned();
                (one["alarm_id"].as_i64().unwrap_or_default(), kind)
            })
            .collect()
    }

    fn kinds(&self, url: &str) -> Vec<String> {
        self.told(url).into_iter().map(|(_, kind)| kind).collect()
    }
}

struct Desk {
    scene: Scene,
    robots: Arc<Robots>,
    /// Messages that never end.
    hanging: usize,
}

fn anna() -> Actor {
    Actor::trusted("anna")
}

fn draft(url: &str) -> ChannelDraft {
    ChannelDraft {
        name: "运维群".to_owned(),
        kind: ChannelKind::Webhook,
        url: Some(url.to_owned()),
        secret: None,
        recipients: Vec::new(),
        audience: Audience {
            critical: Promptness::AtOnce,
            warning: Promptness::AtOnce,
            info: Promptness::Digest,
            codes: Vec::new(),
            stations: Vec::new(),
            tier: 1,
            quiet: None,
            digest_at: 9 * 60,
        },
        language: Language::Chinese,
        enabled: true,
    }
}

impl Desk {
    async fn new(db: &Db) -> Self {
        let robots = Arc::new(Robots::default());
        let outside = app::Outside {
            chat: robots.clone(),
            ..app::Outside::default()
        };
        let clock = Arc::new(ManualClock::at(crate::scene::NOON));
        let scene = Scene::among(db, settings(), clock, outside).await;
        Self {
            scene,
            robots,
            hanging: 0,
        }
    }

    async fn channel(&self, draft: &ChannelDraft) -> i64 {
        let made = self.scene.app.add_channel(&anna(), draft).await;
        made.expect("a channel").id
    }

    /// Lets the staff be told of everything that is due now.
    async fn tell(&self) {
        let app = &self.scene.app;
        app.decide_on_alarms().await.expect("a database");
        app.tell_channels().await.expect("a database");
        let mut patience = 0;
        while app.messages_under_way() > self.hanging && patience < 2_000 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            patience += 1;
        }
    }

    /// A second at a time, as the program does it.
    async fn pass(&self, seconds: u64) {
        self.scene.advance(seconds);
        self.tell().await;
    }

    async fn all(&self) -> Vec<AlarmRow> {
        let mut view = self.scene.app.db().view().await.expect("a connection");
        let page = PageRequest { page: 1, size: 100 };
        let rows = alarms::list(view.conn(), &AlarmFilter::default(), page).await;
        rows.expect("readable rows").items
    }

    async fn one(&self, code: &str) -> AlarmRow {
        let rows = self.all().await;
        rows.into_iter()
            .find(|row| row.code == code)
            .unwrap_or_else(|| panic!("no {code}"))
    }

    async fn raise(&self, new: &NewAlarm) -> AlarmRow {
        let mut tx = self.scene.app.db().begin().await.expect("a transaction");
        let row = alarms::raise(tx.conn(), new).await.expect("raised");
        tx.commit().await.expect("committed");
        row
    }

    fn about(&self, code: AlarmCode, object: &str) -> NewAlarm {
        NewAlarm {
            code: code.as_str().to_owned(),
            level: code.level().letter().to_owned(),
            object_type: "test".to_owned(),
            object_id: object.to_owned(),
            device_id: None,
            port_no: None,
            order_no: None,
            message: String::new(),
            details: json!({}),
            at: self.scene.app.now(),
        }
    }
}

const OPS: &str = "https://robots.test/ops";
const BOSS: &str = "https://robots.test/boss";

testkit::both_engines! {
    async fn a_critical_alarm_is_told_repeated_escalated_and_taken(db: &Db) {
        let desk = Desk::new(db).await;
        desk.channel(&draft(OPS)).await;
        let mut boss = draft(BOSS);
        boss.audience.tier = 2;
        desk.channel(&boss).await;
        let row = desk.raise(&desk.about(AlarmCode::PortFault, "a")).await;
        desk.tell().await;
        assert_eq!(desk.robots.kinds(OPS), ["raised"]);
        desk.pass(4 * 60).await;
        assert_eq!(desk.robots.kinds(OPS).len(), 1, "not before five minutes are over");
        desk.pass(60).await;
        desk.pass(5 * 60).await;
        assert_eq!(desk.robots.kinds(OPS), ["raised", "repeated", "escalated"]);
        assert_eq!(desk.robots.kinds(BOSS), ["escalated"]);
        let taken = desk.scene.app.ack_alarm(&anna(), row.id).await.expect("taken");
        assert_eq!((taken.state, taken.acked_by.as_deref()), (AlarmState::Acked, Some("anna")));
        desk.pass(3600).await;
        assert_eq!(desk.robots.kinds(OPS).len(), 3, "who took it is left alone");
        let twice = desk.scene.app.ack_alarm(&anna(), row.id).await;
        assert!(matches!(twice, Err(AppError::Refused(_) | AppError::Conflict(_))), "{twice:?}");
        let note = desk.scene.app.resolve_alarm(&anna(), row.id, " ").await;
        assert!(matches!(note, Err(AppError::Invalid { .. })), "{note:?}");
        desk.scene.app.resolve_alarm(&anna(), row.id, "换了插座").await.expect("mended");
        desk.pass(1).await;
        assert_eq!(desk.robots.kinds(OPS).last().map(String::as_str), Some("recovered"));
        assert_eq!(desk.robots.kinds(BOSS), ["escalated", "recovered"]);
        desk.scene.advance(24 * 3600);
        desk.scene.app.age_alarms().await.expect("a database");
        assert_eq!(desk.one("port_fault").await.state, AlarmState::Closed);
    }

    async fn the_same_alarm_again_is_told_once_in_five_minutes(db: &Db) {
        let desk = Desk::new(db).await;
        desk.channel(&draft(OPS)).await;
        for _ in 0..10 {
            desk.raise(&desk.about(AlarmCode::DeviceFlapping, "a")).await;
            desk.pass(1).await;
            let mut tx = db.begin().await.expect("a transaction");
            let (code, now) = ("device_flapping", desk.scene.app.now());
            alarms::recover(tx.conn(), code, "test", "a", now).await.expect("over");
            tx.commit().await.expect("committed");
            desk.pass(1).await;
        }
        let kinds = desk.robots.kinds(OPS);
        assert_eq!(kinds, ["raised", "recovered"], "twenty changes, one word each way");
        assert_eq!(desk.all().await.len(), 10, "all of them are stored");
        desk.pass(300).await;
        desk.raise(&desk.about(AlarmCode::DeviceFlapping, "a")).await;
        desk.pass(1).await;
        assert_eq!(desk.robots.kinds(OPS).len(), 3);
    }

    async fn what_a_silent_device_lets_one_suspect_is_not_told(db: &Db) {
        let desk = Desk::new(db).await;
        desk.channel(&draft(OPS)).await;
        let pile = desk.scene.connect(DEVICE).await;
        let app = &desk.scene.app;
        let mut view = db.view().await.expect("a connection");
        let device = store::devices::find_by_phy_id(view.conn(), &id(DEVICE)).await;
        let device = device.expect("a row").expect("the device").id;
        drop(view);
        let of_device = |code: AlarmCode| NewAlarm {
            object_type: "device".to_owned(),
            object_id: DEVICE.to_owned(),
            device_id: Some(device),
            ..desk.about(code, DEVICE)
        };
        desk.raise(&of_device(AlarmCode::DeviceOffline)).await;
        desk.raise(&of_device(AlarmCode::StatusReportGap)).await;
        desk.raise(&of_device(AlarmCode::Smoke)).await;
        desk.pass(1).await;
        let codes: Vec<i64> = desk.robots.told(OPS).into_iter().map(|(id, _)| id).collect();
        let offline = desk.one("device_offline").await;
        let smoke = desk.one("smoke").await;
        assert_eq!(codes, [offline.id, smoke.id], "smoke is told whatever else is wrong");
        let gap = desk.one("status_report_gap").await;
        assert_eq!(gap.silenced_by.as_deref(), Some("parent"));
        let mut tx = db.begin().await.expect("a transaction");
        let now = app.now();
        alarms::recover(tx.conn(), "device_offline", "device", DEVICE, now).await.expect("over");
        tx.commit().await.expect("committed");
        desk.pass(61).await;
        let gap = desk.one("status_report_gap").await;
        assert_eq!((gap.silenced_by, gap.noticed_at.is_some()), (None, true));
        pile.leave();
    }

    async fn mutes_silence_but_do_not_hide(db: &Db) {
        let desk = Desk::new(db).await;
        desk.channel(&draft(OPS)).await;
        let now = desk.scene.app.now();
        let wish = MuteWish {
            code: Some(AlarmCode::WebhookFailing),
            station_id: None,
            phy_id: None,
            alarm_id: None,
            starts_at: None,
            ends_at: now + Duration::from_hours(1),
            reason: "检修".to_owned(),
        };
        let endless = MuteWish { ends_at: now + Duration::from_hours(24 * 31), ..wish.clone() };
        let refused = desk.scene.app.mute(&anna(), &endless).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
        let mute = desk.scene.app.mute(&anna(), &wish).await.expect("muted");
        desk.raise(&desk.about(AlarmCode::WebhookFailing, "a")).await;
        desk.raise(&desk.about(AlarmCode::WebhookBacklog, "a")).await;
        desk.pass(1).await;
        let told = desk.robots.told(OPS);
        assert_eq!(told.len(), 1, "the other kind only");
        assert_eq!(desk.one("webhook_failing").await.silenced_by.as_deref(), Some("mute"));
        desk.scene.app.unmute(&anna(), mute.id).await.expect("ended");
        desk.pass(60).await;
        assert_eq!(desk.robots.told(OPS).len(), 2, "told once nobody is silenced any more");
        let again = desk.scene.app.unmute(&anna(), mute.id).await;
        assert!(matches!(again, Err(AppError::Conflict(_))), "{again:?}");
    }

    async fn a_receiver_that_hangs_or_fails_holds_up_itself_only(db: &Db) {
        let mut desk = Desk::new(db).await;
        desk.hanging = 1;
        desk.channel(&draft("https://robots.test/hangs")).await;
        let ops = desk.channel(&draft(OPS)).await;
        *desk.robots.failing.lock() = true;
        desk.raise(&desk.about(AlarmCode::SettleError, "a")).await;
        for pause in [1, 11, 21] {
            desk.pass(pause).await;
        }
        assert!(desk.robots.told(OPS).is_empty());
        let failing = desk.one("notice_failing").await;
        assert_eq!((failing.object_id, failing.count), (ops.to_string(), 1));
        let seen = desk.scene.app.channel(ops).await.expect("a channel");
        assert_eq!(seen.failures, 3);
        assert_eq!(seen.error.as_deref(), Some("not sent: connection refused"));
        *desk.robots.failing.lock() = false;
        desk.pass(41).await;
        let mut told = desk.robots.told(OPS);
        told.sort();
        let told: BTreeSet<i64> = told.into_iter().map(|(alarm, _)| alarm).collect();
        assert_eq!(told.len(), 2, "both alarms, nothing lost");
        let over = desk.one("notice_failing").await;
        assert_eq!(over.state, AlarmState::AutoRecovered);
    }

    async fn measured_conditions_end_when_they_stay_away(db: &Db) {
        let desk = Desk::new(db).await;
        let rule = RuleChange {
            enabled: true,
            level: Level::Critical,
            recover_s: 30,
            repeat_s: Some(300),
            escalate_s: None,
        };
        let off = RuleChange { enabled: false, ..rule };
        let refused = desk.scene.app.change_alarm_rule(&anna(), "port_fault", Some(off)).await;
        assert!(matches!(refused, Err(AppError::Invalid { .. })), "{refused:?}");
        let unknown = desk.scene.app.change_alarm_rule(&anna(), "no_such", Some(rule)).await;
        assert!(matches!(unknown, Err(AppError::NotFound(_))), "{unknown:?}");
        desk.scene
            .app
            .change_alarm_rule(&anna(), "port_fault", Some(rule))
            .await
            .expect("changed");
        let pile = desk.scene.connect(DEVICE).await;
        let faulty = |faulty: bool| {
            let fault = ListedFault { fault: Some(Fault::OverCurrent), code: 8, values: Vec::new() };
            let faults = if faulty { vec![fault] } else { Vec::new() };
            Event::Faults(FaultList { port: Some(PortNo(1)), faults })
        };
        pile.says(faulty(true)).await;
        assert_eq!(desk.scene.open_alarms().await, ["port_fault"]);
        pile.says(faulty(false)).await;
        desk.scene.advance(20);
        desk.scene.app.age_alarms().await.expect("a database");
        assert_eq!(desk.scene.open_alarms().await, ["port_fault"], "it may come back");
        pile.says(faulty(true)).await;
        desk.scene.advance(20);
        desk.scene.app.age_alarms().await.expect("a database");
        assert_eq!(desk.one("port_fault").await.count, 2, "it did");
        pile.says(faulty(false)).await;
        desk.scene.advance(30);
        desk.scene.app.age_alarms().await.expect("a database");
        assert!(desk.scene.open_alarms().await.is_empty());
        let told = desk.scene.events(&store::events::EventFilter::default()).await;
        let words: Vec<&str> = told
            .iter()
            .map(|event| event.event_type.as_str())
            .filter(|kind| kind.contains("alarm"))
            .collect();
        assert_eq!(words.len(), 2, "one beginning and one end: {words:?}");
    }

    async fn a_ticket_ends_its_alarm_when_somebody_else_verifies_it(db: &Db) {
        let desk = Desk::new(db).await;
        let app = desk.scene.app.clone();
        app.open_console(Some("a-Password-7")).await.expect("accounts");
        let row = desk.raise(&desk.about(AlarmCode::MeterFault, "a")).await;
        let ticket = app.ticket_for_alarm(&anna(), row.id, "").await.expect("a ticket");
        assert_eq!(ticket.due_at, app.now() + Duration::from_hours(2), "critical");
        let twice = app.ticket_for_alarm(&anna(), row.id, "").await;
        assert!(twice.is_err(), "one is enough");
        desk.scene.advance(2 * 3600);
        app.age_alarms().await.expect("a database");
        assert!(desk.scene.open_alarms().await.contains(&"ticket_overdue".to_owned()));
        let admin = Actor::trusted("admin");
        app.assign_ticket(&anna(), ticket.id, "admin").await.expect("given");
        app.move_ticket(&admin, ticket.id, TicketEvent::Begin, None).await.expect("begun");
        app.move_ticket(&admin, ticket.id, TicketEvent::Finish, Some("换表")).await.expect("done");
        assert!(!desk.scene.open_alarms().await.contains(&"ticket_overdue".to_owned()));
        let own = app.move_ticket(&admin, ticket.id, TicketEvent::Verify, None).await;
        assert!(matches!(own, Err(AppError::Conflict(_))), "{own:?}");
        let verified = app.move_ticket(&anna(), ticket.id, TicketEvent::Verify, None).await;
        assert_eq!(verified.expect("verified").state, TicketState::Verified);
        assert_eq!(desk.one("meter_fault").await.state, AlarmState::Resolved);
    }

    async fn an_exception_that_nobody_takes_is_one_more_alarm(db: &Db) {
        let desk = Desk::new(db).await;
        let app = desk.scene.app.clone();
        let row = desk.raise(&desk.about(AlarmCode::Smoke, "a")).await;
        desk.scene.advance(29 * 60);
        app.age_alarms().await.expect("a database");
        assert_eq!(desk.scene.open_alarms().await, ["smoke"]);
        desk.scene.advance(60);
        app.age_alarms().await.expect("a database");
        app.age_alarms().await.expect("a database");
        assert_eq!(desk.scene.open_alarms().await, ["smoke", "exception_unhandled"]);
        assert_eq!(desk.one("exception_unhandled").await.count, 1);
        app.ack_alarm(&anna(), row.id).await.expect("taken");
        app.age_alarms().await.expect("a database");
        assert_eq!(desk.scene.open_alarms().await, ["smoke"]);
    }

    async fn a_device_that_comes_back_too_often_is_told(db: &Db) {
        let desk = Desk::new(db).await;
        let mut last = None;
        for round in 0..8 {
            let pile = desk.scene.connect(DEVICE).await;
            desk.scene.live_through(1).await;
            let told = desk.scene.open_alarms().await;
            let flaps = told.contains(&"device_flapping".to_owned());
            assert_eq!(flaps, round >= 7, "more than six reconnects: {round}");
            desk.scene.advance(20);
            if round < 7 {
                pile.leave();
                desk.scene.settle().await;
            }
            last = Some(pile);
        }
        last.expect("connected").leave();
        desk.scene.settle().await;
        desk.scene.advance(601);
        let _again = desk.scene.connect(DEVICE).await;
        desk.scene.live_through(1).await;
        let told = desk.scene.open_alarms().await;
        assert!(!told.contains(&"device_flapping".to_owned()), "once in ten minutes: {told:?}");
    }

    async fn queues_that_are_not_emptied_are_told_and_end(db: &Db) {
        let desk = Desk::new(db).await;
        let app = desk.scene.app.clone();
        desk.channel(&draft("https://robots.test/hangs")).await;
        let mut tx = db.begin().await.expect("a transaction");
        for n in 0..1_001 {
            let new = desk.about(AlarmCode::DeviceOffline, &n.to_string());
            alarms::raise(tx.conn(), &new).await.expect("raised");
        }
        tx.commit().await.expect("committed");
        app.decide_on_alarms().await.expect("a database");
        app.watch_system().await.expect("a database");
        let is_told = async || desk.scene.open_alarms().await.contains(&"queue_lag".to_owned());
        desk.scene.advance(301);
        app.watch_system().await.expect("a database");
        let told: Vec<String> = desk.all().await.into_iter().map(|row| row.code).collect();
        assert!(told.contains(&"queue_lag".to_owned()), "the notices are late");
        let channel = app.list_channels(PageRequest::default()).await.expect("read").items.remove(0);
        app.remove_channel(&anna(), channel.id).await.expect("gone, and its notices with it");
        app.watch_system().await.expect("a database");
        assert!(!is_told().await, "nothing waits any more");
    }

    async fn guessed_passwords_are_told(db: &Db) {
        let desk = Desk::new(db).await;
        let app = desk.scene.app.clone();
        app.open_console(Some("a-Password-7")).await.expect("accounts");
        for _ in 0..6 {
            let tried = app::staff::Credentials {
                username: "admin".to_owned(),
                password: "guess".to_owned(),
                code: None,
                ip: Some("192.0.2.9".to_owned()),
                user_agent: None,
            };
            assert!(app.log_in(tried).await.is_err(), "a guess");
        }
        assert_eq!(desk.one("security_login").await.object_type, "login");
    }

    async fn ten_thousand_alarms_at_once_are_all_stored_and_told(db: &Db) {
        let desk = Desk::new(db).await;
        desk.channel(&draft(OPS)).await;
        let began = Instant::now();
        let mut tx = db.begin().await.expect("a transaction");
        for n in 0..20_000 {
            // Each of them twice: the second is a repeat.
            let new = desk.about(AlarmCode::DeviceOffline, &(n / 2).to_string());
            alarms::raise(tx.conn(), &new).await.expect("raised");
        }
        tx.commit().await.expect("committed");
        let stored = began.elapsed();
        for _ in 0..100 {
            desk.tell().await;
            if desk.robots.told(OPS).len() == 10_000 {
                break;
            }
        }
        let told: BTreeSet<i64> = desk.robots.told(OPS).into_iter().map(|(id, _)| id).collect();
        assert_eq!(told.len(), 10_000, "every one, each once");
        assert_eq!(desk.robots.told(OPS).len(), 10_000);
        let mut view = db.view().await.expect("a connection");
        let left = alarm_notices::overdue(view.conn(), desk.scene.app.now() + Duration::from_secs(1));
        assert_eq!(left.await.expect("readable rows"), 0);
        println!("20,000 raised in {stored:?}, 10,000 told after {:?}", began.elapsed());
    }
}
