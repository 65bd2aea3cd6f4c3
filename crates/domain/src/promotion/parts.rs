use crate::allocation::allocate;
use crate::text_enum::text_enum;
use kernel::Fen;

text_enum! {
    /// Who bears a reduction.
    FundedBy {
        /// The platform: its expense, the merchant is made whole.
        Platform = "platform",
        /// The merchant: less is split.
        Merchant = "merchant",
    }
}

text_enum! {
    /// Which part of a bill a reduction is taken from.
    Alloc {
        /// The service fee, and electricity only when that is used up.
        ServiceFirst = "service_first",
        /// Both in proportion, by largest remainder.
        Proportional = "proportional",
    }
}

/// An amount with its parts; none is ever below zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Electricity.
    pub elec: Fen,
    /// Service.
    pub service: Fen,
}

impl Parts {
    /// Nothing.
    pub const ZERO: Self = Self {
        elec: Fen::ZERO,
        service: Fen::ZERO,
    };

    /// Of two parts, what is below zero counting as zero.
    pub fn new(elec: Fen, service: Fen) -> Self {
        Self {
            elec: elec.max(Fen::ZERO),
            service: service.max(Fen::ZERO),
        }
    }

    /// Both together.
    pub fn total(self) -> Fen {
        self.elec + self.service
    }

    /// What is left when `taken` goes away, never below zero.
    #[must_use]
    pub fn less(self, taken: Self) -> Self {
        Self::new(self.elec - taken.elec, self.service - taken.service)
    }

    /// Both added up.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self::new(self.elec + other.elec, self.service + other.service)
    }

    /// How an amount, at most all of it, would be taken out of the parts.
    #[must_use]
    pub fn share(self, amount: Fen, alloc: Alloc) -> Self {
        let amount = amount.clamp(Fen::ZERO, self.total());
        let service = match alloc {
            Alloc::ServiceFirst => amount.min(self.service),
            Alloc::Proportional => allocate(amount, [self.elec, self.service])
                .map_or(Fen::ZERO, |[_, service]| service),
        };
        Self::new(amount - service, service)
    }
}
