//! Key figures and the quality of protocols.

use super::{Case, read};
use crate::lab::{DEVICE, Lab};
use device::Tally;

pub(super) async fn cases(lab: &Lab) -> Vec<Case> {
    let phy_id = DEVICE.parse().expect("an id");
    let tally = Tally {
        decoded: 10,
        frames: 1,
        ..Tally::default()
    };
    lab.app.bytes_seen(Some(&phy_id), 10, &tally);
    lab.app.look_at_kpis().await.expect("a database");
    lab.app.write_kpis().await.expect("a database");
    let base = "/api/v1/admin/ops";
    vec![
        read(
            "list_kpis",
            format!("{base}/kpis?period=day"),
            Some(("/api/v1/admin/ops/kpis?period=minute", 400)),
        ),
        read(
            "list_business_figures",
            format!("{base}/kpis/business?period=year"),
            Some(("/api/v1/admin/ops/kpis/business?station_id=999", 404)),
        ),
        read(
            "list_kpi_points",
            format!("{base}/kpis/charge_success_rate/curve?step=day"),
            Some(("/api/v1/admin/ops/kpis/luck/curve", 404)),
        ),
        read(
            "list_protocol_quality",
            format!("{base}/protocol-quality?group=firmware&sort=-violations"),
            Some(("/api/v1/admin/ops/protocol-quality?group=colour", 400)),
        ),
        read(
            "show_protocol_quality",
            format!("{base}/protocol-quality/devices/{DEVICE}"),
            Some(("/api/v1/admin/ops/protocol-quality/devices/x", 404)),
        ),
        read(
            "list_protocol_quality_days",
            format!("{base}/protocol-quality/days?phy_id={DEVICE}"),
            Some(("/api/v1/admin/ops/protocol-quality/days?from=2026", 400)),
        ),
        read(
            "list_protocol_quality_examples",
            format!("{base}/protocol-quality/examples"),
            Some(("/api/v1/admin/ops/protocol-quality/examples?size=0", 400)),
        ),
    ]
}
