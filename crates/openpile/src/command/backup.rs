//! `openpile backup` and `openpile restore`: copies of the embedded database.

use crate::config;
use crate::data_dir;
use crate::wiring;
use anyhow::{Context as _, bail};
use clap::Args;
use kernel::Clock as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;
use store::backup::{self, Checked};
use store::{Db, DbOptions};

/// Bytes of a mebibyte.
#[expect(clippy::cast_precision_loss, reason = "for print")]
fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / 1024.0 / 1024.0
}

/// Copies the embedded database, also while the server runs.
#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Configuration file of the server; without it the defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the copy goes
    #[arg(long, value_name = "FILE")]
    to: PathBuf,
    /// Replaces a file of that name
    #[arg(long)]
    force: bool,
}

impl Backup {
    pub(super) fn run(self) -> ExitCode {
        super::block_on(async { finished(self.back_up().await) })
    }

    async fn back_up(&self) -> anyhow::Result<String> {
        let loaded = config::load(self.config.as_deref())?;
        if loaded.config.database.url.is_some() {
            bail!("the database is a PostgreSQL server's: use pg_dump");
        }
        let begun = Instant::now();
        let options = DbOptions {
            read_only: true,
            ..wiring::database(&loaded.config)
        };
        let db = Db::connect_with(&options)
            .await
            .with_context(|| format!("cannot open {}", options.target))?;
        let copied = backup::write(&db, &self.to, self.force).await;
        db.close().await;
        let Checked { bytes, schema } = copied?;
        Ok(format!(
            "{}: {:.1} MiB, schema {schema}, sound, {:.1} s",
            self.to.display(),
            mebibytes(bytes),
            begun.elapsed().as_secs_f64()
        ))
    }
}

/// Puts a copy in the place of the embedded database; the server must not run.
#[derive(Debug, Args)]
pub(super) struct Restore {
    /// Configuration file of the server; without it the defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The copy
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
}

impl Restore {
    pub(super) fn run(self) -> ExitCode {
        super::block_on(async { finished(self.restore().await) })
    }

    async fn restore(&self) -> anyhow::Result<String> {
        let loaded = config::load(self.config.as_deref())?;
        if loaded.config.database.url.is_some() {
            bail!("the database is a PostgreSQL server's: use pg_restore");
        }
        let begun = Instant::now();
        let folder = &loaded.config.data_dir;
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot create {}", folder.display()))?;
        let _held = data_dir::hold(folder)?;
        let Checked { bytes, schema } = backup::check(&self.from).await?;
        let known = store::schema_versions().last().copied().unwrap_or(0);
        if schema > known {
            bail!(
                "{} has schema {schema}, this program knows schemas up to {known}: restore it \
                 with the newer program",
                self.from.display()
            );
        }
        let file = PathBuf::from(wiring::database(&loaded.config).target);
        let part = backup::beside(&file, "restoring");
        fs::copy(&self.from, &part)
            .with_context(|| format!("cannot copy to {}", part.display()))?;
        let aside = put_aside(&file)?;
        backup::settle(&part, &file)?;
        let kept = aside.map_or_else(
            || "there was none before".to_owned(),
            |aside| format!("the one before is {}", aside.display()),
        );
        Ok(format!(
            "{}: {:.1} MiB, schema {schema}, {:.1} s; {kept}",
            file.display(),
            mebibytes(bytes),
            begun.elapsed().as_secs_f64()
        ))
    }
}

/// Renames the present database and the files that belong to it; its new name.
fn put_aside(file: &Path) -> anyhow::Result<Option<PathBuf>> {
    if !file.exists() {
        return Ok(None);
    }
    let [year, month, day, hour, minute, second] = crate::clock::SystemClock.now().shanghai();
    let mark = format!("before-{year:04}{month:02}{day:02}-{hour:02}{minute:02}{second:02}");
    let aside = backup::beside(file, &mark);
    if aside.exists() {
        bail!("{} exists already: try again", aside.display());
    }
    // The log first: without it the file alone would lack its newest commits.
    for ending in ["-wal", "-shm", ""] {
        let from = with_ending(file, ending);
        if from.exists() {
            let to = with_ending(&aside, ending);
            fs::rename(&from, &to).with_context(|| format!("cannot rename {}", from.display()))?;
        }
    }
    Ok(Some(aside))
}

fn with_ending(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn finished(done: anyhow::Result<String>) -> ExitCode {
    match done {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure:#}");
            ExitCode::FAILURE
        }
    }
}
