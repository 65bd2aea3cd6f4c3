//! `member_sessions` and `sms_codes`: how members get in.

use crate::db::{Scalar, args, row};
use crate::{Conn, Result};
use kernel::{MemberId, Timestamp};

/// A session in the making.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Whose.
    pub member: MemberId,
    /// SHA-256 of the token.
    pub token_hash: String,
    /// SHA-256 of the token that gives new ones.
    pub refresh_hash: String,
    /// What they came with.
    pub agent: Option<String>,
    /// Where from.
    pub ip: Option<String>,
    /// The token is good until then.
    pub until: Timestamp,
    /// New ones are given until then.
    pub refresh_until: Timestamp,
}

/// Adds a session.
pub async fn insert(conn: Conn<'_>, new: &NewSession, now: Timestamp) -> Result<i64> {
    let Scalar(id) = conn
        .one(
            "insert into member_sessions (member_id, token_hash, refresh_hash, agent, ip, \
             created_at, seen_at, until, refresh_until) \
             values ($1, $2, $3, $4, $5, $6, $6, $7, $8) returning id as value",
            args![
                new.member.0,
                new.token_hash,
                new.refresh_hash,
                new.agent,
                new.ip,
                now,
                new.until,
                new.refresh_until
            ],
        )
        .await?;
    Ok(id)
}

/// Whose token that is, while it is good.
pub async fn find(
    conn: Conn<'_>,
    token_hash: &str,
    now: Timestamp,
) -> Result<Option<(i64, MemberId)>> {
    row! {
        struct Found {
            pub id: i64,
            pub member_id: i64,
        }
    }
    let found: Option<Found> = conn
        .optional(
            "select id, member_id from member_sessions where token_hash = $1 and until > $2",
            args![token_hash, now],
        )
        .await?;
    Ok(found.map(|found| (found.id, MemberId(found.member_id))))
}

/// Gives a session new tokens for its refresh token, once. None when that is not good.
pub async fn renew(
    conn: Conn<'_>,
    refresh_hash: &str,
    new: (&str, &str),
    until: (Timestamp, Timestamp),
    now: Timestamp,
) -> Result<Option<MemberId>> {
    let found: Option<Scalar<i64>> = conn
        .optional(
            "update member_sessions set token_hash = $2, refresh_hash = $3, until = $4, \
             refresh_until = $5, seen_at = $6 where refresh_hash = $1 and refresh_until > $6 \
             returning member_id as value",
            args![refresh_hash, new.0, new.1, until.0, until.1, now],
        )
        .await?;
    Ok(found.map(|Scalar(id)| MemberId(id)))
}

/// Ends a session.
pub async fn end(conn: Conn<'_>, id: i64) -> Result<()> {
    conn.execute("delete from member_sessions where id = $1", args![id])
        .await?;
    Ok(())
}

/// Ends all sessions of a member; how many.
pub async fn end_all(conn: Conn<'_>, member: MemberId) -> Result<u64> {
    conn.execute(
        "delete from member_sessions where member_id = $1",
        args![member.0],
    )
    .await
}

/// Forgets what ended before; how many.
pub async fn purge(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute(
        "delete from member_sessions where refresh_until < $1",
        args![before],
    )
    .await
}

/// A code in the making.
#[derive(Clone, Debug)]
pub struct NewCode<'a> {
    /// To whom.
    pub phone: &'a str,
    /// For what.
    pub purpose: &'a str,
    /// SHA-256 of number and code.
    pub hash: &'a str,
    /// Who asked.
    pub ip: Option<&'a str>,
    /// Good until then.
    pub until: Timestamp,
}

/// Writes down a code that is sent.
pub async fn insert_code(conn: Conn<'_>, code: &NewCode<'_>, now: Timestamp) -> Result<()> {
    conn.execute(
        "insert into sms_codes (phone, purpose, code_hash, ip, sent_at, until) \
         values ($1, $2, $3, $4, $5, $6)",
        args![
            code.phone,
            code.purpose,
            code.hash,
            code.ip,
            now,
            code.until
        ],
    )
    .await?;
    Ok(())
}

/// When the last but so many of the codes to a number was sent, 0 for the last; none when there were
/// not so many.
pub async fn code_before(conn: Conn<'_>, phone: &str, but: i64) -> Result<Option<Timestamp>> {
    let found: Option<Scalar<Timestamp>> = conn
        .optional(
            "select sent_at as value from sms_codes where phone = $1 \
             order by sent_at desc, id desc limit 1 offset $2",
            args![phone, but],
        )
        .await?;
    Ok(found.map(|Scalar(at)| at))
}

/// Codes that an address asked for since then.
pub async fn codes_from(conn: Conn<'_>, ip: &str, since: Timestamp) -> Result<i64> {
    let Scalar(count) = conn
        .one(
            "select count(*) as value from sms_codes where ip = $1 and sent_at > $2",
            args![ip, since],
        )
        .await?;
    Ok(count)
}

/// Tries a code: the newest of its number and purpose, while it is good and has not been tried
/// too often. Each try counts. True once.
pub async fn use_code(
    mut conn: Conn<'_>,
    phone: &str,
    purpose: &str,
    hash: &str,
    attempts_max: i16,
    now: Timestamp,
) -> Result<bool> {
    row! {
        struct Found {
            pub id: i64,
            pub code_hash: String,
        }
    }
    let found: Option<Found> = conn
        .again()
        .optional(
            "update sms_codes set attempts = attempts + 1 where id = (select id from sms_codes \
             where phone = $1 and purpose = $2 and until > $3 and used_at is null \
             and attempts < $4 order by id desc limit 1) returning id, code_hash",
            args![phone, purpose, now, attempts_max],
        )
        .await?;
    let Some(found) = found.filter(|found| found.code_hash == hash) else {
        return Ok(false);
    };
    let used = conn
        .execute(
            "update sms_codes set used_at = $2 where id = $1 and used_at is null",
            args![found.id, now],
        )
        .await?;
    Ok(used == 1)
}

/// Forgets codes of before; how many.
pub async fn purge_codes(conn: Conn<'_>, before: Timestamp) -> Result<u64> {
    conn.execute("delete from sms_codes where sent_at < $1", args![before])
        .await
}
