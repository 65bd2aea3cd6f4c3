//! Points (积分): earned, spent, returned, taken away. Each movement has an occasion and happens
//! once. The lots of a member together are his balance, or nothing where that is below zero: who
//! spent points of an order that is paid back owes them.

use crate::staff::Actor;
use crate::{App, AppError};
use domain::day::Day;
use domain::points::{self as rules, Lot, Points};
use kernel::{MemberId, Timestamp};
use serde_json::json;
use store::points::{self, NewLine, PointsLine};
use store::{Page, PageRequest, Tx, members};

const NO_MEMBER: AppError = AppError::NotFound("member");
/// Most points that the staff gives or takes at once.
const ADJUST_MAX: i64 = 1_000_000;

/// A member's points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointsBalance {
    /// All of them; below zero when points are owed.
    pub balance: i64,
    /// What may be spent today.
    pub available: Points,
    /// Those that end first, and their last day.
    pub ending: Option<(Points, Day)>,
}

/// A movement and what it belongs to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Occasion<'a> {
    pub(super) member: MemberId,
    pub(super) reason: &'static str,
    pub(super) biz_no: &'a str,
    pub(super) name: &'a str,
    pub(super) at: Timestamp,
}

/// A member's balance, locked; none when the occasion has been written before.
async fn begin(tx: &mut Tx, occasion: Occasion<'_>) -> Result<Option<i64>, AppError> {
    let balance = points::lock(tx.conn(), occasion.member).await?;
    let balance = balance.ok_or(NO_MEMBER)?;
    let before = points::of_occasion(tx.conn(), occasion.member, occasion.name).await?;
    Ok(before.is_none().then_some(balance))
}

async fn write(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    (balance, change): (i64, i64),
    (left, expires_on): (i64, Option<Day>),
    taken: &[(i64, i64)],
) -> Result<(), AppError> {
    let line = NewLine {
        member: occasion.member,
        change,
        balance: balance + change,
        reason: occasion.reason,
        biz_no: occasion.biz_no,
        occasion: occasion.name,
        left,
        expires_on,
        taken,
    };
    points::insert(tx.conn(), &line, occasion.at).await?;
    Ok(())
}

/// Adds points: a new lot, as far as none are owed.
pub(super) async fn add(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    earned: Points,
) -> Result<(), AppError> {
    if earned <= Points::ZERO {
        return Ok(());
    }
    let balance = points::lock(tx.conn(), occasion.member).await?;
    let balance = balance.ok_or(NO_MEMBER)?;
    let left = (balance + earned.0).clamp(0, earned.0);
    let expires_on = rules::expires_on(Day::of(occasion.at));
    write(
        tx,
        occasion,
        (balance, earned.0),
        (left, Some(expires_on)),
        &[],
    )
    .await
}

/// Takes away as many as the lots hold at most, the first to expire first, and the rest as a
/// debt where `owing`; how many were taken.
async fn take(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    wanted: Points,
    owing: bool,
) -> Result<Points, AppError> {
    if wanted <= Points::ZERO {
        return Ok(Points::ZERO);
    }
    let Some(balance) = begin(tx, occasion).await? else {
        return Ok(Points::ZERO);
    };
    let today = Day::of(occasion.at);
    let lots = points::lots(tx.conn(), occasion.member).await?;
    let plain: Vec<Lot> = lots.iter().map(|(_, lot)| *lot).collect();
    let there = wanted.min(rules::available(&plain, today));
    if there < wanted && !owing {
        return Err(AppError::Conflict("not enough points"));
    }
    let shares = rules::spend(&plain, there, today).unwrap_or_default();
    let mut taken = Vec::new();
    for ((id, _), share) in lots.iter().zip(shares) {
        if share > Points::ZERO {
            points::take(tx.conn(), *id, share.0).await?;
            taken.push((*id, share.0));
        }
    }
    write(tx, occasion, (balance, -wanted.0), (0, None), &taken).await?;
    Ok(wanted)
}

/// Spends points that are there.
pub(super) async fn spend(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    wanted: Points,
) -> Result<(), AppError> {
    take(tx, occasion, wanted, false).await.map(|_| ())
}

/// Takes points back that were given; what is spent already is owed.
pub(super) async fn take_back(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    given: Points,
) -> Result<(), AppError> {
    take(tx, occasion, given, true).await.map(|_| ())
}

/// Gives points back that were spent on an occasion, into the lots that they came from.
pub(super) async fn give_back(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    spent_on: &str,
) -> Result<(), AppError> {
    let Some(balance) = begin(tx, occasion).await? else {
        return Ok(());
    };
    let Some(spent) = points::of_occasion(tx.conn(), occasion.member, spent_on).await? else {
        return Ok(());
    };
    let change = -spent.change;
    // What is owed is paid first.
    let mut free = (balance + change).clamp(0, change);
    for (lot, share) in spent.taken.iter().rev() {
        let back = free.min(*share);
        points::take(tx.conn(), *lot, -back).await?;
        free -= back;
    }
    write(tx, occasion, (balance, change), (0, None), &[]).await
}

