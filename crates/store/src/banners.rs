//! `banners`: pictures with a link on members' telephones (轮播图).

use crate::db::{Scalar, args, row};
use crate::paging::{Listing, Page, PageRequest};
use crate::{Conn, Result};
use kernel::Timestamp;

/// What a banner shows, where and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewBanner {
    /// What it says.
    pub title: String,
    /// Address of its picture.
    pub image: String,
    /// Where it leads.
    pub link: Option<String>,
    /// `home`, `charge`, `member`.
    pub place: String,
    /// The greatest first.
    pub weight: i32,
    /// Its first instant.
    pub valid_from: Timestamp,
    /// The instant after its last.
    pub valid_until: Timestamp,
    /// Whether it is shown at all.
    pub shown: bool,
}

row! {
    /// A row of `banners`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Banner {
        /// Its row.
        pub id: i64,
        /// What it says.
        pub title: String,
        /// Address of its picture.
        pub image: String,
        /// Where it leads.
        pub link: Option<String>,
        /// `home`, `charge`, `member`.
        pub place: String,
        /// The greatest first.
        pub weight: i32,
        /// Its first instant.
        pub valid_from: Timestamp,
        /// The instant after its last.
        pub valid_until: Timestamp,
        /// Whether it is shown at all.
        pub shown: bool,
        /// Who made it.
        pub created_by: String,
        /// When.
        pub created_at: Timestamp,
    }
}

macro_rules! columns {
    () => {
        "id, title, image, link, place, weight, valid_from, valid_until, shown, created_by, \
         created_at"
    };
}

/// Adds a banner; its id.
pub async fn insert(conn: Conn<'_>, new: &NewBanner, by: &str, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into banners (title, image, link, place, weight, valid_from, valid_until, \
             shown, created_by, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10) returning id as value",
            args![
                new.title,
                new.image,
                new.link,
                new.place,
                new.weight,
                new.valid_from,
                new.valid_until,
                new.shown,
                by,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Writes a banner anew.
pub async fn update(conn: Conn<'_>, id: i64, new: &NewBanner, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update banners set title = $2, image = $3, link = $4, place = $5, weight = $6, \
             valid_from = $7, valid_until = $8, shown = $9, updated_at = $10 \
             where id = $1 and deleted_at is null",
            args![
                id,
                new.title,
                new.image,
                new.link,
                new.place,
                new.weight,
                new.valid_from,
                new.valid_until,
                new.shown,
                now
            ],
        )
        .await?;
    Ok(changed == 1)
}

/// Takes a banner away.
pub async fn remove(conn: Conn<'_>, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update banners set deleted_at = $2 where id = $1 and deleted_at is null",
            args![id, now],
        )
        .await?;
    Ok(changed == 1)
}

/// The banner with that row.
pub async fn find(conn: Conn<'_>, id: i64) -> Result<Option<Banner>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from banners where id = $1 and deleted_at is null"
        ),
        args![id],
    )
    .await
}

/// Which banners a list shows.
#[derive(Clone, Debug, Default)]
pub struct BannerFilter {
    /// In this place.
    pub place: Option<String>,
    /// Those that members see at that instant.
    pub visible_at: Option<Timestamp>,
}

/// A page of banners, the greatest weight first.
pub async fn list(
    conn: Conn<'_>,
    filter: &BannerFilter,
    page: PageRequest,
) -> Result<Page<Banner>> {
    let at = filter.visible_at.as_ref();
    Listing::of(columns!(), "banners")
        .only("deleted_at is null", true)
        .only("shown", at.is_some())
        .narrow("place =", filter.place.as_ref())
        .narrow("valid_from <=", at)
        .narrow("valid_until >", at)
        .page(conn, "weight desc, id desc", page)
        .await
}
