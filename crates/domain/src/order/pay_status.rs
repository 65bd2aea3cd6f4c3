use crate::text_enum::text_enum;

text_enum! {
    /// Where the money of an order is. Orders that a third party bills have none.
    PayStatus {
        /// Held.
        Frozen = "frozen",
        /// Given back: it never ran.
        Released = "released",
        /// Billed, and part of it is still owed.
        Owed = "owed",
        /// Billed and paid.
        Paid = "paid",
    }
}
