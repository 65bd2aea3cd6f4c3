//! `member_vehicles`: which member's a plate or vehicle is.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use kernel::{MemberId, Timestamp};

row! {
    /// A row of `member_vehicles`.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MemberVehicle {
        /// Its row.
        pub id: i64,
        /// Whose.
        pub member_id: i64,
        /// Its plate, plain.
        pub plate: Option<String>,
        /// Its number.
        pub vin: Option<String>,
        /// Since when.
        pub created_at: Timestamp,
    }
}

/// Binds a plate, a vehicle or both.
///
/// # Errors
/// [`crate::constraint::ONE_MEMBER_PER_PLATE`] or [`crate::constraint::ONE_MEMBER_PER_VIN`] is
/// violated when it is somebody's already.
pub async fn insert(
    conn: Conn<'_>,
    member: MemberId,
    plate: Option<&str>,
    vin: Option<&str>,
    now: Timestamp,
) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into member_vehicles (member_id, plate, vin, created_at) \
             values ($1, $2, $3, $4) returning id as value",
            args![member.0, plate, vin, now],
        )
        .await?;
    Ok(id)
}

/// One of a member's vehicles.
pub async fn find(conn: Conn<'_>, member: MemberId, id: i64) -> Result<Option<MemberVehicle>> {
    conn.optional(
        "select id, member_id, plate, vin, created_at from member_vehicles \
         where id = $2 and member_id = $1 and deleted_at is null",
        args![member.0, id],
    )
    .await
}

/// A member's vehicles, oldest first.
pub async fn of_member(conn: Conn<'_>, member: MemberId) -> Result<Vec<MemberVehicle>> {
    conn.all(
        "select id, member_id, plate, vin, created_at from member_vehicles \
         where member_id = $1 and deleted_at is null order by id limit 100",
        args![member.0],
    )
    .await
}

/// Unbinds one. False when there is none.
pub async fn remove(conn: Conn<'_>, member: MemberId, id: i64, now: Timestamp) -> Result<bool> {
    let changed = conn
        .execute(
            "update member_vehicles set deleted_at = $3 \
             where id = $2 and member_id = $1 and deleted_at is null",
            args![member.0, id, now],
        )
        .await?;
    Ok(changed == 1)
}
