//! Cards that may charge.

use crate::Api;
use crate::console::{Acting, Seen};
use crate::envelope::{Answer, Envelope, ok};
use crate::failure::{Failure, Refusal};
use crate::payload::{At, Filter, Named, Payload};
use crate::run_to_end::run_to_end;
use crate::staff::mobile;
use crate::view::{PageOut, PageQuery, seconds};
use axum::extract::State;
use device::ChargeMode;
use domain::card::{Card, CardAccount, CardStatus, md5_of, plain_number};
use kernel::{Energy, Fen, MemberId, OrgId, Timestamp};
use serde::{Deserialize, Serialize};
use store::cards::{CardEntry, CardLine, CardRow};
use utoipa::{IntoParams, ToSchema};

/// Longest number.
const NUMBER_MAX: usize = 32;
/// Most charges of a card that one day may have.
const DAILY_TIMES_MAX: u32 = 1000;
/// Highest limit of a charge: a million yuan.
pub(super) const LIMIT_MAX: i64 = 100_000_000;
/// Longest text about somebody.
const TEXT_MAX: usize = 200;
/// Why a number in a body is refused that differs from the one in the path.
pub(super) const NOT_OF_ADDRESS: &str = "must be that of the address";
/// Longest password.
const PASSWORD_MAX: usize = 32;

/// What is written about a card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"card_no": "1000000001", "limit_fen": 10000, "physical_no": "00000000D14B0A54"}))]
pub(crate) struct CardBody {
    /// The number printed on it, 1 to 32 letters and digits; leading zeros do not count. Required
    /// for a new card; where the address has it, it may be left out and not be another.
    card_no: Option<String>,
    /// The number in the chip, hexadecimal, as a reader sends it.
    physical_no: Option<String>,
    /// `inactive`, `active`, `lost`, `blocked`, `cancelled`; `active` when absent.
    status: Option<String>,
    /// What the holder types at devices that ask; an empty text takes the password away, none
    /// leaves it.
    password: Option<String>,
    /// Most that one charge may cost, fen.
    #[schema(minimum = 1, maximum = 100_000_000)]
    limit_fen: i64,
    /// `listed`: charges up to its limit and costs nobody here anything; `account`: its member's
    /// wallet or its company's account pays; `stored`: its own balance pays; `monthly`: paid for
    /// by the month. `listed` when absent; what is written stays when a change leaves it out.
    kind: Option<String>,
    /// The member of an `account` card.
    member_id: Option<i64>,
    /// The company of an `account` card.
    company_id: Option<i64>,
    /// Most that its charges of one day may cost, fen.
    daily_limit_fen: Option<i64>,
    /// Most charges of one day.
    #[schema(minimum = 1, maximum = 1000)]
    daily_times: Option<u32>,
    /// 1 time, 2 energy, 4 until full; 4 when absent.
    charge_mode: Option<i16>,
    /// Seconds of a charge by time.
    duration: Option<u32>,
    /// 0.01 kWh of a charge by energy.
    energy: Option<u32>,
    /// It may be stored in devices, to charge while they are away.
    #[serde(default)]
    offline: bool,
    /// Its last instant, Unix seconds.
    valid_until: Option<i64>,
    /// It serves at this station only.
    station_id: Option<i64>,
    /// Who has it.
    holder: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Free text.
    remark: Option<String>,
}

/// A card.
#[derive(Serialize, ToSchema)]
pub(crate) struct CardOut {
    /// The number printed on it, without leading zeros.
    #[schema(example = "1000000001")]
    card_no: String,
    /// The number in the chip.
    physical_no: Option<String>,
    /// `inactive`, `active`, `lost`, `blocked`, `cancelled`.
    #[schema(example = "active")]
    status: &'static str,
    /// Whether a password is asked for.
    has_password: bool,
    /// Most that one charge may cost, fen.
    limit_fen: i64,
    /// `listed`, `account`, `stored`, `monthly`.
    #[schema(example = "stored")]
    kind: &'static str,
    /// The member of an `account` card.
    member_id: Option<i64>,
    /// The company of an `account` card.
    company_id: Option<i64>,
    /// The member who holds it.
    holder_member_id: Option<i64>,
    /// Most that its charges of one day may cost, fen.
    daily_limit_fen: Option<i64>,
    /// Most charges of one day.
    daily_times: Option<u32>,
    /// 1 time, 2 energy, 4 until full.
    charge_mode: i16,
    /// Seconds of a charge by time.
    duration: Option<u32>,
    /// 0.01 kWh of a charge by energy.
    energy: Option<i64>,
    /// It may be stored in devices.
    offline: bool,
    /// Its last instant, Unix seconds.
    valid_until: Option<i64>,
    /// It serves at this station only.
    station_id: Option<i64>,
    /// Who has it.
    holder: Option<String>,
    /// That person's telephone.
    phone: Option<String>,
    /// Free text.
    remark: Option<String>,
    /// When it was handed in, Unix seconds.
    created_at: i64,
    /// What a stored card holds, fen; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    balance_fen: Option<i64>,
    /// When a charge was last started with it, Unix seconds; in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<i64>,
}

