//! From a channel's bill to the lines that are compared.

use channels::payment::{Bill, BillEntry, EntryKind};
use domain::reconcile::{Movement, MovementKind};

/// The payments and refunds of a bill. A line without a number of ours goes by the channel's.
pub(super) fn movements(bill: &Bill) -> Vec<Movement> {
    bill.entries.iter().filter_map(movement).collect()
}

fn movement(entry: &BillEntry) -> Option<Movement> {
    let kind = match entry.kind {
        EntryKind::Payment => MovementKind::Payment,
        EntryKind::Refund => MovementKind::Refund,
        EntryKind::Transfer | EntryKind::Fee | EntryKind::Other => return None,
    };
    let named = !entry.our_no.is_empty();
    Some(Movement {
        kind,
        document_no: if named {
            entry.our_no.clone()
        } else {
            entry.channel_no.clone()
        },
        channel_no: entry.channel_no.clone(),
        amount: entry.amount,
        fee: entry.fee,
        at: entry.at,
    })
}
