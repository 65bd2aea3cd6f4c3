//! How much is asked for, on the command line.

use anyhow::bail;
use clap::Args;
use domain::certification::CertificationPlan;

/// What is left out is as certification demands.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// The port that is used
    #[arg(long, value_name = "NUMBER")]
    port: Option<u16>,
    /// Seconds of a charge
    #[arg(long, value_name = "SECONDS")]
    charge_s: Option<u32>,
    /// Full charges
    #[arg(long, value_name = "COUNT")]
    cycles: Option<u32>,
    /// Seconds without an interruption
    #[arg(long, value_name = "SECONDS")]
    continuous_s: Option<u64>,
    /// Seconds without a failed charge
    #[arg(long, value_name = "SECONDS")]
    stability_s: Option<u64>,
    /// Seconds that whoever stands at the device has for what is asked
    #[arg(long, value_name = "SECONDS")]
    patience_s: Option<u64>,
}

impl PlanArgs {
    /// The plan; anything shorter than certification demands certifies nothing.
    pub(super) fn read(&self) -> anyhow::Result<CertificationPlan> {
        let full = CertificationPlan::default();
        let plan = CertificationPlan {
            port: self.port.unwrap_or(full.port),
            charge_s: self.charge_s.unwrap_or(full.charge_s),
            cycles: self.cycles.unwrap_or(full.cycles),
            continuous_s: self.continuous_s.unwrap_or(full.continuous_s),
            stability_s: self.stability_s.unwrap_or(full.stability_s),
            patience_s: self.patience_s.unwrap_or(full.patience_s),
        };
        if let Err(fault) = plan.check() {
            bail!("{} {fault}", fault.field);
        }
        Ok(plan)
    }
}
