use super::invalid;
use crate::staff::Actor;
use crate::{App, AppError};
use serde_json::{Value, json};
use store::dicts::{self, DictEntry, DictType, EntryDraft};
use store::{Page, PageRequest};

const NO_DICT: AppError = AppError::NotFound("dictionary");
const NO_ENTRY: AppError = AppError::NotFound("entry");

/// A dictionary with its entries.
#[derive(Clone, Debug)]
pub struct DictView {
    /// The dictionary.
    pub dict: DictType,
    /// Its entries in their order.
    pub entries: Vec<DictEntry>,
}

impl App {
    /// A page of dictionaries, by code.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn list_dicts(&self, page: PageRequest) -> Result<Page<DictType>, AppError> {
        let mut view = self.db.view().await?;
        Ok(dicts::list_types(view.conn(), page).await?)
    }

    /// A dictionary with its entries.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a dictionary.
    pub async fn dict(&self, code: &str) -> Result<DictView, AppError> {
        let mut view = self.db.view().await?;
        let dict = dicts::find_type(view.conn(), code).await?.ok_or(NO_DICT)?;
        let entries = dicts::entries(view.conn(), code).await?;
        Ok(DictView { dict, entries })
    }

    /// Makes a dictionary.
    ///
    /// # Errors
    /// [`AppError::Conflict`] when there is one of that code.
    pub async fn add_dict(
        &self,
        actor: &Actor,
        code: &str,
        name: &str,
        remark: Option<&str>,
    ) -> Result<DictView, AppError> {
        let mut tx = self.db.begin().await?;
        let what = (code, name, remark);
        if !dicts::insert_type(tx.conn(), what, &actor.name, self.now()).await? {
            return Err(AppError::Conflict("dictionary code exists"));
        }
        let after = Some(json!({"name": name, "remark": remark}));
        let object = format!("dict:{code}");
        self.audit_in(&mut tx, actor, "system.dict.create", &object, None, after)
            .await?;
        tx.commit().await?;
        self.dict(code).await
    }

    /// Renames a dictionary.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a dictionary.
    pub async fn change_dict(
        &self,
        actor: &Actor,
        code: &str,
        name: &str,
        remark: Option<&str>,
    ) -> Result<DictView, AppError> {
        let mut tx = self.db.begin().await?;
        let before = dicts::find_type(tx.conn(), code).await?.ok_or(NO_DICT)?;
        let what = (code, name, remark);
        dicts::update_type(tx.conn(), what, &actor.name, self.now()).await?;
        let old = Some(json!({"name": before.name, "remark": before.remark}));
        let new = Some(json!({"name": name, "remark": remark}));
        let object = format!("dict:{code}");
        self.audit_in(&mut tx, actor, "system.dict.edit", &object, old, new)
            .await?;
        tx.commit().await?;
        self.dict(code).await
    }

    /// Takes a dictionary away, with its entries.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a dictionary.
    pub async fn remove_dict(&self, actor: &Actor, code: &str) -> Result<DictView, AppError> {
        let mut tx = self.db.begin().await?;
        let dict = dicts::find_type(tx.conn(), code).await?.ok_or(NO_DICT)?;
        let entries = dicts::entries(tx.conn(), code).await?;
        dicts::remove_type(tx.conn(), code).await?;
        let old = json!({
            "name": dict.name,
            "entries": entries.iter().map(shown).collect::<Vec<_>>(),
        });
        let object = format!("dict:{code}");
        self.audit_in(
            &mut tx,
            actor,
            "system.dict.delete",
            &object,
            Some(old),
            None,
        )
        .await?;
        tx.commit().await?;
        Ok(DictView { dict, entries })
    }

    /// Adds an entry to a dictionary.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such a dictionary, [`AppError::Conflict`] when it has that
    /// value.
    pub async fn add_dict_entry(
        &self,
        actor: &Actor,
        code: &str,
        draft: &EntryDraft,
    ) -> Result<DictEntry, AppError> {
        let mut tx = self.db.begin().await?;
        dicts::find_type(tx.conn(), code).await?.ok_or(NO_DICT)?;
        let id = dicts::insert_entry(tx.conn(), code, draft, &actor.name, self.now()).await?;
        let id = id.ok_or(AppError::Conflict("the dictionary has this value"))?;
        let entry = dicts::find_entry(tx.conn(), id).await?.ok_or(NO_ENTRY)?;
        let object = format!("dict:{code}");
        let after = Some(shown(&entry));
        self.audit_in(&mut tx, actor, "system.dict.create", &object, None, after)
            .await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Replaces an entry but for its value, which programs know.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an entry, [`AppError::Invalid`] for another value.
    pub async fn change_dict_entry(
        &self,
        actor: &Actor,
        id: i64,
        draft: &EntryDraft,
    ) -> Result<DictEntry, AppError> {
        let mut tx = self.db.begin().await?;
        let before = dicts::find_entry(tx.conn(), id).await?.ok_or(NO_ENTRY)?;
        if before.value != draft.value {
            return Err(invalid("value", "cannot be changed"));
        }
        dicts::update_entry(tx.conn(), id, draft, &actor.name, self.now()).await?;
        let after = dicts::find_entry(tx.conn(), id).await?.ok_or(NO_ENTRY)?;
        let object = format!("dict:{}", after.type_code);
        let (old, new) = (Some(shown(&before)), Some(shown(&after)));
        self.audit_in(&mut tx, actor, "system.dict.edit", &object, old, new)
            .await?;
        tx.commit().await?;
        Ok(after)
    }

    /// Takes an entry away.
    ///
    /// # Errors
    /// [`AppError::NotFound`] without such an entry.
    pub async fn remove_dict_entry(&self, actor: &Actor, id: i64) -> Result<DictEntry, AppError> {
        let mut tx = self.db.begin().await?;
        let before = dicts::find_entry(tx.conn(), id).await?.ok_or(NO_ENTRY)?;
        dicts::remove_entry(tx.conn(), id).await?;
        let object = format!("dict:{}", before.type_code);
        let old = Some(shown(&before));
        self.audit_in(&mut tx, actor, "system.dict.delete", &object, old, None)
            .await?;
        tx.commit().await?;
        Ok(before)
    }
}

fn shown(entry: &DictEntry) -> Value {
    json!({
        "value": entry.value,
        "label": entry.label,
        "sort": entry.sort,
        "enabled": entry.enabled,
        "remark": entry.remark,
    })
}
