//! `openpile admin`: help for somebody who has the machine but not the password.

use crate::config::{self, Config};
use crate::wiring;
use app::staff::{SUPER_USERNAME, reset_super_password};
use kernel::Clock as _;
use std::path::PathBuf;
use std::process::ExitCode;
use store::Db;

#[derive(Debug, clap::Subcommand)]
pub(super) enum Command {
    /// Gives the super administrator a random password and prints it
    ResetPassword {
        /// Configuration file; without it the defaults hold
        #[arg(long, value_name = "FILE")]
        config: Option<PathBuf>,
    },
}

impl Command {
    pub(super) fn run(self) -> ExitCode {
        let Self::ResetPassword { config } = self;
        let loaded = match config::load(config.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                eprintln!("error: {error}");
                return ExitCode::FAILURE;
            }
        };
        super::block_on(async {
            match reset(&loaded.config).await {
                Ok(password) => {
                    println!("user name: {SUPER_USERNAME}");
                    println!("password:  {password}");
                    println!("It is to be changed at the next login.");
                    ExitCode::SUCCESS
                }
                Err(failure) => {
                    eprintln!("error: {failure:#}");
                    ExitCode::FAILURE
                }
            }
        })
    }
}

async fn reset(config: &Config) -> anyhow::Result<String> {
    let db = Db::connect_with(&wiring::database(config)).await?;
    db.migrate().await?;
    let password = reset_super_password(&db, crate::clock::SystemClock.now()).await?;
    db.close().await;
    Ok(password)
}
