//! What happens to accounts and roles when the program starts.

use crate::scene::{NOON, Scene};
use app::staff::{Credentials, SUPER_USERNAME, reset_super_password};
use domain::permission::{VERSION, default_tree};
use serde_json::json;
use std::collections::BTreeSet;
use store::audit_logs::AuditFilter;
use store::roles::RoleEntry;
use store::{Db, PageRequest, admin_users, roles};

const PASSWORD: &str = "a long way to 7";

fn credentials(password: &str) -> Credentials {
    Credentials {
        username: SUPER_USERNAME.to_owned(),
        password: password.to_owned(),
        code: None,
        ip: Some("203.0.113.7".to_owned()),
        user_agent: None,
    }
}

testkit::both_engines! {
    async fn old_roles_follow_the_tree_and_gain_nothing(db: &Db) {
        let scene = Scene::new(db).await;
        let mut tree = default_tree().all_granted();
        tree.version = VERSION - 1;
        let lost = tree.access.pop().expect("a menu");
        tree.access[0].toggle = true;
        let before = tree.checked_keys();
        let entry = RoleEntry {
            code: "old".to_owned(),
            name: "旧角色".to_owned(),
            tree,
            data_scope: json!({}),
            remark: None,
        };
        let mut direct = db.direct().await.expect("a connection");
        let id = roles::insert(direct.conn(), 1, "/1/", &entry, NOON).await.expect("a role");
        drop(direct);
        assert_eq!(scene.app.upgrade_roles().await.expect("upgraded"), 1);
        assert_eq!(scene.app.upgrade_roles().await.expect("nothing left"), 0);
        let role = scene.app.role(id).await.expect("the role");
        assert_eq!(role.tree.version, VERSION);
        let now: BTreeSet<String> = role.tree.checked_keys();
        assert_eq!(now, before, "old leaves are as they were, new ones are not granted");
        assert!(lost.children[0].children.iter().all(|leaf| !role.tree.has(&leaf.id)));
        assert!(role.tree.access.iter().all(|menu| !menu.toggle));
        let filter = AuditFilter::default();
        let lines = scene.app.list_audit(&filter, PageRequest::default()).await.expect("lines");
        let new: usize = lost.children.iter().map(|page| page.children.len()).sum();
        let text = format!("permission tree upgraded {}→{VERSION}: {new} new", VERSION - 1);
        assert_eq!(lines.items[0].action, text);
    }

    async fn there_is_a_super_administrator_and_a_way_back(db: &Db) {
        let scene = Scene::new(db).await;
        scene.app.open_console(Some(PASSWORD)).await.expect("opened");
        scene.app.open_console(Some("something else 1")).await.expect("opened again");
        let session = scene.app.log_in(credentials(PASSWORD)).await.expect("logged in");
        assert!(session.actor.is_super && session.actor.must_change_password);
        let back = reset_super_password(db, NOON).await.expect("a new password");
        assert!(scene.app.actor_by_token(&session.token).await.expect("ok").is_none());
        assert!(scene.app.log_in(credentials(PASSWORD)).await.is_err());
        scene.app.log_in(credentials(&back)).await.expect("logged in");
        let mut view = db.view().await.expect("a view");
        let row = admin_users::find_by_name(view.conn(), SUPER_USERNAME).await.expect("ok");
        let row = row.expect("the account");
        assert!(row.password_hash.starts_with("$argon2id$"));
        assert_eq!(row.last_login_ip.as_deref(), Some("203.0.113.7"));
    }
}
