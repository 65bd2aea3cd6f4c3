use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use domain::invoice::{InvoiceItem, InvoiceKind, LineLayout, Seller};
use kernel::BasisPoints;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Conn, settings};
use tracing::warn;

/// The row of `sys_config`.
const KEY: &str = "invoices";
/// Longest name of who draws invoices up, in characters.
const DRAWER_MAX: usize = 20;

/// What an operator has decided about invoices: in the console, or else in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvoiceRules {
    /// The lines, their tax codes and rates. Ask the tax authority: the defaults are what is
    /// common.
    pub layout: LineLayout,
    /// The platform as a seller; merchants are taken from their organisations.
    pub platform: Seller,
    /// Who draws invoices up.
    pub drawer: String,
    /// Which ones a person looks at before.
    pub review: Review,
}

/// Which invoices wait for a person of the seller before they are issued.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// None.
    None,
    /// Those whose tax the buyer may deduct.
    #[default]
    Special,
    /// All.
    All,
}

impl Review {
    /// Whether an invoice of that kind waits.
    pub const fn holds(self, kind: InvoiceKind) -> bool {
        match self {
            Self::None => false,
            Self::Special => matches!(kind, InvoiceKind::Special),
            Self::All => true,
        }
    }
}

impl Default for InvoiceRules {
    /// Electricity at 13 %, service at 6 %; nobody can issue before the platform has a tax number.
    fn default() -> Self {
        let item = |name: &str, tax_code: &str, rate| InvoiceItem {
            name: name.to_owned(),
            tax_code: tax_code.to_owned(),
            rate_bp: BasisPoints(rate),
        };
        Self {
            layout: LineLayout::Two {
                elec: item("*供电*充电电费", "1100101020000000000", 1300),
                service: item("*现代服务*充电服务费", "3040800000000000000", 600),
            },
            platform: Seller::default(),
            drawer: "系统".to_owned(),
            review: Review::default(),
        }
    }
}

impl InvoiceRules {
    /// Checks them before they are used.
    ///
    /// # Errors
    /// The first value that cannot stand.
    pub fn check(&self) -> Result<(), FieldFault> {
        self.layout
            .check()
            .map_err(|fault| fault.within("layout"))?;
        self.platform
            .check()
            .map_err(|fault| fault.within("platform"))?;
        if (1..=DRAWER_MAX).contains(&self.drawer.trim().chars().count()) {
            Ok(())
        } else {
            let problem = format!("must have 1 to {DRAWER_MAX} characters");
            Err(FieldFault::at("drawer", problem))
        }
    }
}

impl App {
    /// What has been decided about invoices.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn invoice_rules(&self) -> Result<InvoiceRules, AppError> {
        let mut view = self.db.view().await?;
        self.invoice_rules_in(view.conn()).await
    }

    pub(super) async fn invoice_rules_in(&self, conn: Conn<'_>) -> Result<InvoiceRules, AppError> {
        Ok(self.understood(settings::get(conn, KEY).await?))
    }

    /// Decides about invoices that are asked for from now on.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for the first value that cannot stand.
    pub async fn set_invoice_rules(
        &self,
        actor: &Actor,
        new: &InvoiceRules,
    ) -> Result<(), AppError> {
        new.check()?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let before = json!(self.invoice_rules_in(tx.conn()).await?);
        let after = json!(new);
        settings::put(tx.conn(), KEY, &after, &actor.name, now).await?;
        let action = "finance.invoice.edit";
        let object = format!("setting:{KEY}");
        self.audit_in(&mut tx, actor, action, &object, Some(before), Some(after))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    fn understood(&self, stored: Option<Value>) -> InvoiceRules {
        let Some(value) = stored else {
            return self.settings.invoices.clone();
        };
        serde_json::from_value(value).unwrap_or_else(|error| {
            warn!(%error, "the rules of invoices cannot be read");
            self.settings.invoices.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{InvoiceRules, Review};
    use domain::invoice::InvoiceKind::{General, Special};

    #[test]
    fn the_defaults_are_legal() {
        assert_eq!(InvoiceRules::default().check(), Ok(()));
    }

    #[test]
    fn who_deducts_is_looked_at() {
        assert!(Review::Special.holds(Special) && !Review::Special.holds(General));
        assert!(Review::All.holds(General) && !Review::None.holds(Special));
    }
}
