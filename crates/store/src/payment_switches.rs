//! `payment_channels`: which channels take new payments. One without a row does.

use crate::db::{args, row};
use crate::{Conn, Result};
use kernel::Timestamp;

row! {
    /// A row of `payment_channels`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PaymentSwitch {
        /// `wechat`, `alipay`, `mock`.
        pub channel: String,
        /// Whether it takes new payments.
        pub enabled: bool,
        /// Who said so.
        pub updated_by: String,
        /// When.
        pub updated_at: Timestamp,
    }
}

/// The switch of a channel.
pub async fn find(conn: Conn<'_>, channel: &str) -> Result<Option<PaymentSwitch>> {
    conn.optional(
        "select channel, enabled, updated_by, updated_at from payment_channels \
         where channel = $1",
        args![channel],
    )
    .await
}

/// Turns a channel on or off.
pub async fn put(
    conn: Conn<'_>,
    channel: &str,
    enabled: bool,
    by: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "insert into payment_channels (channel, enabled, updated_by, updated_at) \
         values ($1, $2, $3, $4) on conflict (channel) do update set \
         enabled = excluded.enabled, updated_by = excluded.updated_by, \
         updated_at = excluded.updated_at",
        args![channel, enabled, by, now],
    )
    .await?;
    Ok(())
}
