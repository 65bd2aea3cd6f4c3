//! Copies of the embedded database, made while it is in use.

use crate::db::Scalar;
use crate::{Db, DbOptions, StoreError};
use sqlx::AssertSqlSafe;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Findings of a check that are told.
const FINDINGS_MAX: usize = 5;
/// A check reads everything; nothing else is waited for so long.
const CHECK_PATIENCE: Duration = Duration::from_mins(1);

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum BackupFault {
    /// It would replace a file.
    #[error("{0} exists already")]
    Exists(PathBuf),
    /// A server's database is copied with the server's own tools.
    #[error("the database is a PostgreSQL server's: use pg_dump")]
    Server,
    /// The file is no sound database of this program.
    #[error("{file} is not sound: {problem}")]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The file system refused.
    #[error("{file}: {cause}")]
    File {
        /// Which file.
        file: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// The database refused.
    #[error("{}", .0.cause())]
    Store(#[from] StoreError),
}

/// A copy that has been checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checked {
    /// Its size.
    pub bytes: u64,
    /// The newest schema file that it has had.
    pub schema: i64,
}

/// Copies the database into a file: as it is at one instant, checked, on the disk, and then under
/// its name. Writers go on meanwhile. A file of that name is replaced only if `replace`.
///
/// # Errors
/// See [`BackupFault`]; what is not a whole copy leaves no file behind.
pub async fn write(db: &Db, file: &Path, replace: bool) -> Result<Checked, BackupFault> {
    if db.is_postgres() {
        return Err(BackupFault::Server);
    }
    if !replace && file.exists() {
        return Err(BackupFault::Exists(file.to_owned()));
    }
    let part = beside(file, "part");
    remove(&part)?;
    let written = async {
        copy_into(db, &part).await?;
        let checked = check(&part).await?;
        settle(&part, file)?;
        Ok(checked)
    };
    let written = written.await;
    if written.is_err() {
        remove(&part)?;
    }
    written
}

async fn copy_into(db: &Db, part: &Path) -> Result<(), BackupFault> {
    let mut view = db.view().await?;
    let name = part.display().to_string().replace('\'', "''");
    let sql = format!("vacuum into '{name}'");
    view.conn().execute(AssertSqlSafe(sql), &[]).await?;
    Ok(())
}

/// Reads a database file whole and finds whether it is sound.
///
/// # Errors
/// [`BackupFault::Damaged`] when it is not, or is no database of this program.
pub async fn check(file: &Path) -> Result<Checked, BackupFault> {
    let damaged = |problem: String| BackupFault::Damaged {
        file: file.to_owned(),
        problem,
    };
    let bytes = fs::metadata(file).map_err(|cause| BackupFault::File {
        file: file.to_owned(),
        cause,
    })?;
    let options = DbOptions {
        read_only: true,
        acquire_timeout: CHECK_PATIENCE,
        ..DbOptions::new(file.display().to_string())
    };
    let looked = async {
        let db = Db::connect_with(&options).await?;
        let mut view = db.view().await?;
        let rows: Vec<Scalar<String>> = view
            .conn()
            .all(
                "select integrity_check as value from pragma_integrity_check limit 5",
                &[],
            )
            .await?;
        drop(view);
        let schema = db.schema_version().await?;
        db.close().await;
        Ok::<_, StoreError>((rows, schema))
    };
    let (rows, schema) = looked.await.map_err(|error| damaged(error.cause()))?;
    let said: Vec<String> = rows
        .into_iter()
        .map(|Scalar(text)| text)
        .filter(|text| text != "ok")
        .take(FINDINGS_MAX)
        .collect();
    if !said.is_empty() {
        return Err(damaged(said.join("; ")));
    }
    let schema = schema.ok_or_else(|| damaged("it has no schema of this program".to_owned()))?;
    Ok(Checked {
        bytes: bytes.len(),
        schema,
    })
}

/// Puts a file under its name once all of it is on the disk.
///
/// # Errors
/// Of the file system.
pub fn settle(part: &Path, file: &Path) -> Result<(), BackupFault> {
    let fault = |cause| BackupFault::File {
        file: file.to_owned(),
        cause,
    };
    let synced = File::open(part).and_then(|open| open.sync_all());
    synced.map_err(fault)?;
    fs::rename(part, file).map_err(fault)?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder)
        .and_then(|open| open.sync_all())
        .map_err(fault)
}

/// The same name with an ending more.
pub fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

fn remove(file: &Path) -> Result<(), BackupFault> {
    match fs::remove_file(file) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(BackupFault::File {
            file: file.to_owned(),
            cause,
        }),
        _ => Ok(()),
    }
}
