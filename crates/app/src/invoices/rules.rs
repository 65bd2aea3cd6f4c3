use domain::fault::FieldFault;
use domain::invoice::{InvoiceItem, InvoiceKind, LineLayout, Seller};
use kernel::BasisPoints;

/// What an operator has configured about invoices.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
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
            .map_err(|fault| fault.within("platform"))
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