/// What of a member's lots ended before today; true when there was something.
pub(super) async fn expire(tx: &mut Tx, member: MemberId, at: Timestamp) -> Result<bool, AppError> {
    let Some(balance) = points::lock(tx.conn(), member).await? else {
        return Ok(false);
    };
    let today = Day::of(at);
    let mut lots = points::lots(tx.conn(), member).await?;
    lots.retain(|(_, lot)| lot.expires_on < today);
    let mut taken = Vec::with_capacity(lots.len());
    for (id, lot) in &lots {
        points::take(tx.conn(), *id, lot.left.0).await?;
        taken.push((*id, lot.left.0));
    }
    let gone: i64 = taken.iter().map(|(_, points)| points).sum();
    if gone == 0 {
        return Ok(false);
    }
    let day = today.to_string();
    let name = format!("expired:{}", at.0);
    let occasion = Occasion {
        member,
        reason: "expired",
        biz_no: &day,
        name: &name,
        at,
    };
    write(tx, occasion, (balance, -gone), (0, None), &taken).await?;
    Ok(true)
}

/// What a member can spend; his row is locked until the transaction ends.
pub(super) async fn available(
    tx: &mut Tx,
    member: MemberId,
    at: Timestamp,
) -> Result<Points, AppError> {
    points::lock(tx.conn(), member).await?;
    let lots = points::lots(tx.conn(), member).await?;
    let lots: Vec<Lot> = lots.into_iter().map(|(_, lot)| lot).collect();
    Ok(rules::available(&lots, Day::of(at)))
}

impl App {
    /// A member's points.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member.
    pub async fn points(&self, member: MemberId) -> Result<PointsBalance, AppError> {
        let today = Day::of(self.now());
        let mut view = self.db.view().await?;
        let found = members::find(view.conn(), member).await?.ok_or(NO_MEMBER)?;
        let lots = points::lots(view.conn(), member).await?;
        let lots: Vec<Lot> = lots.into_iter().map(|(_, lot)| lot).collect();
        let alive = lots.iter().filter(|lot| lot.expires_on >= today);
        let first = alive.map(|lot| lot.expires_on).min();
        let ending = first.map(|day| {
            let those = lots.iter().filter(|lot| lot.expires_on == day);
            (Points(those.map(|lot| lot.left.0).sum()), day)
        });
        Ok(PointsBalance {
            balance: found.points,
            available: rules::available(&lots, today),
            ending,
        })
    }

    /// A page of a member's movements of points, newest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn points_lines(
        &self,
        member: MemberId,
        page: PageRequest,
    ) -> Result<Page<PointsLine>, AppError> {
        let mut view = self.db.view().await?;
        Ok(points::list(view.conn(), member, page).await?)
    }

    /// The staff gives points, or takes them. `key` names the deed: the same again changes nothing.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a member, [`AppError::Invalid`] for too many,
    /// [`AppError::Conflict`] when the member has less, or the key stands for another number.
    pub async fn adjust_points(
        &self,
        actor: &Actor,
        member: MemberId,
        change: i64,
        reason: &str,
        key: &str,
    ) -> Result<PointsBalance, AppError> {
        if change == 0 || !(-ADJUST_MAX..=ADJUST_MAX).contains(&change) {
            return Err(AppError::Invalid {
                field: "points".to_owned(),
                problem: format!("must be -{ADJUST_MAX} to {ADJUST_MAX}, not 0"),
            });
        }
        let name = format!("staff:{key}");
        let occasion = Occasion {
            member,
            reason: "staff",
            biz_no: key,
            name: &name,
            at: self.now(),
        };
        let mut tx = self.db.begin().await?;
        points::lock(tx.conn(), member).await?.ok_or(NO_MEMBER)?;
        if let Some(known) = points::of_occasion(tx.conn(), member, &name).await? {
            drop(tx);
            return if known.change == change {
                self.points(member).await
            } else {
                Err(AppError::Conflict("the key stands for another number"))
            };
        }
        if change > 0 {
            add(&mut tx, occasion, Points(change)).await?;
        } else {
            spend(&mut tx, occasion, Points(-change)).await?;
        }
        let after = json!({ "points": change, "reason": reason });
        let object = format!("member:{member}");
        self.audit_in(
            &mut tx,
            actor,
            "user.member.points",
            &object,
            None,
            Some(after),
        )
        .await?;
        tx.commit().await?;
        self.points(member).await
    }
}
