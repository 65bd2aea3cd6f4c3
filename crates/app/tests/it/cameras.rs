//! Cameras: kept, tried, looked through; what is secret stays here.

use crate::scene::{DEVICE, Scene, id, settings};
use crate::town::{Town, anna};
use app::{AppError, CameraWish, Outside};
use channels::camera::{Eye, Looking, NoPicture, Snapshot};
use domain::camera::CameraEntry;
use domain::org::Scope;
use parking_lot::Mutex;
use std::sync::Arc;
use store::PageRequest;
use store::audit_logs::AuditFilter;
use store::cameras::CameraFilter;

/// Sees when it is told to, and remembers as whom it asked.
#[derive(Debug, Default)]
struct Watcher {
    blind: Mutex<bool>,
    asked: Mutex<Vec<String>>,
}

impl Eye for Watcher {
    fn knock<'a>(&'a self, host: &'a str, port: u16) -> Looking<'a, ()> {
        self.asked.lock().push(format!("{host}:{port}"));
        let blind = *self.blind.lock();
        Box::pin(async move {
            if blind {
                Err(NoPicture("dark".to_owned()))
            } else {
                Ok(())
            }
        })
    }

    fn look<'a>(
        &'a self,
        url: &'a str,
        account: Option<(&'a str, &'a str)>,
    ) -> Looking<'a, Snapshot> {
        self.asked.lock().push(format!("{url} {account:?}"));
        let blind = *self.blind.lock();
        let picture = Snapshot {
            content_type: "image/jpeg".to_owned(),
            bytes: b"jpeg".to_vec(),
        };
        Box::pin(async move {
            if blind {
                Err(NoPicture("dark".to_owned()))
            } else {
                Ok(picture)
            }
        })
    }
}

async fn town(db: &store::Db) -> (Town, Arc<Watcher>) {
    let town = Town::new(db).await;
    let bound = town
        .scene
        .app
        .bind_devices(&anna(), town.station, &[id(DEVICE)])
        .await;
    bound.expect("bound");
    let watcher = Arc::new(Watcher::default());
    let outside = Outside {
        cameras: watcher.clone(),
        ..town.outside.clone()
    };
    let clock = town.scene.clock.clone();
    let scene = Scene::restarted_among(db, settings(), clock, outside).await;
    (Town { scene, ..town }, watcher)
}

fn wish(station_id: i64) -> CameraWish {
    CameraWish {
        station_id,
        device: Some(id(DEVICE)),
        entry: CameraEntry {
            name: "入口".to_owned(),
            vendor: None,
            gb28181_id: None,
            snapshot_url: Some("http://10.0.0.7:8080/snap".to_owned()),
            stream_url: Some("https://v.example/7.m3u8?e={expires}&s={sign}".to_owned()),
            username: Some("viewer".to_owned()),
            password: Some("geheim".to_owned()),
            sign_key: Some("key".to_owned()),
        },
    }
}

