//! A disk that is full, with a real file system: nothing panics, starts are refused, charges go on,
//! and what was to be written arrives when there is room again.

use crate::scene::{DEVICE, Scene, end, id, settings};
use app::AppError;
use device::ChargeKey;
use domain::order::OrderStatus;
use kernel::Fen;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use store::{Db, DbOptions};

/// A file system of its own in memory, so small that it can be filled.
struct Small(PathBuf);

impl Small {
    /// None where nobody may mount one: only root may.
    fn mount(megabytes: u32) -> Option<Self> {
        let folder = std::env::temp_dir().join(format!("openpile-small-{}", std::process::id()));
        fs::create_dir_all(&folder).ok()?;
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &size, "openpile-test"])
            .arg(&folder)
            .status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        let _ = fs::remove_dir(&folder);
        None
    }

    /// Writes until nothing fits any more.
    fn fill(&self) -> PathBuf {
        let filler = self.0.join("filler");
        let mut file = fs::File::create(&filler).expect("a file");
        for size in [1 << 20, 4096, 512] {
            let block = vec![0_u8; size];
            while file.write_all(&block).is_ok() {}
        }
        filler
    }

    fn file(&self) -> String {
        let path: &Path = &self.0;
        path.join("openpile.db").display().to_string()
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
        let _ = fs::remove_dir(&self.0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_refuses_starts_and_loses_nothing() {
    let Some(small) = Small::mount(48) else {
        println!("not run: only root may mount a file system to be filled");
        return;
    };
    let options = DbOptions {
        acquire_timeout: Duration::from_millis(1500),
        ..DbOptions::new(small.file())
    };
    let db = Db::connect_with(&options).await.expect("a database");
    db.migrate().await.expect("a schema");
    let logged = app::Settings {
        comm_log: true,
        ..settings()
    };
    let scene = Scene::with(&db, logged).await;
    let mut pile = scene.connect(DEVICE).await;
    let order = scene.start(1).await.expect("accepted").order;
    pile.begins(&order).await;
    pile.progresses(order.order_no, 1, 30, 5).await;
    scene.app.flush().await;

    let filler = small.fill();
    // What is left of the last pages and of the journal takes some facts; then there is no room.
    let mut refused = None;
    for number in 0..20_000 {
        let new = app::NewDevice {
            phy_id: Some(id(&format!("9{number:013}"))),
            port_count: Some(4),
            ..app::NewDevice::default()
        };
        if let Err(error) = scene.app.create_device("test", new).await {
            refused = Some(error);
            break;
        }
    }
    assert!(
        matches!(refused, Some(AppError::Unavailable)),
        "{refused:?}"
    );
    assert!(
        matches!(scene.start(3).await, Err(AppError::Unavailable)),
        "and not a panic"
    );
    // The charge goes on in memory: reports are taken without the database.
    pile.progresses(order.order_no, 1, 45, 7).await;
    scene.app.flush().await;
    let memory = scene
        .app
        .orders()
        .peek(order.order_no)
        .await
        .expect("alive");
    assert_eq!(
        (memory.duration_s, memory.status),
        (45, OrderStatus::Charging)
    );

    let ending = pile.ends(end(ChargeKey::Order(order.order_no), 1, 3600, 523));
    let making_room = async {
        tokio::time::sleep(Duration::from_millis(700)).await;
        let before = scene.order(order.order_no).await;
        assert_eq!(
            before.status,
            OrderStatus::Charging,
            "nobody was told that it is settled"
        );
        fs::remove_file(&filler).expect("room");
    };
    let (answer, ()) = tokio::join!(ending, making_room);
    assert_eq!(answer, Some(device::Answer::Stored));
    let done = scene.order(order.order_no).await;
    assert_eq!(
        (done.status, done.final_amount),
        (OrderStatus::Completed, Some(Fen(785)))
    );
    scene.app.flush().await;
    assert!(scene.start(3).await.is_ok(), "there is room");
    db.close().await;
}
