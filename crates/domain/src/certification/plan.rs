use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How much a certification asks for. The defaults are what certification means; shorter ones
/// are for trying it out, and such a result certifies nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificationPlan {
    /// The port that it uses.
    pub port: u16,
    /// Seconds of the full charge, and of each cycle.
    pub charge_s: u32,
    /// Full charges.
    pub cycles: u32,
    /// Seconds without interruption.
    pub continuous_s: u64,
    /// Seconds of stability.
    pub stability_s: u64,
    /// Seconds that whoever stands at the device has for what is asked.
    pub patience_s: u64,
}

/// Why there is no such plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be {least} to {most}")]
pub struct PlanFault {
    /// Which of its fields.
    pub field: &'static str,
    /// The least that it takes.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl Default for CertificationPlan {
    fn default() -> Self {
        Self {
            port: 1,
            charge_s: 420,
            cycles: 100,
            continuous_s: 86_400,
            stability_s: 604_800,
            patience_s: 1800,
        }
    }
}

impl CertificationPlan {
    /// # Errors
    /// The first field that is out of its range.
    pub fn check(&self) -> Result<(), PlanFault> {
        let fields = [
            ("port_no", u64::from(self.port), 1, 500),
            ("charge_s", u64::from(self.charge_s), 60, 3600),
            ("cycles", u64::from(self.cycles), 1, 10_000),
            ("continuous_s", self.continuous_s, 60, 2_592_000),
            ("stability_s", self.stability_s, 60, 7_776_000),
            ("patience_s", self.patience_s, 60, 86_400),
        ];
        for (field, value, least, most) in fields {
            if !(least..=most).contains(&value) {
                return Err(PlanFault { field, least, most });
            }
        }
        Ok(())
    }

    /// Whether a result of it can certify: nothing is shorter than what certification means.
    pub fn is_full(&self) -> bool {
        let full = Self::default();
        self.charge_s >= full.charge_s
            && self.cycles >= full.cycles
            && self.continuous_s >= full.continuous_s
            && self.stability_s >= full.stability_s
    }

    /// How long a charge lasts.
    pub fn charge(&self) -> Duration {
        Duration::from_secs(u64::from(self.charge_s))
    }

    /// How long whoever stands at the device has.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s)
    }
}

#[cfg(test)]
mod tests {
    use super::CertificationPlan;

    #[test]
    fn a_shorter_plan_certifies_nothing() {
        let full = CertificationPlan::default();
        assert!(full.check().is_ok() && full.is_full());
        let short = CertificationPlan { cycles: 99, ..full };
        assert!(short.check().is_ok() && !short.is_full());
        let none = CertificationPlan { cycles: 0, ..full };
        let fault = none.check().expect_err("no cycle at all");
        assert_eq!((fault.field, fault.least), ("cycles", 1));
    }
}
