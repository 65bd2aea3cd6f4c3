//! Codes that members exchange for coupons (兑换码).

use super::coupons::own_coupon;
use super::semantic;
use crate::staff::{Actor, token_hash};
use crate::{App, AppError};
use kernel::{MemberId, Timestamp};
use rand::Rng as _;
use serde_json::json;
use store::coupon_codes::{self, CodeBatch, NewCodeBatch};
use store::coupon_grants::GrantRow;
use store::{Page, PageRequest, Tx, coupons, login_attempts};

/// Codes of a batch, at most.
const CODES_MAX: i32 = 5000;
/// Longest note, in characters.
const NOTE_MAX: usize = 100;
/// Letters of a code: eighty bits that nobody guesses.
const CODE_LETTERS: usize = 16;
/// Without those that look alike.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const NO_BATCH: AppError = AppError::NotFound("batch of codes");
/// The same words whatever is wrong with a code: who guesses learns nothing.
const NO_CODE: AppError = AppError::NotFound("code");

fn random_code() -> String {
    let mut rng = rand::rng();
    let letter = |place: usize| LETTERS.get(place).copied().unwrap_or(b'A');
    (0..CODE_LETTERS)
        .map(|_| char::from(letter(rng.random_range(0..LETTERS.len()))))
        .collect()
}

/// A code as people read it: four letters at a time.
fn written(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(4)
        .map(|part| part.iter().collect())
        .collect();
    groups.join("-")
}

/// A code as it was made, from how somebody types it.
fn plain(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != '-')
        .map(|letter| letter.to_ascii_uppercase())
        .take(CODE_LETTERS + 1)
        .collect();
    (code.len() == CODE_LETTERS && code.bytes().all(|byte| LETTERS.contains(&byte))).then_some(code)
}

impl App {
    /// Makes codes of a coupon. So many are taken out of its stock.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a coupon, [`AppError::Semantic`] for a number or a time
    /// that cannot be, [`AppError::Conflict`] when there are not so many.
    pub async fn make_codes(
        &self,
        actor: &Actor,
        coupon: i64,
        codes: i32,
        expires_at: Timestamp,
        note: Option<&str>,
    ) -> Result<CodeBatch, AppError> {
        let now = self.now();
        if !(1..=CODES_MAX).contains(&codes) {
            return Err(semantic("count", format!("must be 1 to {CODES_MAX}")));
        }
        if expires_at <= now {
            return Err(semantic("expires_at", "is over"));
        }
        if note.is_some_and(|note| note.chars().count() > NOTE_MAX) {
            let problem = format!("must have at most {NOTE_MAX} characters");
            return Err(semantic("note", problem));
        }
        let made: Vec<(String, String)> = (0..codes)
            .map(|_| random_code())
            .map(|code| (token_hash(&code), written(&code)))
            .collect();
        let mut tx = self.db.begin().await?;
        let row = own_coupon(&mut tx, actor, coupon).await?;
        if !coupons::take_stock(tx.conn(), coupon, codes).await? {
            return Err(AppError::Conflict("not so many coupons are left"));
        }
        let new = NewCodeBatch {
            coupon,
            codes,
            expires_at,
            note,
            org_path: &row.org_path,
        };
        let id = coupon_codes::insert_batch(tx.conn(), &new, &actor.name, now).await?;
        coupon_codes::insert_codes(tx.conn(), id, &made).await?;
        let batch = coupon_codes::lock_batch(tx.conn(), id).await?;
        let batch = batch.ok_or(NO_BATCH)?;
        let after = json!({ "coupon_id": coupon, "codes": codes, "expires_at": expires_at });
        let action = "marketing.coupon.codes";
        self.audit_in(&mut tx, actor, action, &object(id), None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(batch)
    }

    /// A page of batches that an actor sees, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_code_batches(
        &self,
        actor: &Actor,
        coupon: Option<i64>,
        page: PageRequest,
    ) -> Result<Page<CodeBatch>, AppError> {
        let mut view = self.db.view().await?;
        Ok(coupon_codes::list(view.conn(), &actor.scope(), coupon, page).await?)
    }

