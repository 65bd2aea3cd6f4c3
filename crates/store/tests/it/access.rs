use crate::fixtures::{NOW, later};
use serde_json::json;
use store::api_keys::{self, ConfiguredKey};
use store::idempotency::{self, Claim};
use store::{Db, settings};

fn key(key: &str) -> ConfiguredKey {
    ConfiguredKey {
        key: key.to_owned(),
        webhook_url: Some("http://localhost:8888/webhook".to_owned()),
        rate: Some(json!({ "write_burst": 1000 })),
        ..ConfiguredKey::default()
    }
}

testkit::both_engines! {
    async fn the_table_follows_the_configuration(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let both = [key("test-api-key"), key("test-api-key-12345")];
        api_keys::sync_configured(tx.conn(), &both, NOW).await.expect("ok");
        let first = api_keys::find_by_key(tx.conn(), "test-api-key")
            .await.expect("ok").expect("there");
        assert_eq!((first.state.as_str(), first.origin.as_str()), ("active", "config"));
        assert_eq!(first.rate, Some(json!({ "write_burst": 1000 })));
        assert_eq!(first.device_allow, json!([]));
        assert!(!first.require_hmac);
        let signed = ConfiguredKey { require_hmac: true, secret: Some("s".to_owned()), ..key("test-api-key") };
        api_keys::sync_configured(tx.conn(), &[signed], later(1)).await.expect("ok");
        let again = api_keys::find(tx.conn(), first.id).await.expect("ok").expect("same row");
        assert!(again.require_hmac);
        let list = api_keys::list(tx.conn()).await.expect("ok");
        let states: Vec<&str> = list.iter().map(|key| key.state.as_str()).collect();
        assert_eq!(states, ["active", "disabled"]);
        let only = json!(["82210225000520"]);
        let done = api_keys::restrict(tx.conn(), first.id, &only, &json!([]), &json!([]), NOW).await;
        assert!(done.expect("ok"));
        let again = api_keys::find(tx.conn(), first.id).await.expect("ok").expect("there");
        assert_eq!(again.device_allow, only);
        assert!(api_keys::find_by_key(tx.conn(), "no-such-key").await.expect("ok").is_none());
        tx.commit().await.expect("committed");
    }

    async fn a_nonce_counts_once_per_key(db: &Db) {
        let (one, two) = (kernel::ApiKeyId(1), kernel::ApiKeyId(2));
        let mut lease = db.direct().await.expect("a connection");
        let until = later(600);
        for (key, now, fresh) in [
            (one, NOW, true),
            (one, later(1), false),
            (two, NOW, true),
            (one, later(600), true),
        ] {
            let got = api_keys::use_nonce(lease.conn(), key, "n-0001", now, until.max(later(601)))
                .await.expect("ok");
            // The first remembrance ends at 601 s, so the last use is one second early.
            let fresh = fresh && now < later(600);
            assert_eq!(got, fresh, "{key} at {now:?}");
        }
        let again = api_keys::use_nonce(lease.conn(), one, "n-0001", later(601), later(1200)).await;
        assert!(again.expect("ok"), "forgotten");
        assert_eq!(api_keys::purge_nonces(lease.conn(), later(601)).await.expect("ok"), 1);
        assert_eq!(api_keys::count_nonces(lease.conn()).await.expect("ok"), 1);
    }

    async fn a_repeated_write_gets_the_same_answer(db: &Db) {
        let mut tx = db.begin().await.expect("a transaction");
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h1", NOW, later(60)).await;
        assert_eq!(claim.expect("ok"), Claim::Fresh);
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h1", NOW, later(60)).await;
        assert_eq!(claim.expect("ok"), Claim::Underway);
        let body = json!({ "order_no": "THD1729407600001", "a": 1 });
        let kept = idempotency::finish(tx.conn(), "1:charge", "k", 200, &body).await;
        assert!(kept.expect("ok"));
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h1", NOW, later(60)).await;
        assert_eq!(claim.expect("ok"), Claim::Done { http_status: 200, response: body });
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h2", NOW, later(60)).await;
        assert_eq!(claim.expect("ok"), Claim::Mismatch);
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h2", later(60), later(90)).await;
        assert_eq!(claim.expect("ok"), Claim::Fresh, "its time was over");
        assert!(idempotency::release(tx.conn(), "1:charge", "k").await.expect("ok"));
        let claim = idempotency::claim(tx.conn(), "1:charge", "k", "h3", later(61), later(90)).await;
        assert_eq!(claim.expect("ok"), Claim::Fresh);
        assert_eq!(idempotency::purge(tx.conn(), later(90)).await.expect("ok"), 1);
        tx.commit().await.expect("committed");
    }

    async fn settings_are_replaced(db: &Db) {
        let mut lease = db.direct().await.expect("a connection");
        assert_eq!(settings::get(lease.conn(), "a.b").await.expect("ok"), None);
        for value in [json!(1), json!({ "x": [1, 2] })] {
            settings::put(lease.conn(), "a.b", &value, "operator", NOW).await.expect("ok");
            assert_eq!(settings::get(lease.conn(), "a.b").await.expect("ok"), Some(value));
        }
        let list = settings::list(lease.conn()).await.expect("ok");
        assert_eq!((list.len(), list[0].updated_by.as_str()), (1, "operator"));
    }
}
