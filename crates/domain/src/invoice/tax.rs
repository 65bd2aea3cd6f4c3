use kernel::{BasisPoints, Fen, div_half_up};

/// A price with its tax taken apart: `net + tax` is the price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TaxSplit {
    /// Without tax.
    pub net: Fen,
    /// The tax.
    pub tax: Fen,
}

/// Takes the tax out of a price that includes it: the net price is rounded half up, the tax is the
/// rest. A rate below zero counts as zero.
pub fn split_tax(gross: Fen, rate: BasisPoints) -> TaxSplit {
    let whole = i128::from(BasisPoints::WHOLE.0);
    let net = div_half_up(
        i128::from(gross.0) * whole,
        whole + i128::from(rate.0.max(0)),
    );
    let net = Fen(i64::try_from(net).unwrap_or(gross.0));
    TaxSplit {
        net,
        tax: gross - net,
    }
}
