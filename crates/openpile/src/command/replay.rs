//! `openpile replay`: what devices sent in the past, through the decoder and the rules of today.
//!
//! The real database is opened for reading only. What happens, happens in a copy of the device in
//! a temporary embedded database, on a clock that follows the log; no socket is opened.

pub(super) mod bench;
mod differences;
pub(super) mod finding;
mod line;
mod outcome;
mod past;
mod period;
mod print;
pub(super) mod sandbox;

use crate::config;
use crate::wiring;
use anyhow::{Context as _, bail};
use clap::Args;
use finding::Finding;
use kernel::{PhyId, Timestamp};
use line::Line;
use past::Past;
use std::path::PathBuf;
use std::process::ExitCode;
use store::{Db, DbOptions};

/// Devices of one call.
const DEVICES_MAX: usize = 100;

#[derive(Debug, Args)]
#[command(after_help = "\
Times are Beijing time (2026-01-31T08:00:00, 2026-01-31) or Unix seconds.

Examples:
  openpile replay --config production.yaml --device 82210225000520 \\
      --from 2026-01-31T08:00 --to 2026-01-31T10:00
  openpile replay --capture capture.txt --json

Exit status: 0 if everything happened again as it is stored, 1 if something differs, 2 if it could
not be tried.")]
pub(super) struct Replay {
    /// Configuration file of the server whose log is read; without it the defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The device; may be given several times
    #[arg(long = "device", value_name = "ID")]
    devices: Vec<String>,
    /// Beginning of the period
    #[arg(long, value_name = "TIME", value_parser = period::instant)]
    from: Option<Timestamp>,
    /// End of the period, which is not part of it
    #[arg(long, value_name = "TIME", value_parser = period::instant)]
    to: Option<Timestamp>,
    /// Frames of a file as `openpile decode` reads it, a second apart, instead of the log's
    #[arg(long, value_name = "FILE")]
    capture: Option<PathBuf>,
    /// Only decodes: no orders, no replies
    #[arg(long)]
    no_state: bool,
    /// Prints one JSON object instead of lines
    #[arg(long)]
    json: bool,
}

impl Replay {
    pub(super) fn run(self) -> ExitCode {
        super::block_on(async {
            let json = self.json;
            match Box::pin(self.replay()).await {
                Ok(found) => {
                    print::all(&found, json);
                    if found.iter().all(|finding| finding.differences.is_empty()) {
                        ExitCode::SUCCESS
                    } else {
                        ExitCode::FAILURE
                    }
                }
                Err(failure) => {
                    eprintln!("error: {failure:#}");
                    ExitCode::from(2)
                }
            }
        })
    }

    async fn replay(self) -> anyhow::Result<Vec<Finding>> {
        if self.devices.len() > DEVICES_MAX {
            bail!("--device: at most {DEVICES_MAX} at once");
        }
        let mut devices = Vec::new();
        for text in &self.devices {
            let device: PhyId = text
                .parse()
                .with_context(|| format!("--device: {text:?} is no device id"))?;
            if !devices.contains(&device) {
                devices.push(device);
            }
        }
        if let Some(file) = &self.capture {
            let bytes = line::read_capture(file)?;
            return Ok(vec![Box::pin(self.of_capture(devices, &bytes)).await?]);
        }
        let (Some(from), Some(until)) = (self.from, self.to) else {
            bail!("--from and --to are needed");
        };
        if from >= until {
            bail!("the period is empty: --to must be after --from");
        }
        if devices.is_empty() {
            bail!("--device is needed");
        }
        let loaded = config::load(self.config.as_deref())?;
        let db = open(&wiring::database(&loaded.config)).await?;
        let mut findings = Vec::new();
        for device in devices {
            let past = Past::read(&db, &device, from, until)
                .await
                .with_context(|| format!("device {device}"))?;
            let found = if self.no_state {
                finding::decoded_only(&past)
            } else {
                let replayed = Box::pin(outcome::of(&loaded.config, Some(&db), &past));
                replayed.await.with_context(|| format!("device {device}"))?
            };
            findings.push(found);
        }
        db.close().await;
        Ok(findings)
    }

    /// Frames of a file. With a configuration the device is copied from its database; without one
    /// it is a stranger that is taken in.
    async fn of_capture(&self, devices: Vec<PhyId>, bytes: &[u8]) -> anyhow::Result<Finding> {
        let from = self.from.unwrap_or(period::CAPTURE_BEGINS);
        let lines = line::of_capture(bytes, from)?;
        let device = match devices.as_slice() {
            [] => line::named_device(&lines),
            [device] => Some(device.clone()),
            _ => bail!("--device: one at most with --capture"),
        };
        let device =
            device.context("no frame of the capture names a device: --device is needed")?;
        let loaded = config::load(self.config.as_deref())?;
        let mut past = Past::of_lines(device.clone(), lines);
        if self.no_state {
            return Ok(finding::decoded_only(&past));
        }
        if self.config.is_none() {
            return Box::pin(outcome::of(&loaded.config, None, &past)).await;
        }
        let db = open(&wiring::database(&loaded.config)).await?;
        past.row = Some(past::find(&db, &device).await?);
        let found = Box::pin(outcome::of(&loaded.config, Some(&db), &past)).await?;
        db.close().await;
        Ok(found)
    }
}

/// Opens a database to look at. It must have the schema of this program, because the copy has.
async fn open(options: &DbOptions) -> anyhow::Result<Db> {
    let options = DbOptions {
        read_only: true,
        ..options.clone()
    };
    let db = Db::connect_with(&options).await.context("database")?;
    let found = db.schema_version().await.context("database schema")?;
    let known = store::schema_versions().last().copied();
    if found != known {
        bail!(
            "the database has schema {}, this program needs {}: start the server once to bring it \
             up to date",
            found.unwrap_or(0),
            known.unwrap_or(0)
        );
    }
    Ok(db)
}
