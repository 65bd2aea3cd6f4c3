//! `openpile simulate`: simulated devices against a server.

use clap::Args;
use simulator::family::{FAMILIES, UnknownModel};
use simulator::fleet::{DEVICES_MAX, FIRST_ID, SOURCES_MAX};
use simulator::pile::Automatic;
use simulator::simulate::{Options, run};
use simulator::{Family, FleetSetup, Model};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

/// What to simulate. Lines on standard input act as the users: `plug 99000000000001 1`.
#[derive(Debug, Args)]
pub(super) struct Simulate {
    /// The server's device port
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7000")]
    target: SocketAddr,
    /// Allows a server that is not on this machine
    #[arg(long)]
    allow_remote: bool,
    /// How many devices
    #[arg(long, default_value_t = 10, value_parser = device_count)]
    devices: usize,
    /// Id of the first device; the others count on
    #[arg(long, value_name = "ID", default_value_t = FIRST_ID)]
    first_id: u64,
    /// Family of the devices
    #[arg(long, default_value = "bkv", help = family_help(), value_parser = family)]
    family: Family,
    /// What they speak; the family's usual unless told
    #[arg(long, help = dialect_help())]
    dialect: Option<String>,
    /// How they behave, in turn, separated by commas
    #[arg(long, value_delimiter = ',', default_value = "normal", help = profile_help())]
    profile: Vec<String>,
    /// Ports of each device
    #[arg(long, default_value_t = 2)]
    ports: u16,
    /// How many times faster than real time they live
    #[arg(long, default_value_t = 1)]
    speed: u32,
    /// Seed of everything that varies
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Users plug in by themselves when an order has come, and unplug when it has ended
    #[arg(long)]
    auto_plug: bool,
    /// Seconds of device time from the accepted order to the plug
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 1,
        requires = "auto_plug"
    )]
    plug_after: u64,
    /// Seconds between heartbeats, where the command set leaves them open; the family's unless
    /// told
    #[arg(long, value_name = "SECONDS")]
    heartbeat: Option<u64>,
    /// Local addresses to connect from, 127.0.0.1 and following; 0: as the system chooses
    #[arg(long, value_name = "COUNT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(..=i64::from(SOURCES_MAX)))]
    sources: u8,
    /// Seconds over which the devices are switched on; 0: all at once
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    ramp: u64,
    /// Seconds until the end; without it, until interrupted
    #[arg(long, value_name = "SECONDS")]
    duration: Option<u64>,
    /// Seconds between two reports; 0: none
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    report: u64,
}

fn family(text: &str) -> Result<Family, UnknownModel> {
    text.parse()
}

fn family_help() -> String {
    let names = FAMILIES.map(Family::name).join(", ");
    format!("Family of the devices: {names}")
}

fn dialect_help() -> String {
    let names = FAMILIES.map(|family| format!("{family}: {}", family.dialects().join(", ")));
    format!(
        "What they speak; the family's first unless told. {}",
        names.join("; ")
    )
}

fn profile_help() -> String {
    let names = FAMILIES.map(|family| format!("{family}: {}", family.profiles().join(", ")));
    format!(
        "How they behave, in turn, separated by commas. {}",
        names.join("; ")
    )
}

fn device_count(text: &str) -> Result<usize, String> {
    let count = text.parse::<usize>().ok();
    count
        .filter(|count| (1..=DEVICES_MAX).contains(count))
        .ok_or_else(|| format!("must be 1 to {DEVICES_MAX}"))
}

impl Simulate {
    pub(super) fn run(self) -> ExitCode {
        match self.simulate() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {error}");
                ExitCode::FAILURE
            }
        }
    }

    fn simulate(self) -> anyhow::Result<()> {
        let options = self.options()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()?;
        let result = runtime.block_on(async {
            let stop = async {
                // Without a signal handler the process ends at once, which is as good.
                let _ = tokio::signal::ctrl_c().await;
            };
            run(&options, tokio::io::stdin(), &mut std::io::stdout(), stop).await
        });
        // Standard input may never be read to its end; nothing waits for it.
        runtime.shutdown_background();
        result?;
        Ok(())
    }

    /// What the devices are, in turn.
    fn models(&self) -> Result<Vec<Model>, UnknownModel> {
        let dialect = self.dialect.as_deref();
        let models = self.profile.iter();
        models
            .map(|profile| self.family.model(dialect, profile))
            .collect()
    }

    fn options(self) -> Result<Options, UnknownModel> {
        let models = self.models()?;
        let automatic = Automatic {
            plug_after: Duration::from_secs(self.plug_after),
            ..Automatic::default()
        };
        Ok(Options {
            target: self.target,
            allow_remote: self.allow_remote,
            fleet: FleetSetup {
                devices: self.devices,
                first_id: self.first_id,
                models,
                ports: self.ports,
                speed: self.speed,
                seed: self.seed,
                automatic: self.auto_plug.then_some(automatic),
                heartbeat: self.heartbeat.map(Duration::from_secs),
                sources: self.sources,
                ramp: Duration::from_secs(self.ramp),
                ..FleetSetup::default()
            },
            duration: self.duration.map(Duration::from_secs),
            report_every: (self.report > 0).then(|| Duration::from_secs(self.report)),
        })
    }
}
