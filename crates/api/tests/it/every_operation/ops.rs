//! Modules, firmware that is blocked, copies of the database.

use super::{Case, act, read, write};
use crate::lab::{DEVICE, Lab, NOW_S};
use axum::http::Method;
use domain::certification::{CertificationPlan, CertificationState};
use kernel::Timestamp;
use store::certifications::{self, Certification};

/// A certification of a model that passed, as if a week had gone by.
async fn passed(lab: &Lab) {
    let now = Timestamp::from_unix_seconds(NOW_S);
    let phy_id: kernel::PhyId = DEVICE.parse().expect("an id");
    let mut tx = lab.db.db.begin().await.expect("a transaction");
    let device = store::devices::find_by_phy_id(tx.conn(), &phy_id).await;
    let row = Certification {
        id: 0,
        device_id: device.expect("read").expect("there").id,
        phy_id,
        protocol: Some("bench".to_owned()),
        device_model: Some("bench".to_owned()),
        firmware_version: Some("v2.0".to_owned()),
        plan: CertificationPlan::default(),
        state: CertificationState::Running,
        passed: None,
        score: None,
        note: None,
        created_by: "test".to_owned(),
        created_at: now,
        ended_at: None,
    };
    let id = certifications::insert(tx.conn(), &row)
        .await
        .expect("written");
    let done = CertificationState::Done;
    let ended = certifications::end(tx.conn(), id, done, Some((true, 100)), None, now);
    assert!(ended.await.expect("written"));
    tx.commit().await.expect("committed");
}

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    passed(lab).await;
    let blocks = "/api/v1/admin/ops/firmware-blocks";
    let range = r#"{"device_model":"组网版设备","version_range":"<2.0.0"}"#;
    let bad_range = r#"{"device_model":"组网版设备","version_range":"old"}"#;
    let block = r#"{"device_model":"组网版设备","version_range":"<2.0.0","reason":"a test"}"#;
    let trials = "/api/v1/admin/ops/certifications";
    let models = "/api/v1/admin/ops/certified-models";
    let backups = "/api/v1/admin/system/backups";
    let module = "/api/v1/admin/ops/modules/cameras";
    vec![
        read("list_modules", "/api/v1/admin/ops/modules", None),
        write(
            "switch_module",
            Method::PUT,
            module,
            r#"{"switch":"auto"}"#,
            r#"{"switch":"perhaps"}"#,
        ),
        write(
            "preview_firmware_block",
            Method::POST,
            &format!("{blocks}/preview"),
            range,
            bad_range,
        ),
        write("block_firmware", Method::POST, blocks, block, range),
        read(
            "list_firmware_blocks",
            format!("{blocks}?state=active"),
            Some(("/api/v1/admin/ops/firmware-blocks?state=old", 400)),
        ),
        read(
            "show_firmware_block",
            format!("{blocks}/1"),
            Some(("/api/v1/admin/ops/firmware-blocks/9", 404)),
        ),
        act(
            "lift_firmware_block",
            Method::POST,
            &format!("{blocks}/1/lift"),
            Some("/api/v1/admin/ops/firmware-blocks/9/lift"),
        ),
        write(
            "begin_certification",
            Method::POST,
            trials,
            r#"{"phy_id":"82210225000520","port_no":1}"#,
            r#"{"phy_id":"82210225000520","cycles":0}"#,
        ),
        read(
            "list_certifications",
            format!("{trials}?state=running"),
            Some(("/api/v1/admin/ops/certifications?state=old", 400)),
        ),
        read(
            "show_certification",
            format!("{trials}/2"),
            Some(("/api/v1/admin/ops/certifications/9", 404)),
        ),
        read(
            "certification_report",
            format!("{trials}/2/report.json"),
            Some(("/api/v1/admin/ops/certifications/9/report.json", 404)),
        ),
        read(
            "certification_report_page",
            format!("{trials}/2/report.html"),
            Some(("/api/v1/admin/ops/certifications/9/report.html", 404)),
        ),
        write(
            "cancel_certification",
            Method::POST,
            &format!("{trials}/2/cancel"),
            r#"{"reason":"a test"}"#,
            "{}",
        ),
        read(
            "list_certified_models",
            models,
            Some(("/api/v1/admin/ops/certified-models?page=0", 400)),
        ),
        write(
            "certify_model",
            Method::PUT,
            models,
            r#"{"device_model":"bench","firmware_version":"v2.0","certified":true}"#,
            r#"{"device_model":"","firmware_version":"v2.0","certified":true}"#,
        ),
        act("make_backup", Method::POST, backups, None),
        read("list_backups", backups, None),
    ]
}
