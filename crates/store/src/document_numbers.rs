//! Numbers of payments, refunds, withdrawals …

use crate::db::{Scalar, args};
use crate::{Conn, Result};
use domain::document_no::{DocumentKind, DocumentNo};
use kernel::Timestamp;

/// Sequences begin anew after so many.
const WRAP: i64 = 1_000_000;

/// The next number of a kind; unique as long as no million of them is given out in a second.
pub async fn next(conn: Conn<'_>, kind: DocumentKind, now: Timestamp) -> Result<DocumentNo> {
    let Scalar(last): Scalar<i64> = conn
        .one(
            "insert into document_sequences (kind, last) values ($1, 1) \
             on conflict (kind) do update set last = document_sequences.last + 1 \
             returning last as value",
            args![kind.as_str()],
        )
        .await?;
    let sequence = u32::try_from(last.rem_euclid(WRAP)).unwrap_or(0);
    Ok(DocumentNo::compose(kind, now, sequence, 0)
        .expect("six digits, and a year of four for some time to come"))
}
