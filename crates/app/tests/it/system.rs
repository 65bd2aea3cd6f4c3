//! What operators keep for the whole system, on both engines.

use crate::scene::{NOON, Scene};
use app::AppError;
use app::staff::Actor;
use domain::data_scope::DataScope;
use domain::org::OrgType;
use serde_json::json;
use store::dicts::EntryDraft;
use store::notices::{NoticeDraft, Reader};
use store::orgs::OrgEntry;
use store::{Db, PageRequest, orgs, settings, station_grants, stations};

fn staff() -> Actor {
    Actor::trusted("clerk")
}

async fn org(db: &Db, kind: OrgType, name: &str) -> i64 {
    let mut tx = db.begin().await.expect("a transaction");
    let platform = orgs::find(tx.conn(), 1).await.expect("ok").expect("there");
    let entry = OrgEntry {
        name: name.to_owned(),
        contact: None,
        phone: None,
        area_code: None,
        licence: None,
        settlement: json!({}),
        remark: None,
    };
    let id = orgs::insert(tx.conn(), kind, None, &platform, &entry, NOON).await;
    tx.commit().await.expect("committed");
    id.expect("an organisation")
}

fn entry(value: &str) -> EntryDraft {
    EntryDraft {
        value: value.to_owned(),
        label: value.to_owned(),
        sort: 0,
        enabled: true,
        remark: None,
    }
}

testkit::both_engines! {
    async fn a_test_message_without_a_provider_is_only_logged(db: &Db) {
        let clock = std::sync::Arc::new(kernel::ManualClock::at(NOON));
        let outside = app::Outside {
            sms: std::sync::Arc::new(channels::sms::LogSms { shows: true }),
            ..app::Outside::default()
        };
        let scene = Scene::among(db, app::Settings::default(), clock, outside).await;
        let phone = "13800138000";
        let sent = scene.app.test_sms(&staff(), "SMS_LOGIN", phone).await;
        assert!(!sent.expect("logged"), "it reached nobody");
        let logged = "logged".to_owned();
        let log = scene.app.sms_log(None, Some(&logged), PageRequest::default()).await;
        assert_eq!(log.expect("read").total, 1);
    }

    async fn settings_hold_for_other_nodes_and_after_a_restart(db: &Db) {
        let scene = Scene::new(db).await;
        let key = "money.max_freeze_fen";
        let value = Some(json!(700));
        scene.app.change_setting(&staff(), key, value).await.expect("changed");
        let other = Scene::restarted(db, app::Settings::default(), scene.clock.clone()).await;
        let shown = other.app.system_settings().await.expect("shown");
        let shown = shown.into_iter().find(|view| view.setting.key == key).expect("there");
        assert_eq!((shown.value, shown.default), (json!(700), json!(20_000)));
        let too_small = scene.app.change_setting(&staff(), key, Some(json!(499))).await;
        assert!(matches!(too_small, Err(AppError::Semantic { .. })), "{too_small:?}");
        let mut view = db.view().await.expect("a view");
        assert_eq!(settings::get(view.conn(), key).await.expect("ok"), Some(json!(700)));
        drop(view);
        scene.app.change_setting(&staff(), key, None).await.expect("taken back");
        let page = scene.app.setting_history(key, PageRequest::default()).await.expect("read");
        assert_eq!(page.total, 2);
        assert_eq!((&page.items[0].before, &page.items[0].after), (&Some(json!(700)), &None));
        other.app.load_tuned().await.expect("read");
    }

    async fn dictionaries_and_notices_live_and_go(db: &Db) {
        let scene = Scene::new(db).await;
        let app = &scene.app;
        app.add_dict(&staff(), "kind", "类", None).await.expect("made");
        let twice = app.add_dict(&staff(), "kind", "类", None).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
        let first = app.add_dict_entry(&staff(), "kind", &entry("a")).await.expect("added");
        let twice = app.add_dict_entry(&staff(), "kind", &entry("a")).await;
        assert!(matches!(twice, Err(AppError::Conflict(_))));
        let changed = EntryDraft { enabled: false, sort: 3, ..entry("a") };
        let changed = app.change_dict_entry(&staff(), first.id, &changed).await.expect("changed");
        assert_eq!((changed.enabled, changed.sort), (false, 3));
        app.remove_dict(&staff(), "kind").await.expect("gone");
        assert!(matches!(app.dict("kind").await, Err(AppError::NotFound(_))));

        let draft = NoticeDraft {
            title: "t".to_owned(),
            body: "b".to_owned(),
            audience: "everybody".to_owned(),
            publish_at: NOON,
            end_at: Some(NOON + std::time::Duration::from_mins(1)),
            pinned: false,
        };
        let notice = app.add_notice(&staff(), &draft).await.expect("written");
        for reader in [Reader::Staff, Reader::Members] {
            let shown = app.shown_notices(reader, PageRequest::default()).await.expect("read");
            assert_eq!(shown.total, 1);
        }
        scene.advance(60);
        let shown = app.shown_notices(Reader::Staff, PageRequest::default()).await.expect("read");
        assert_eq!(shown.total, 0);
        app.remove_notice(&staff(), notice.id).await.expect("gone");
        assert!(app.remove_notice(&staff(), notice.id).await.is_err());
    }

    async fn areas_and_grants_name_stations(db: &Db) {
        let scene = Scene::new(db).await;
        let owner = org(db, OrgType::Merchant, "owner").await;
        let guest = org(db, OrgType::Merchant, "guest").await;
        let mut tx = db.begin().await.expect("a transaction");
        let mut ids = Vec::new();
        for (no, area) in [("A", "510104"), ("B", "520100")] {
            let found = orgs::find(tx.conn(), owner).await.expect("ok").expect("there");
            let entry = stations::StationEntry {
                station_no: no.to_owned(),
                name: no.to_owned(),
                owner_org_id: owner,
                operator_org_id: None,
                agent_org_id: None,
                operation_mode: domain::org::OperationMode::SelfSelf,
                org_path: found.path,
                operator_path: None,
                area_code: Some(area.to_owned()),
                address: None,
                lng: None,
                lat: None,
                station_type: 1,
                station_status: 50,
                service_tel: None,
                invoice_by: "platform".to_owned(),
                details: json!({}),
                remark: None,
            };
            ids.push(stations::insert(tx.conn(), &entry, NOON).await.expect("a station"));
        }
        tx.commit().await.expect("committed");
        let mut view = db.view().await.expect("a view");
        for (area, expected) in [("510000", vec![ids[0]]), ("520100", vec![ids[1]]), ("110000", vec![])] {
            let scope = DataScope { areas: [area.to_owned()].into(), ..DataScope::default() };
            let found = stations::within(view.conn(), &scope).await.expect("read");
            assert_eq!(found.into_iter().collect::<Vec<_>>(), expected, "{area}");
        }
        drop(view);
        let app = &scene.app;
        for _ in 0..2 {
            app.grant_station(&staff(), ids[0], &[guest].into()).await.expect("granted");
        }
        let mut view = db.view().await.expect("a view");
        let seen = station_grants::to_org(view.conn(), guest).await.expect("read");
        assert_eq!(seen, [ids[0]].into());
        drop(view);
        let nobody = app.grant_station(&staff(), ids[0], &[99_999].into()).await;
        assert!(matches!(nobody, Err(AppError::NotFound(_))), "{nobody:?}");
        app.grant_station(&staff(), ids[0], &[].into()).await.expect("taken back");
        let left = app.station_grants(&staff(), ids[0]).await.expect("read");
        assert!(left.is_empty());
    }
}
