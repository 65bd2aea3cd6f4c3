use crate::failure::Failure;
use serde::Serialize;
use store::{PAGE_SIZE_MAX, Page, PageRequest};
use utoipa::ToSchema;

/// A page of a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct PageOut<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// Rows of the whole list; counted up to 10 000.
    #[schema(example = 1)]
    pub(crate) total: i64,
    /// Which page this is, 1 for the first.
    #[schema(example = 1)]
    pub(crate) page: u32,
    /// Rows per page.
    #[schema(example = 20)]
    pub(crate) size: u32,
}

impl<T> PageOut<T> {
    /// A page of the store, its rows turned into what is shown.
    pub(crate) fn of<R>(page: Page<R>, turn: impl FnMut(R) -> T) -> Self {
        let Page {
            items,
            total,
            page,
            size,
        } = page.map(turn);
        Self {
            items,
            total,
            page,
            size,
        }
    }
}

/// The two parameters that every list has.
pub(crate) trait PageQuery {
    /// `page` and `size` as given.
    fn page_and_size(&self) -> (Option<u32>, Option<u32>);

    /// Most rows of one page.
    fn size_max(&self) -> u32 {
        PAGE_SIZE_MAX
    }

    /// Which page is asked for.
    fn page_request(&self) -> Result<PageRequest, Failure> {
        let default = PageRequest::default();
        let (page, size) = self.page_and_size();
        let request = PageRequest {
            page: page.unwrap_or(default.page),
            size: size.unwrap_or(default.size),
        };
        if request.page == 0 || request.page > PAGE_MAX {
            return Err(Failure::invalid(
                "page",
                &format!("must be 1 to {PAGE_MAX}"),
            ));
        }
        if request.size == 0 || request.size > self.size_max() {
            return Err(Failure::invalid(
                "size",
                &format!("must be 1 to {}", self.size_max()),
            ));
        }
        Ok(request)
    }
}

/// Highest page number: beyond it a list is to be narrowed, not leafed through.
const PAGE_MAX: u32 = 100_000;
