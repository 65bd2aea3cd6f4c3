//! `openpile ledger`: whether the books are right.

use crate::config::{self, Config};
use crate::wiring;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;
use store::Db;
use store::ledger::{Report, verify};

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Checks every rule over all journals; ends with 1 when one is broken
    Verify {
        /// Configuration file; without it the defaults hold
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

impl Command {
    pub(super) fn run(self) -> ExitCode {
        let Self::Verify { config } = self;
        let loaded = match config::load(config.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        };
        super::block_on(async {
            let begun = Instant::now();
            match look(&loaded.config).await {
                Ok(report) => {
                    print(&report, begun);
                    if report.is_clean() {
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
}

async fn look(config: &Config) -> anyhow::Result<Report> {
    let db = Db::connect_with(&wiring::database(config)).await?;
    let mut view = db.view().await?;
    let report = verify(view.conn()).await?;
    drop(view);
    db.close().await;
    Ok(report)
}

fn print(report: &Report, begun: Instant) {
    println!(
        "{} journals, {} lines, {} accounts, looked at in {:.1} s",
        report.journals,
        report.lines,
        report.accounts,
        begun.elapsed().as_secs_f64()
    );
    for rule in &report.rules {
        let broken: Vec<_> = report
            .findings
            .iter()
            .filter(|finding| finding.rule == *rule)
            .collect();
        if broken.is_empty() {
            println!("ok      {rule}");
            continue;
        }
        println!("BROKEN  {rule}");
        for finding in broken {
            println!(
                "        {}: {} expected, {} found",
                finding.object,
                finding.expected.yuan(),
                finding.found.yuan()
            );
        }
    }
}
