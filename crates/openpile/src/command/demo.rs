//! `openpile demo`: the real server on its embedded database, a simulated fleet on real TCP, a
//! receiver that checks every webhook, and a tour.

mod receiver;
mod tour;

use crate::config::{self, Config};
use crate::logging;
use crate::server::Server;
use anyhow::Context as _;
use clap::Args;
use simulator::pile::{Automatic, Dialect, Profile};
use simulator::{Fleet, FleetSetup, Model, Target};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Secret that signs the demo's webhooks.
const SECRET: &str = "your-secret-key";
/// Key of the demo's third party.
const API_KEY: &str = "test-api-key";
/// Key of the demo's operator.
const ADMIN_KEY: &str = "test-admin-key";
/// The two gateways that speak v8.6.
const V86_FIRST: u64 = 82_210_225_000_520;
const V86_SECOND: u64 = 82_241_218_000_382;
/// The first of the networked gateways.
const NETWORKED_FIRST: u64 = 82_250_101_000_001;
/// How long the fleet may take to come up.
const FLEET_UP: Duration = Duration::from_secs(20);

#[derive(Debug, Args)]
pub(super) struct Demo {
    /// How many networked gateways there are beside the two of dialect v8.6
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    devices: u16,
    /// How many times faster than real time the devices live
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=3600))]
    speed: u32,
    /// Where calls are taken
    #[arg(long, default_value = "127.0.0.1:7055")]
    http: SocketAddr,
    /// Where devices are taken
    #[arg(long, default_value = "127.0.0.1:7000")]
    tcp: SocketAddr,
    /// Where the demo's own webhook receiver listens
    #[arg(long, default_value = "127.0.0.1:8888")]
    receiver: SocketAddr,
    /// Where the embedded database lives
    #[arg(long, default_value = "./data/demo")]
    data: PathBuf,
    /// Walks through the tour by itself and ends; fails when anything is not as it should be
    #[arg(long)]
    once: bool,
}

impl Demo {
    pub(super) fn run(self) -> ExitCode {
        super::block_on(async move {
            match self.show().await {
                Ok(()) => ExitCode::SUCCESS,
                Err(failure) => {
                    eprintln!("demo: {failure:#}");
                    ExitCode::FAILURE
                }
            }
        })
    }

    async fn show(self) -> anyhow::Result<()> {
        let receiver = receiver::listen(self.receiver, SECRET)
            .await
            .with_context(|| format!("cannot listen on {} for webhooks", self.receiver))?;
        let config = self.config(receiver.address())?;
        logging::init(&config.log).context("logging")?;
        let server = Server::start(config).await?;
        let tcp = *server.tcp.first().context("no device listener")?;
        let fleets = self.fleets(tcp).await?;
        let tour = tour::Tour {
            http: server.http,
            api_key: API_KEY,
            admin_key: ADMIN_KEY,
            device: V86_FIRST.to_string(),
            receiver,
        };
        let outcome = if self.once {
            tour.walk().await
        } else {
            tour.print(tcp, usize::from(self.devices) + 2);
            super::serve::until_told_to_stop().await;
            Ok(())
        };
        for fleet in fleets {
            fleet.shutdown().await;
        }
        server.stop().await;
        outcome
    }

    fn config(&self, receiver: SocketAddr) -> anyhow::Result<Config> {
        let set = |key: &str, value: String| (format!("OPENPILE__{key}").into(), value.into());
        let loaded = config::load_with(
            None,
            [
                set("DATA_DIR", self.data.display().to_string()),
                set("HTTP__LISTEN", self.http.to_string()),
                set("TCP__LISTEN", self.tcp.to_string()),
                set("DEVICES__AUTO_ENROL", "true".into()),
                set(
                    "THIRD_PARTY__WEBHOOK_URL",
                    format!("http://{receiver}/webhook"),
                ),
                set("THIRD_PARTY__WEBHOOK_SECRET", SECRET.into()),
                set(
                    "THIRD_PARTY__API_KEYS",
                    format!("{API_KEY},test-api-key-12345"),
                ),
                set("ADMIN__API_KEYS", ADMIN_KEY.into()),
                set("WEBHOOK__ALLOW_NETWORKS", "127.0.0.0/8".into()),
                set("LOG__LEVEL", "warn".into()),
                set("LOG__FORMAT", "text".into()),
            ],
        )?;
        Ok(loaded.config)
    }

    async fn fleets(&self, tcp: SocketAddr) -> anyhow::Result<Vec<Fleet>> {
        let target = Target::loopback(tcp)?;
        let v86 = FleetSetup {
            devices: 1,
            models: vec![Model::Bkv(Dialect::V86, Profile::Normal)],
            ports: 4,
            speed: self.speed,
            automatic: Some(Automatic::default()),
            ..FleetSetup::default()
        };
        let networked = FleetSetup {
            devices: usize::from(self.devices),
            first_id: NETWORKED_FIRST,
            models: [Profile::Normal, Profile::Normal, Profile::SlowRadio]
                .map(|profile| Model::Bkv(Dialect::Networked, profile))
                .to_vec(),
            ports: 4,
            ..v86.clone()
        };
        let setups = [
            FleetSetup {
                first_id: V86_FIRST,
                ..v86.clone()
            },
            FleetSetup {
                first_id: V86_SECOND,
                ..v86
            },
            networked,
        ];
        let mut fleets = Vec::with_capacity(setups.len());
        for setup in setups {
            let fleet = Fleet::launch(&setup, target)?;
            let expected = u64::try_from(setup.devices).unwrap_or(u64::MAX);
            anyhow::ensure!(
                fleet.wait_online(expected, FLEET_UP).await,
                "the simulated devices do not reach {tcp}"
            );
            fleets.push(fleet);
        }
        Ok(fleets)
    }
}