impl From<CardLine> for CardOut {
    fn from(line: CardLine) -> Self {
        Self {
            balance_fen: line.balance.map(|fen| fen.0),
            last_used_at: seconds(line.last_used_at),
            ..line.row.into()
        }
    }
}

impl From<CardRow> for CardOut {
    fn from(row: CardRow) -> Self {
        let card = row.card;
        let (member_id, company_id) = payer_of(&card.account);
        Self {
            card_no: card.card_no,
            physical_no: card.physical_no,
            status: card.status.as_str(),
            has_password: card.password_md5.is_some(),
            limit_fen: card.limit.0,
            kind: card.account.kind(),
            member_id,
            company_id,
            holder_member_id: card.holder.map(|id| id.0),
            daily_limit_fen: card.daily_limit.map(|limit| limit.0),
            daily_times: card.daily_times,
            charge_mode: card.charge_mode.code(),
            duration: card.duration_s,
            energy: card.energy.map(Energy::centi_kwh),
            offline: card.offline,
            valid_until: seconds(card.valid_until),
            station_id: card.station_id,
            holder: row.holder,
            phone: row.phone,
            remark: row.remark,
            created_at: row.created_at.unix_seconds(),
            balance_fen: None,
            last_used_at: None,
        }
    }
}

impl CardBody {
    /// The entry; `known` is what was written before.
    fn read(self, card_no: String, known: Option<&Card>) -> Result<CardEntry, Failure> {
        let status = self.status.as_deref().map(status).transpose()?;
        let mode = ChargeMode::from_code(self.charge_mode.unwrap_or(ChargeMode::Full.code()));
        let charge_mode = mode.filter(|mode| *mode != ChargeMode::Power);
        let charge_mode =
            charge_mode.ok_or_else(|| Failure::invalid("charge_mode", "must be 1, 2 or 4"))?;
        if charge_mode == ChargeMode::Time && self.duration.is_none_or(|s| s == 0) {
            return Err(Failure::semantic(
                "duration",
                "is required for a charge by time",
            ));
        }
        if charge_mode == ChargeMode::Energy && self.energy.is_none_or(|e| e == 0) {
            return Err(Failure::semantic(
                "energy",
                "is required for a charge by energy",
            ));
        }
        if !(1..=LIMIT_MAX).contains(&self.limit_fen) {
            return Err(Failure::invalid("limit_fen", "must be 1 to 100000000"));
        }
        let account = match &self.kind {
            None => {
                let account = known.map_or(CardAccount::Listed, |card| card.account.clone());
                let (known_member, known_company) = payer_of(&account);
                let other = |said: Option<i64>, known| said.is_some() && said != known;
                if other(self.member_id, known_member) || other(self.company_id, known_company) {
                    let problem = "is required with member_id or company_id";
                    return Err(Failure::invalid("kind", problem));
                }
                account
            }
            Some(kind) => {
                let member = self.member_id.map(MemberId);
                let company = self.company_id.map(OrgId);
                if kind != "account" && (member.is_some() || company.is_some()) {
                    let problem = "must be account for a card with member_id or company_id";
                    return Err(Failure::invalid("kind", problem));
                }
                CardAccount::read(kind, member, company).ok_or_else(|| {
                    let problem = "must be listed, stored, monthly, or account with either \
                                   member_id or company_id";
                    Failure::invalid("kind", problem)
                })?
            }
        };
        if self.daily_limit_fen.is_some_and(|limit| limit < 1) {
            return Err(Failure::invalid("daily_limit_fen", "must be at least 1"));
        }
        let times = self.daily_times;
        if times.is_some_and(|times| !(1..=DAILY_TIMES_MAX).contains(&times)) {
            return Err(Failure::invalid("daily_times", "must be 1 to 1000"));
        }
        Ok(CardEntry {
            card: Card {
                card_no,
                physical_no: self.physical_no.as_deref().map(chip).transpose()?,
                status: status.unwrap_or(CardStatus::Active),
                password_md5: match self.password {
                    None => known.and_then(|card| card.password_md5.clone()),
                    Some(text) if text.is_empty() => None,
                    Some(text) if text.len() <= PASSWORD_MAX => Some(md5_of(&text)),
                    Some(_) => {
                        return Err(Failure::invalid("password", "must have at most 32 bytes"));
                    }
                },
                limit: Fen(self.limit_fen),
                account,
                holder: known.and_then(|card| card.holder),
                daily_limit: self.daily_limit_fen.map(Fen),
                daily_times: times,
                charge_mode,
                duration_s: self.duration,
                energy: self.energy.map(|e| Energy::from_centi_kwh(i64::from(e))),
                offline: self.offline,
                valid_until: self.valid_until.map(Timestamp::from_unix_seconds),
                station_id: self.station_id,
            },
            holder: text("holder", self.holder)?,
            phone: mobile(text("phone", self.phone)?)?,
            remark: text("remark", self.remark)?,
        })
    }
}