testkit::both_engines! {
    async fn a_camera_is_kept_and_looked_through(db: &store::Db) {
        let (town, watcher) = town(db).await;
        let app = &town.scene.app;
        let made = app.add_camera(&anna(), &wish(town.station)).await.expect("registered");
        assert_eq!((made.state.as_str(), made.device_id.is_some()), ("unknown", true));
        let picture = app.camera_snapshot(&anna(), made.id).await.expect("a picture");
        assert_eq!(picture.base64(), "anBlZw==");
        let asked = watcher.asked.lock().pop().expect("asked");
        assert_eq!(asked, r#"http://10.0.0.7:8080/snap Some(("viewer", "geheim"))"#);
        let play = app.play_camera(&anna(), made.id).await.expect("an address");
        let until = play.expires_at.expect("signed").unix_seconds();
        assert_eq!(until, app.now().unix_seconds() + 600);
        let begin = format!("https://v.example/7.m3u8?e={until}&s=");
        let signature = play.url.strip_prefix(&begin).expect("signed");
        assert_eq!(signature.len(), 64);
        // Left out, the credentials stay; empty, they are gone.
        let mut change = wish(0);
        "出口".clone_into(&mut change.entry.name);
        (change.entry.password, change.entry.sign_key) = (None, None);
        let changed = app.change_camera(&anna(), made.id, change.clone()).await.expect("changed");
        assert_eq!(changed.entry.password.as_deref(), Some("geheim"));
        assert_eq!(changed.station_id, town.station);
        change.entry.password = Some(String::new());
        let changed = app.change_camera(&anna(), made.id, change).await.expect("changed");
        assert_eq!(changed.entry.password, None);
        let lines = app.list_audit(&AuditFilter::default(), PageRequest::default()).await;
        let lines = lines.expect("read").items;
        let actions: Vec<_> = lines.iter().map(|line| line.action.as_str()).collect();
        for action in ["camera.create", "camera.snapshot", "camera.play", "camera.edit"] {
            assert!(actions.contains(&action), "{action} of {actions:?}");
        }
        assert!(!format!("{lines:?}").contains("geheim"), "no secret in the audit log");
        *watcher.blind.lock() = true;
        let dark = app.camera_snapshot(&anna(), made.id).await;
        assert!(matches!(dark, Err(AppError::Semantic { .. })));
        app.remove_camera(&anna(), made.id).await.expect("gone");
        assert!(app.camera(made.id).await.is_err());
        let list = app.list_cameras(&CameraFilter::default(), PageRequest::default()).await;
        assert!(list.expect("read").items.is_empty());
    }

    async fn cameras_are_tried_and_told_of_after_ten_minutes(db: &store::Db) {
        let (town, watcher) = town(db).await;
        let app = &town.scene.app;
        let made = app.add_camera(&anna(), &wish(town.station)).await.expect("registered");
        assert_eq!(app.try_cameras().await.expect("tried"), 1);
        assert_eq!(app.try_cameras().await.expect("tried"), 0, "once a minute");
        assert_eq!(watcher.asked.lock().as_slice(), ["10.0.0.7:8080"]);
        assert_eq!(app.camera(made.id).await.expect("read").state, "online");
        *watcher.blind.lock() = true;
        for minute in 1..=10 {
            town.scene.advance(60);
            app.try_cameras().await.expect("tried");
            assert!(town.scene.open_alarms().await.is_empty(), "minute {minute}");
        }
        for _ in 0..3 {
            town.scene.advance(60);
            app.try_cameras().await.expect("tried");
        }
        let camera = app.camera(made.id).await.expect("read");
        assert_eq!((camera.state.as_str(), camera.problem.as_deref()), ("offline", Some("dark")));
        assert_eq!(town.scene.open_alarms().await, ["camera_offline"]);
        *watcher.blind.lock() = false;
        town.scene.advance(60);
        app.try_cameras().await.expect("tried");
        assert!(town.scene.open_alarms().await.is_empty());
    }

    async fn what_cannot_be_is_refused(db: &store::Db) {
        let (town, _) = town(db).await;
        let app = &town.scene.app;
        let missing = app.add_camera(&anna(), &wish(99)).await;
        assert!(matches!(missing, Err(AppError::NotFound("station"))));
        let mut elsewhere = wish(town.station);
        elsewhere.device = Some(id("12345678901234"));
        let refused = app.add_camera(&anna(), &elsewhere).await;
        assert!(matches!(refused, Err(AppError::NotFound("device"))));
        let mut carries = wish(town.station);
        carries.entry.snapshot_url = Some("http://viewer:geheim@10.0.0.7/".to_owned());
        let refused = app.add_camera(&anna(), &carries).await;
        assert!(matches!(refused, Err(AppError::Invalid { field, .. }) if field == "snapshot_url"));
        let mut still = wish(town.station);
        (still.entry.snapshot_url, still.entry.stream_url) =
            (None, Some("rtsp://10.0.0.7/1".to_owned()));
        let made = app.add_camera(&anna(), &still).await.expect("registered");
        let none = app.camera_snapshot(&anna(), made.id).await;
        assert!(matches!(none, Err(AppError::Conflict(_))));
        let play = app.play_camera(&anna(), made.id).await.expect("an address");
        assert_eq!((play.url.as_str(), play.expires_at), ("rtsp://10.0.0.7/1", None));
        let foreign = CameraFilter {
            scope: Scope::narrowed(domain::org::OrgType::Merchant, "/1/999/", [].into(), None),
            ..CameraFilter::default()
        };
        let list = app.list_cameras(&foreign, PageRequest::default()).await.expect("read");
        assert!(list.items.is_empty(), "somebody else's");
    }
}
