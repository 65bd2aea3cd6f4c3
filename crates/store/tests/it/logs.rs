use crate::fixtures::{later, phy};
use kernel::Timestamp;
use store::comm_logs::{self, CommLogEntry, CommLogFilter, Day};
use store::{Db, PageRequest};

fn line(at: Timestamp, kind: &'static str, device: Option<&str>) -> CommLogEntry {
    CommLogEntry {
        at,
        ip: "10.0.0.7".to_owned(),
        phy_id: device.map(phy),
        direction: "up",
        kind,
        cmd: Some("0x0015".to_owned()),
        msg_id: Some(0xffff_ffff),
        raw: vec![0xfc, 0xfe, 0x00].into(),
        result: None,
    }
}

testkit::both_engines! {
    async fn lines_are_written_in_batches_and_found(db: &Db) {
        let ours = Some("82210225000520");
        let mut lines: Vec<_> = (0..5000).map(|second| line(later(second), "heartbeat", ours)).collect();
        lines.push(line(later(10), "record", ours));
        lines.push(CommLogEntry { result: Some("checksum"), ..line(later(20), "noise", None) });
        let mut lease = db.direct().await.expect("a connection");
        let written = comm_logs::insert_batch(lease.conn(), &lines).await.expect("ok");
        assert_eq!(written, 5002);
        let page = PageRequest { page: 1, size: 50 };
        let find = |filter: CommLogFilter| {
            let db = db.clone();
            async move {
                let mut lease = db.view().await.expect("a connection");
                comm_logs::list(lease.conn(), &filter, page).await.expect("ok")
            }
        };
        let records = find(CommLogFilter { kind: Some("record".to_owned()), ..CommLogFilter::default() }).await;
        assert_eq!((records.total, records.items[0].raw_hex.as_str()), (1, "FCFE00"));
        assert_eq!(records.items[0].msg_id, Some(0xffff_ffff));
        assert_eq!(records.items[0].phy_id, ours.map(phy));
        let stretch = find(CommLogFilter {
            phy_id: ours.map(phy),
            ip: Some("10.0.0.7".to_owned()),
            direction: Some("up".to_owned()),
            from: Some(later(10)),
            until: Some(later(20)),
            ..CommLogFilter::default()
        }).await;
        assert_eq!(stretch.total, 11);
        assert_eq!(stretch.items[0].kind, "record", "newest row first");
        let noise = find(CommLogFilter { kind: Some("noise".to_owned()), ..CommLogFilter::default() }).await;
        assert_eq!(noise.items[0].result.as_deref(), Some("checksum"));
        let latest = comm_logs::latest_noise(lease.conn(), "10.0.0.7").await.expect("ok");
        assert_eq!(latest, Some(noise.items[0].id));
        assert_eq!(comm_logs::latest_noise(lease.conn(), "10.0.0.8").await.expect("ok"), None);
    }
}

testkit::both_engines! {
    async fn days_have_tables_of_their_own_and_go_in_one_piece(db: &Db) {
        let ours = Some("82210225000520");
        let mut seen = Vec::new();
        for days in 0..3 {
            let at = later(days * 86_400);
            for _ in 0..2 {
                let mut tx = db.begin().await.expect("a transaction");
                comm_logs::rotate(&mut tx, Day::of(at), at).await.expect("rotated");
                tx.commit().await.expect("committed");
            }
            let mut lease = db.direct().await.expect("a connection");
            let lines = [line(at, "start", ours), line(at, "record", ours)];
            assert_eq!(comm_logs::insert_batch(lease.conn(), &lines).await.expect("ok"), 2);
            seen.push(at);
        }
        let all = CommLogFilter::default();
        let found = |page: u32| {
            let (db, all) = (db.clone(), all.clone());
            async move {
                let mut lease = db.view().await.expect("a connection");
                let request = PageRequest { page, size: 4 };
                comm_logs::list(lease.conn(), &all, request).await.expect("ok")
            }
        };
        let first = found(1).await;
        assert_eq!(first.total, 6);
        assert_eq!(first.items[0].at, seen[2], "newest first, over all days");
        assert_eq!(found(2).await.items[1].at, seen[0]);
        let ids: Vec<i64> = first.items.iter().map(|line| line.id).collect();
        assert!(ids.is_sorted_by(|newer, older| newer > older), "{ids:?}");
        let mut tx = db.begin().await.expect("a transaction");
        let gone = comm_logs::drop_before(&mut tx, Day::of(seen[2])).await.expect("dropped");
        tx.commit().await.expect("committed");
        // The lines from before there were days count as one.
        assert_eq!(gone, 3);
        assert_eq!(found(1).await.total, 2);
    }
}

testkit::both_engines! {
    async fn the_frame_of_a_command_is_found_again(db: &Db) {
        let ours = "82210225000520";
        let down = |second, msg_id, byte: u8| CommLogEntry {
            direction: "down",
            msg_id: Some(msg_id),
            raw: vec![0xfc, 0xff, byte].into(),
            ..line(later(second), "start", Some(ours))
        };
        let lines =
            [line(later(1), "start", Some(ours)), down(2, 7, 1), down(12, 7, 2), down(3, 8, 3)];
        let mut lease = db.direct().await.expect("a connection");
        comm_logs::insert_batch(lease.conn(), &lines).await.expect("ok");
        for (msg_id, from, until, expected) in [
            (7, 0, 60, Some("FCFF01")),
            (7, 3, 60, Some("FCFF02")),
            (7, 0, 2, None),
            (8, 0, 60, Some("FCFF03")),
            (9, 0, 60, None),
        ] {
            let (device, from, until) = (phy(ours), later(from), later(until));
            let frame = comm_logs::sent_frame(lease.conn(), &device, msg_id, from, until)
                .await
                .expect("ok");
            assert_eq!(frame.as_deref(), expected);
        }
    }
}
