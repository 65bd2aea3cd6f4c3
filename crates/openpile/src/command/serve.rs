//! `openpile serve`: the server, until it is told to stop.

use crate::config;
use crate::logging;
use crate::server::Server;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Configuration file; without it the defaults hold
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Serve {
    pub(super) fn run(self) -> ExitCode {
        let loaded = match config::load(self.config.as_deref()) {
            Ok(loaded) => loaded,
            Err(error) => {
                eprintln!("{error}");
                return ExitCode::FAILURE;
            }
        };
        let exporting = match logging::init_exporting(&loaded.config.log, &loaded.config.otel) {
            Ok(exporting) => exporting,
            Err(error) => {
                eprintln!("{error:#}");
                return ExitCode::FAILURE;
            }
        };
        for text in &loaded.warnings {
            warn!("{text}");
        }
        let ended = super::block_on(async {
            let server = match Server::start(loaded.config).await {
                Ok(server) => server,
                Err(failure) => {
                    error!(error = format!("{failure:#}"), "cannot start");
                    return ExitCode::FAILURE;
                }
            };
            tokio::select! {
                () = until_told_to_stop() => {}
                () = renew_when_told(&server) => {}
            }
            server.stop().await;
            ExitCode::SUCCESS
        });
        exporting.finish();
        ended
    }
}

/// SIGHUP has certificates read anew. Without certificates it changes nothing: a service manager
/// that reloads everything it runs must not end the program.
async fn renew_when_told(server: &Server) {
    let Ok(mut hangup) = signal(SignalKind::hangup()) else {
        return std::future::pending().await;
    };
    while hangup.recv().await.is_some() {
        info!("told to read certificates anew");
        server.renew_certificates();
    }
    std::future::pending::<()>().await;
}

/// Waits for SIGTERM or SIGINT.
pub(super) async fn until_told_to_stop() {
    match (
        signal(SignalKind::terminate()),
        signal(SignalKind::interrupt()),
    ) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without signals only a kill ends the program, which loses nothing.
        _ => std::future::pending().await,
    }
}
