//! The throw-away database in which the past happens again.

use anyhow::Context as _;
use store::{Db, DbOptions, Durability};
use tempfile::TempDir;

/// A temporary embedded database; its folder goes with it.
pub(crate) struct Sandbox {
    pub(crate) db: Db,
    /// Open files of it vanish with the process.
    _folder: TempDir,
}

impl Sandbox {
    /// An empty one with the schema of this program.
    pub(crate) async fn new() -> anyhow::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("openpile-replay-")
            .tempdir()
            .context("cannot make a folder for temporary files")?;
        let db = Self::fill(&folder.path().join("sandbox.db")).await?;
        Ok(Self {
            db,
            _folder: folder,
        })
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
