//! Banners on members' telephones (轮播图): the platform's.

use super::{check_name, semantic};
use crate::staff::Actor;
use crate::{App, AppError};
use domain::fault::FieldFault;
use serde_json::{Value, json};
use store::banners::{self, Banner, BannerFilter, NewBanner};
use store::{Page, PageRequest};

const NO_BANNER: AppError = AppError::NotFound("banner");
/// Where banners are.
const PLACES: [&str; 3] = ["home", "charge", "member"];
/// Longest address.
const ADDRESS_MAX: usize = 300;
/// Greatest weight.
const WEIGHT_MAX: i32 = 9999;

fn check(new: &NewBanner) -> Result<(), FieldFault> {
    check_name(&new.title).map_err(|fault| FieldFault::at("title", fault.problem))?;
    check_address("image", &new.image)?;
    if let Some(link) = &new.link {
        check_address("link", link)?;
    }
    if !PLACES.contains(&new.place.as_str()) {
        let problem = format!("must be one of {}", PLACES.join(", "));
        return Err(FieldFault::at("place", problem));
    }
    if !(0..=WEIGHT_MAX).contains(&new.weight) {
        let problem = format!("must be 0 to {WEIGHT_MAX}");
        return Err(FieldFault::at("weight", problem));
    }
    if new.valid_from >= new.valid_until {
        return Err(FieldFault::at("valid_until", "must be after valid_from"));
    }
    Ok(())
}

/// Telephones open it: nothing but plain addresses.
fn check_address(field: &str, address: &str) -> Result<(), FieldFault> {
    let plain = |byte: u8| byte.is_ascii_graphic() && !b"<>\"'\\".contains(&byte);
    let rest = address.strip_prefix("https://").unwrap_or_default();
    if address.len() <= ADDRESS_MAX && !rest.is_empty() && rest.bytes().all(plain) {
        Ok(())
    } else {
        Err(FieldFault::at(field, "must be an address, https://…"))
    }
}

impl App {
    /// Makes a banner.
    ///
    /// # Errors
    /// [`AppError::Invalid`] for a value that cannot stand.
    pub async fn add_banner(&self, actor: &Actor, new: &NewBanner) -> Result<Banner, AppError> {
        check(new)?;
        let now = self.now();
        let mut tx = self.db.begin().await?;
        let id = banners::insert(tx.conn(), new, &actor.name, now).await?;
        let made = banners::find(tx.conn(), id).await?.ok_or(NO_BANNER)?;
        let (action, after) = ("marketing.banner.create", Some(seen(&made)));
        self.audit_in(&mut tx, actor, action, &object(id), None, after)
            .await?;
        tx.commit().await?;
        Ok(made)
    }

    /// Writes a banner anew.
    ///
    /// # Errors
    /// As [`App::add_banner`]; [`AppError::NotFound`] without such a banner.
    pub async fn change_banner(
        &self,
        actor: &Actor,
        id: i64,
        new: &NewBanner,
    ) -> Result<Banner, AppError> {
        check(new)?;
        let mut tx = self.db.begin().await?;
        let before = banners::find(tx.conn(), id).await?.ok_or(NO_BANNER)?;
        banners::update(tx.conn(), id, new, self.now()).await?;
        let after = banners::find(tx.conn(), id).await?.ok_or(NO_BANNER)?;
        let (old, new) = (Some(seen(&before)), Some(seen(&after)));
        let action = "marketing.banner.edit";
        self.audit_in(&mut tx, actor, action, &object(id), old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Takes a banner away.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a banner.
    pub async fn remove_banner(&self, actor: &Actor, id: i64) -> Result<Banner, AppError> {
        let mut tx = self.db.begin().await?;
        let before = banners::find(tx.conn(), id).await?.ok_or(NO_BANNER)?;
        if !banners::remove(tx.conn(), id, self.now()).await? {
            return Err(NO_BANNER);
        }
        let (action, old) = ("marketing.banner.delete", Some(seen(&before)));
        self.audit_in(&mut tx, actor, action, &object(id), old, None)
            .await?;
        tx.commit().await?;
        Ok(before)
    }

    /// A page of banners, the greatest weight first.
    ///
    /// # Errors
    /// [`AppError::Semantic`] for a place that there is not.
    pub async fn list_banners(
        &self,
        place: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Banner>, AppError> {
        self.banners(place, false, page).await
    }

    /// What everybody sees now, the greatest weight first.
    ///
    /// # Errors
    /// As [`App::list_banners`].
    pub async fn visible_banners(
        &self,
        place: Option<&str>,
        page: PageRequest,
    ) -> Result<Page<Banner>, AppError> {
        self.banners(place, true, page).await
    }

    async fn banners(
        &self,
        place: Option<&str>,
        visible: bool,
        page: PageRequest,
    ) -> Result<Page<Banner>, AppError> {
        if place.is_some_and(|place| !PLACES.contains(&place)) {
            return Err(semantic(
                "place",
                format!("must be one of {}", PLACES.join(", ")),
            ));
        }
        let filter = BannerFilter {
            place: place.map(str::to_owned),
            visible_at: visible.then(|| self.now()),
        };
        let mut view = self.db.view().await?;
        Ok(banners::list(view.conn(), &filter, page).await?)
    }
}

fn object(id: i64) -> String {
    format!("banner:{id}")
}

fn seen(banner: &Banner) -> Value {
    json!({
        "title": banner.title,
        "image": banner.image,
        "link": banner.link,
        "place": banner.place,
        "weight": banner.weight,
        "valid_from": banner.valid_from,
        "valid_until": banner.valid_until,
        "shown": banner.shown,
    })
}
