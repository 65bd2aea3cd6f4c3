//! `openpile demo`: the real server on its embedded database, a simulated fleet on real TCP, a
//! receiver that checks every webhook, and a tour.

mod desk;
mod fleet;
mod member;
mod phones;
mod prices;
mod receiver;
mod tour;

use crate::config::{self, Config};
use crate::logging;
use crate::server::Server;
use anyhow::Context as _;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Secret that signs the demo's webhooks.
const SECRET: &str = "your-secret-key";
/// Key of the demo's third party.
const API_KEY: &str = "test-api-key";
/// The password of the demo's super administrator, to be changed at the first login.
const PASSWORD: &str = "Openpile-demo-1";
/// Keys of the demo's operators: prices need two people.
const ADMIN_KEYS: [&str; 2] = ["test-admin-key", "test-second-admin-key"];

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
            match Box::pin(self.show()).await {
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
        let phones = phones::Phones::default();
        let server = Server::start_with(config, |outside| app::Outside {
            sms: Arc::new(phones.clone()),
            ..outside
        })
        .await?;
        let tcp = *server.tcp.first().context("no device listener")?;
        let fleets = fleet::launch(tcp, self.devices, self.speed).await?;
        let families = fleet::families();
        for pile in families.iter().filter(|device| device.needs_prices) {
            prices::give(server.http, ADMIN_KEYS, &pile.id).await?;
        }
        let tour = tour::Tour {
            http: server.http,
            api_key: API_KEY,
            admin_key: ADMIN_KEYS[0],
            password: PASSWORD,
            families,
            receiver,
            phones,
        };
        let outcome = if self.once {
            tour.walk().await
        } else {
            tour.print(tcp, fleets.iter().map(|fleet| fleet.devices().len()).sum());
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
                set("ADMIN__API_KEYS", ADMIN_KEYS.join(",")),
                set("ADMIN__INITIAL_PASSWORD", PASSWORD.into()),
                set("PAYMENTS__MOCK", "true".into()),
                set("WEBHOOK__ALLOW_NETWORKS", "127.0.0.0/8".into()),
                set("LOG__LEVEL", "warn".into()),
                set("LOG__FORMAT", "text".into()),
            ],
        )?;
        Ok(loaded.config)
    }
}
