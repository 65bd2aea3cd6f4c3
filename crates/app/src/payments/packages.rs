//! What members may top up with.

use crate::staff::Actor;
use crate::{App, AppError};
use kernel::Fen;
use serde_json::json;
use store::payments::{self, PackageRow};

/// Most that a top-up may be: 50,000 yuan.
pub(super) const PAY_MAX: Fen = Fen(5_000_000);
/// Longest name, in characters.
const NAME_MAX: usize = 50;

impl App {
    /// The packages on offer, smallest first.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn recharge_packages(&self) -> Result<Vec<PackageRow>, AppError> {
        let mut view = self.db.view().await?;
        Ok(payments::packages(view.conn()).await?)
    }

    /// Offers a package.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for sums that cannot be.
    pub async fn add_package(
        &self,
        actor: &Actor,
        name: &str,
        pay: Fen,
        gift: Fen,
    ) -> Result<i64, AppError> {
        let invalid = |field: &str, problem: &str| {
            Err(AppError::Invalid {
                field: field.to_owned(),
                problem: problem.to_owned(),
            })
        };
        if name.trim().is_empty() || name.chars().count() > NAME_MAX {
            return invalid("name", "must have 1 to 50 characters");
        }
        if pay <= Fen::ZERO || pay > PAY_MAX {
            return invalid("pay_fen", "must be 1 to 5000000");
        }
        if gift < Fen::ZERO || gift > pay {
            return invalid("gift_fen", "must be 0 to pay_fen");
        }
        let mut tx = self.db.begin().await?;
        let now = self.now();
        let id = payments::insert_package(tx.conn(), name, pay, gift, &actor.name, now).await?;
        let made = json!({"name": name, "pay_fen": pay, "gift_fen": gift});
        let object = format!("recharge_package:{id}");
        self.audit_in(&mut tx, actor, "package.add", &object, None, Some(made))
            .await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Takes a package off the offer.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a package.
    pub async fn end_package(&self, actor: &Actor, id: i64) -> Result<(), AppError> {
        let mut tx = self.db.begin().await?;
        let offered = payments::packages(tx.conn()).await?;
        let package = offered.into_iter().find(|package| package.id == id);
        if !payments::end_package(tx.conn(), id, self.now()).await? {
            return Err(AppError::NotFound("package"));
        }
        let before = package.map(|package| {
            json!({"name": package.name, "pay_fen": package.pay_fen, "gift_fen": package.gift_fen,
                "state": package.state})
        });
        let after = Some(json!({ "state": "ended" }));
        let object = format!("recharge_package:{id}");
        self.audit_in(&mut tx, actor, "package.end", &object, before, after)
            .await?;
        tx.commit().await?;
        Ok(())
    }
}
