//! `status_history`: who changed the state of what, when and why.

use crate::db::{Batch, Kind, ToCell, args, row};
use crate::{Conn, Result};
use domain::order::{History, Order};
use kernel::Timestamp;

/// Kind of object of an order's rows; its id is the order number.
pub const ORDER: &str = "order";
/// Kind of object of a device's rows; its id is the id on the wire.
pub const DEVICE: &str = "device";
/// Kind of object of a port's rows; its id is `device id/port number`.
pub const PORT: &str = "port";

/// Rows that [`list`] returns at most.
const ROWS_MAX: i64 = 1000;

row! {
    /// One change.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StatusChange {
        /// [`ORDER`], [`DEVICE`] or [`PORT`].
        pub object_type: String,
        /// Which one.
        pub object_id: String,
        /// State before; none at creation.
        pub from_state: Option<String>,
        /// State after.
        pub to_state: String,
        /// What caused it.
        pub cause: String,
        /// Who: `device`, `system`, `api:3`, …
        pub actor: String,
        /// In words.
        pub reason: Option<String>,
        /// When.
        pub at: Timestamp,
    }
}

/// Adds changes in one statement.
pub async fn insert(conn: Conn<'_>, changes: &[StatusChange]) -> Result<u64> {
    static INSERT: Batch<8> = Batch::new(
        "insert into status_history (object_type, object_id, from_state, to_state, cause, actor, \
         reason, at) select v.object_type, v.object_id, v.from_state, v.to_state, v.cause, \
         v.actor, v.reason, v.at from {rows}",
        [
            ("object_type", Kind::Text),
            ("object_id", Kind::Text),
            ("from_state", Kind::Text),
            ("to_state", Kind::Text),
            ("cause", Kind::Text),
            ("actor", Kind::Text),
            ("reason", Kind::Text),
            ("at", Kind::Time),
        ],
    );
    let rows: Vec<_> = changes
        .iter()
        .map(|change| {
            [
                change.object_type.cell(),
                change.object_id.cell(),
                change.from_state.cell(),
                change.to_state.cell(),
                change.cause.cell(),
                change.actor.cell(),
                change.reason.cell(),
                change.at.cell(),
            ]
        })
        .collect();
    INSERT.execute(conn, &rows).await
}

/// Adds the changes of an order in one statement.
pub async fn insert_order(
    conn: Conn<'_>,
    order: &Order,
    rows: &[&History],
    actor: &str,
) -> Result<u64> {
    let changes: Vec<_> = rows
        .iter()
        .map(|row| StatusChange {
            object_type: ORDER.to_owned(),
            object_id: order.order_no.to_string(),
            from_state: row.from.map(|status| status.as_str().to_owned()),
            to_state: row.to.as_str().to_owned(),
            cause: row.trigger.as_str().to_owned(),
            actor: actor.to_owned(),
            reason: row.reason.clone(),
            at: row.at,
        })
        .collect();
    insert(conn, &changes).await
}

/// The changes of one object, oldest first.
pub async fn list(conn: Conn<'_>, object_type: &str, object_id: &str) -> Result<Vec<StatusChange>> {
    conn.all(
        "select object_type, object_id, from_state, to_state, cause, actor, reason, at \
         from status_history where object_type = $1 and object_id = $2 order by id limit $3",
        args![object_type, object_id, ROWS_MAX],
    )
    .await
}
