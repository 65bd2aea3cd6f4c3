use crate::text_enum::text_enum;

text_enum! {
    /// How far the confirmation of a red letter (红字确认单) is, by the code of tax gateways.
    RedStatus {
        /// Handed in.
        Submitted = "01",
        /// Taken back.
        Withdrawn = "02",
        /// Taken up.
        Accepted = "03",
        /// Not taken up.
        NotAccepted = "04",
        /// Something in it must be corrected.
        ToBeCorrected = "05",
        /// Being looked at.
        UnderReview = "06",
        /// Confirmed: the red invoice may be issued.
        Passed = "07",
        /// Refused.
        NotPassed = "08",
    }
}