/// The member or the company of an account.
const fn payer_of(account: &CardAccount) -> (Option<i64>, Option<i64>) {
    match account {
        CardAccount::Member(id) => (Some(id.0), None),
        CardAccount::Company(id) => (None, Some(id.0)),
        CardAccount::Listed | CardAccount::Stored | CardAccount::Monthly => (None, None),
    }
}

pub(super) fn status(text: &str) -> Result<CardStatus, Failure> {
    CardStatus::parse(text).ok_or_else(|| {
        let problem = "must be inactive, active, lost, blocked or cancelled";
        Failure::invalid("status", problem)
    })
}

/// A text about somebody.
pub(super) fn text(field: &str, said: Option<String>) -> Result<Option<String>, Failure> {
    match said {
        Some(said) if said.chars().count() > TEXT_MAX => {
            Err(Failure::invalid(field, "must have at most 200 characters"))
        }
        said => Ok(said),
    }
}

fn chip(said: &str) -> Result<String, Failure> {
    let hex = said.bytes().all(|byte| byte.is_ascii_hexdigit());
    if hex && (8..=NUMBER_MAX).contains(&said.len()) && said.len().is_multiple_of(2) {
        Ok(said.to_ascii_uppercase())
    } else {
        Err(Failure::invalid(
            "physical_no",
            "must be 8 to 32 hex digits",
        ))
    }
}

fn number(said: &str) -> Result<String, Failure> {
    let plain = said.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain && (1..=NUMBER_MAX).contains(&said.len()) {
        Ok(plain_number(said))
    } else {
        Err(Failure::invalid(
            "card_no",
            "must be 1 to 32 letters and digits",
        ))
    }
}

/// A card's number in a path.
#[derive(Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct CardNumber(pub(crate) String);

impl TryFrom<String> for CardNumber {
    type Error = &'static str;

    fn try_from(said: String) -> Result<Self, &'static str> {
        number(&said).map(Self).map_err(|_| "no such number")
    }
}

impl Named for CardNumber {
    const NAME: &'static str = "card";
}

/// Which cards a list shows.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CardQuery {
    /// Which page, 1 for the first.
    #[param(minimum = 1, example = 1)]
    page: Option<u32>,
    /// Rows per page.
    #[param(minimum = 1, maximum = 500, example = 20)]
    size: Option<u32>,
    /// In this state only.
    status: Option<String>,
    /// With this number only.
    card_no: Option<String>,
}

impl PageQuery for CardQuery {
    fn page_and_size(&self) -> (Option<u32>, Option<u32>) {
        (self.page, self.size)
    }
}

