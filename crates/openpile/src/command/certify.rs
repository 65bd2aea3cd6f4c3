//! `openpile certify`: the whole certification of a device.

mod plan;
mod remote;
mod simulated;
mod told;

use clap::Args;
use plan::PlanArgs;
use simulator::Family;
use simulator::family::{FAMILIES, UnknownModel};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  openpile certify --simulate --family bkv --report report.html
  openpile certify --simulate --family ap3000 --profile no_end_report --cycles 1
  openpile certify --server http://127.0.0.1:7055 --key $ADMIN --device 82210225000520

A certification of a running server goes on there when this ends; asked for again, it is found.

Exit status: 0 if every device passed, 1 if one did not, 2 if it could not be tried.")]
pub(super) struct Certify {
    /// Simulated devices, in a time of their own
    #[arg(long, conflicts_with_all = ["server", "key", "device"])]
    simulate: bool,
    /// Family of the simulated device; all of them unless told
    #[arg(long, value_parser = family, requires = "simulate")]
    family: Option<Family>,
    /// What it speaks; the family's usual unless told
    #[arg(long, requires = "family")]
    dialect: Option<String>,
    /// How they behave; the checks that a defect fails are named
    #[arg(long, default_value = "normal", requires = "simulate")]
    profile: String,
    /// Address of the server's API
    #[arg(long, value_name = "URL", required_unless_present = "simulate")]
    server: Option<String>,
    /// A key of its administration
    #[arg(
        long,
        value_name = "KEY",
        env = "OPENPILE_ADMIN_KEY",
        hide_env_values = true
    )]
    key: Option<String>,
    /// The device
    #[arg(long, value_name = "ID", required_unless_present = "simulate")]
    device: Option<String>,
    #[command(flatten)]
    plan: PlanArgs,
    /// Where the report goes, .json for programs, otherwise HTML; with several devices the family's
    /// name is put before the ending
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn family(text: &str) -> Result<Family, UnknownModel> {
    text.parse()
}

impl Certify {
    pub(super) fn run(self) -> ExitCode {
        super::block_on(async {
            match Box::pin(self.certify()).await {
                Ok(true) => ExitCode::SUCCESS,
                Ok(false) => ExitCode::FAILURE,
                Err(failure) => {
                    eprintln!("error: {failure:#}");
                    ExitCode::from(2)
                }
            }
        })
    }

    async fn certify(self) -> anyhow::Result<bool> {
        let plan = self.plan.read()?;
        if let (Some(server), Some(device)) = (&self.server, &self.device) {
            let key = self.key.as_deref().unwrap_or_default();
            let wish = remote::Wish {
                server,
                key,
                device,
                plan,
            };
            return remote::certify(&wish, self.report.as_deref()).await;
        }
        let families = self
            .family
            .map_or_else(|| FAMILIES.to_vec(), |one| vec![one]);
        let many = families.len() > 1;
        let mut all_passed = true;
        for family in families {
            let model = family.model(self.dialect.as_deref(), &self.profile)?;
            let done = Box::pin(simulated::certify(family, model, plan)).await?;
            told::checks(&done.view);
            all_passed &= done.view.row.passed == Some(true);
            if let Some(file) = &self.report {
                let file = told::file_for(file, many.then(|| family.name()));
                let text = if told::is_for_programs(&file) {
                    api::certification_json(done.view, done.evidence).to_string()
                } else {
                    app::certificate_page(&done.view, &done.evidence)
                };
                told::write(&file, &text)?;
                println!("{}", file.display());
            }
        }
        Ok(all_passed)
    }
}
