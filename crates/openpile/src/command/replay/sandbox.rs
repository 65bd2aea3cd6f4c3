//! The throw-away database in which the past happens again.

use anyhow::Context as _;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use store::{Db, DbOptions, Durability};

/// A temporary embedded database; its folder goes with it.
pub(crate) struct Sandbox {
    pub(crate) db: Db,
    folder: PathBuf,
}

impl Sandbox {
    /// An empty one with the schema of this program.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("openpile-replay-{}-{count}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let made = Self::fill(&folder.join("sandbox.db")).await;
        match made {
            Ok(db) => Ok(Self { db, folder }),
            Err(error) => {
                // What could not be filled is of no use.
                let _ = std::fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    async fn fill(file: &std::path::Path) -> anyhow::Result<Db> {
        let options = DbOptions {
            durability: Durability::Relaxed,
            ..DbOptions::new(file.display().to_string())
        };
        let db = Db::connect_with(&options).await.context("sandbox")?;
        db.migrate().await.context("sandbox")?;
        Ok(db)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Open files of it vanish with the process.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