/// Lists cards, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/admin/cards",
    tag = "administration",
    operation_id = "list_cards",
    extensions(
        ("x-access" = json!("user.card.view")),
        ("x-dataset" = json!("cards")),
        ("x-scope" = json!("org")),
    ),
    params(CardQuery),
    responses((status = 200, description = "A page", body = Envelope<PageOut<CardOut>>))
)]
pub(crate) async fn list(
    State(api): State<Api>,
    Seen(scope): Seen,
    Filter(query): Filter<CardQuery>,
) -> Answer<PageOut<CardOut>> {
    let status = query.status.as_deref().map(status).transpose()?;
    let card_no = query.card_no.as_deref().map(number).transpose()?;
    let page = api
        .app()
        .list_cards(&scope, status, card_no.as_deref(), query.page_request()?)
        .await?;
    Ok(ok(PageOut::of(page, CardOut::from)))
}

/// Adds a card.
#[utoipa::path(
    post,
    path = "/api/v1/admin/cards",
    tag = "administration",
    operation_id = "add_card",
    extensions(
        ("x-access" = json!("user.card.create")),
        ("x-dataset" = json!("cards")),
        ("x-scope" = json!("org")),
    ),
    request_body = CardBody,
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 409, description = "`card exists`, or another card has that chip", body = Refusal),
        (status = 422, description = "A mode without what it needs", body = Refusal),
    )
)]
pub(crate) async fn add(
    State(api): State<Api>,
    Acting(actor): Acting,
    Payload(body): Payload<CardBody>,
) -> Answer<CardOut> {
    let card_no = body.card_no.as_deref();
    let card_no = number(card_no.ok_or_else(|| Failure::invalid("card_no", "is missing"))?)?;
    let entry = body.read(card_no, None)?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.add_card(&actor, entry).await }).await?;
    Ok(ok(row.into()))
}

/// Shows a card.
#[utoipa::path(
    get,
    path = "/api/v1/admin/cards/{card_no}",
    tag = "administration",
    operation_id = "show_card",
    extensions(("x-access" = json!("user.card.view")), ("x-dataset" = json!("cards"))),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
    )
)]
pub(crate) async fn show(State(api): State<Api>, At(card_no): At<CardNumber>) -> Answer<CardOut> {
    Ok(ok(api.app().card(&card_no.0).await?.into()))
}

/// Replaces what is written about a card.
#[utoipa::path(
    put,
    path = "/api/v1/admin/cards/{card_no}",
    tag = "administration",
    operation_id = "change_card",
    extensions(("x-access" = json!("user.card.edit")), ("x-dataset" = json!("cards"))),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    request_body = CardBody,
    responses(
        (status = 200, description = "The card", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "It cannot go into that state, still has money or a debt, or \
            another card has that chip", body = Refusal),
        (status = 422, description = "A mode without what it needs", body = Refusal),
    )
)]
pub(crate) async fn change(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
    Payload(body): Payload<CardBody>,
) -> Answer<CardOut> {
    let card_no = card_no.0;
    if let Some(said) = &body.card_no
        && number(said)? != card_no
    {
        return Err(Failure::invalid("card_no", NOT_OF_ADDRESS));
    }
    let known = api.app().card(&card_no).await?;
    let entry = body.read(card_no, Some(&known.card))?;
    let app = api.app().clone();
    let row = run_to_end(async move { app.change_card(&actor, entry).await }).await?;
    Ok(ok(row.into()))
}

/// Takes a card off the list. A charge that it started goes on.
#[utoipa::path(
    delete,
    path = "/api/v1/admin/cards/{card_no}",
    tag = "administration",
    operation_id = "remove_card",
    extensions(("x-access" = json!("user.card.delete")), ("x-dataset" = json!("cards"))),
    params(("card_no" = String, Path, description = "Its number", example = "1000000001")),
    responses(
        (status = 200, description = "Gone", body = Envelope<CardOut>),
        (status = 404, description = "No such card", body = Refusal),
        (status = 409, description = "It still has money or a debt", body = Refusal),
    )
)]
pub(crate) async fn remove(
    State(api): State<Api>,
    Acting(actor): Acting,
    At(card_no): At<CardNumber>,
) -> Answer<CardOut> {
    let card_no = card_no.0;
    let known = api.app().card(&card_no).await?;
    let app = api.app().clone();
    run_to_end(async move { app.remove_card(&actor, &card_no).await }).await?;
    Ok(ok(known.into()))
}
