//! Money at the console: members and their wallets, top-ups, refunds, the books, who earns.

pub(super) mod books;
pub(super) mod card_orders;
pub(super) mod cards;
pub(super) mod companies;
pub(super) mod ledgers;
pub(super) mod members;
pub(super) mod partners;
pub(super) mod recharges;
pub(super) mod reconcile;
pub(super) mod refunds;
pub(super) mod split;
pub(super) mod statements;
pub(super) mod unmatched;
pub(super) mod withdrawals;
pub(super) mod write_off;

use crate::failure::Failure;

/// The number of a receipt or statement: who sends it again changes nothing.
fn receipt_key(key: String) -> Result<String, Failure> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if (1..=64).contains(&key.len()) && key.bytes().all(plain) {
        return Ok(key);
    }
    let problem = "must be 1 to 64 letters, digits, - or _";
    Err(Failure::invalid("key", problem))
}

/// Makes a query with paging and filters of its own.
macro_rules! paged_query {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(serde::Deserialize, utoipa::IntoParams)]
        #[serde(deny_unknown_fields)]
        #[into_params(parameter_in = Query)]
        pub(crate) struct $name {
            /// Which page, 1 for the first.
            #[param(minimum = 1, example = 1)]
            page: Option<u32>,
            /// Rows per page.
            #[param(minimum = 1, maximum = 500, example = 20)]
            size: Option<u32>,
            $($(#[$field_doc])* $field: Option<$type>,)*
        }

        impl $crate::view::PageQuery for $name {
            fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
                (self.page, self.size)
            }
        }
    };
}
pub(crate) use paged_query;
