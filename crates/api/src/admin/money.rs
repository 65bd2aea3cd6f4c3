//! Money at the console: members and their wallets, top-ups, refunds, the books, who earns.

pub(super) mod books;
pub(super) mod cards;
pub(super) mod members;
pub(super) mod recharges;
pub(super) mod refunds;
pub(super) mod split;

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
pub(super) use paged_query;