    /// Hands the codes of a batch out: once. From then on only their digests are kept.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a batch, [`AppError::Conflict`] when somebody had them.
    pub async fn take_codes(&self, actor: &Actor, batch: i64) -> Result<Vec<String>, AppError> {
        let mut tx = self.db.begin().await?;
        let row = own_batch(&mut tx, actor, batch).await?;
        if row.exported_at.is_some() {
            return Err(AppError::Conflict("the codes were handed out before"));
        }
        let now = self.now();
        let codes = coupon_codes::take_out(tx.conn(), batch, &actor.name, now).await?;
        let after = json!({ "codes": codes.len() });
        let action = "marketing.grant.export";
        self.audit_in(&mut tx, actor, action, &object(batch), None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Has no code of a batch exchanged any more; what was not goes back into the stock.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a batch, [`AppError::Conflict`] when it was ended.
    pub async fn end_codes(&self, actor: &Actor, batch: i64) -> Result<CodeBatch, AppError> {
        let mut tx = self.db.begin().await?;
        let row = own_batch(&mut tx, actor, batch).await?;
        if row.ended_at.is_some() {
            return Err(AppError::Conflict("it was ended before"));
        }
        let now = self.now();
        coupon_codes::end(tx.conn(), batch, now).await?;
        let left = row.codes - row.redeemed;
        coupons::take_stock(tx.conn(), row.coupon_id, -left).await?;
        let after = json!({ "redeemed": row.redeemed, "put_back": left });
        let action = "marketing.coupon.codes";
        self.audit_in(&mut tx, actor, action, &object(batch), None, Some(after))
            .await?;
        tx.commit().await?;
        Ok(CodeBatch {
            ended_at: Some(now),
            ..row
        })
    }

    /// A member exchanges a code for its coupon. Wrong ones are counted: after five nobody gets in
    /// for a while.
    ///
    /// # Errors
    /// [`AppError::NotFound`] for a code that is none, [`AppError::Conflict`] when it was used or
    /// is over, or the member may not have the coupon, [`AppError::Locked`] after too many tries.
    pub async fn redeem_code(&self, member: MemberId, typed: &str) -> Result<GrantRow, AppError> {
        let tries = format!("coupon-code:{member}");
        self.count_try(&tries, None).await?;
        let code = plain(typed).ok_or(NO_CODE)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let hash = token_hash(&code);
        let known = coupon_codes::find_code(tx.conn(), &hash).await?;
        let batch_id = known.ok_or(NO_CODE)?.batch_id;
        let batch = coupon_codes::lock_batch(tx.conn(), batch_id).await?;
        let batch = batch.ok_or(NO_BATCH)?;
        // As it is now that the batch is held.
        let code = coupon_codes::find_code(tx.conn(), &hash).await?;
        let code = code.ok_or(NO_CODE)?;
        if code.redeemed_at.is_some() {
            return Err(AppError::Conflict("the code was used"));
        }
        if batch.ended_at.is_some() || batch.expires_at <= now {
            return Err(AppError::Conflict("the code is over"));
        }
        let row = coupons::count_grant(tx.conn(), batch.coupon_id).await?;
        let row = row.ok_or(AppError::Conflict("the coupon is over"))?;
        let by = format!("code:{batch_id}");
        let grant = self.give_in(&mut tx, &row, member, &by).await?;
        if !coupon_codes::redeem(tx.conn(), &code, grant.id, now).await? {
            return Err(AppError::Conflict("the code was used"));
        }
        login_attempts::clear(tx.conn(), &tries).await?;
        tx.commit().await?;
        Ok(grant)
    }
}

async fn own_batch(tx: &mut Tx, actor: &Actor, id: i64) -> Result<CodeBatch, AppError> {
    let found = coupon_codes::lock_batch(tx.conn(), id).await?;
    found
        .filter(|batch| actor.owns(&batch.org_path))
        .ok_or(NO_BATCH)
}

fn object(id: i64) -> String {
    format!("coupon_code_batch:{id}")
}

#[cfg(test)]
mod tests {
    use super::{CODE_LETTERS, plain, random_code, written};
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = random_code();
        assert_eq!(code.len(), CODE_LETTERS);
        let shown = written(&code);
        assert_eq!(shown.len(), CODE_LETTERS + 3);
        assert_eq!(plain(&shown).as_deref(), Some(code.as_str()));
        let typed = format!(" {} ", shown.to_lowercase().replace('-', " "));
        assert_eq!(plain(&typed).as_deref(), Some(code.as_str()));
        for wrong in [
            "",
            "ABCD",
            "ABCD-EFGH-JKLM-NPQ0",
            "ABCDEFGHJKLMNPQRS",
            "长长长长",
        ] {
            assert_eq!(plain(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn no_two_codes_are_alike() {
        let codes: BTreeSet<String> = (0..2000).map(|_| random_code()).collect();
        assert_eq!(codes.len(), 2000);
    }
}
