//! Transfers to persons (商家转账): order, ask, take back.

use super::answer::is_absent;
use super::{AMOUNT_MAX, Wechat};
use crate::payment::error::ChannelError;
use crate::payment::moment::parse_rfc3339;
use crate::payment::rules::{check_amount, check_number, cut_chars};
use crate::payment::transfer::{Transfer, TransferState};
use kernel::Fen;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

const PATH: &str = "/v3/fund-app/mch-transfer/transfer-bills";
/// Longest remark, in characters.
const REMARK_CHARS_MAX: usize = 32;
/// From here on the payee's name is required.
const NAMED_FROM: Fen = Fen(200_000);
/// Below this the payee's name must not be given.
const NAMELESS_BELOW: Fen = Fen(30);

/// A transfer as order, query, cancellation and callback show it, in parts.
#[derive(Deserialize)]
pub(super) struct TransferFacts {
    pub(super) out_bill_no: String,
    transfer_bill_no: String,
    state: String,
    #[serde(alias = "mch_id")]
    pub(super) mchid: Option<String>,
    appid: Option<String>,
    transfer_amount: Option<i64>,
    openid: Option<String>,
    fail_reason: Option<String>,
    package_info: Option<String>,
    update_time: Option<String>,
}

impl TransferFacts {
    pub(super) fn state(&self, wechat: &Wechat) -> Result<TransferState, ChannelError> {
        let other_merchant = |id: &String| *id != wechat.config.mch_id;
        let other_app = |id: &String| !wechat.is_our_app(id);
        if self.mchid.as_ref().is_some_and(other_merchant)
            || self.appid.as_ref().is_some_and(other_app)
        {
            return Err(ChannelError::WrongMerchant);
        }
        Ok(match self.state.as_str() {
            "ACCEPTED" | "PROCESSING" | "TRANSFERING" => TransferState::Processing,
            "WAIT_USER_CONFIRM" => TransferState::WaitUserConfirm {
                package_info: self.package_info.clone(),
            },
            "SUCCESS" => TransferState::Success {
                channel_no: self.transfer_bill_no.clone(),
                amount: self.transfer_amount.map(Fen),
                at: self.update_time.as_deref().and_then(parse_rfc3339),
            },
            "FAIL" => TransferState::Failed {
                reason: self.fail_reason.clone().unwrap_or_default(),
            },
            "CANCELING" => TransferState::Cancelling,
            "CANCELLED" => TransferState::Cancelled,
            other => {
                let what = format!("transfer state {}", cut_chars(other, 32));
                return Err(ChannelError::Malformed(what));
            }
        })
    }

    /// Whether it is what `transfer` asks for.
    fn is_of(&self, transfer: &Transfer) -> bool {
        self.transfer_amount == Some(transfer.amount.0)
            && self.openid.as_ref() == Some(&transfer.payee)
    }
}

impl Wechat {
    pub(super) async fn pay_out(&self, transfer: &Transfer) -> Result<TransferState, ChannelError> {
        let body = self.transfer_order(transfer)?;
        let facts: TransferFacts = match self.post(PATH, &body).await {
            Ok(facts) => facts,
            Err(refusal @ ChannelError::Refused { .. }) => {
                // A refusal of a number that exists is a repeat of what was accepted before.
                return match self.find(&transfer.transfer_no).await {
                    Ok(Some(facts)) if facts.is_of(transfer) => facts.state(self),
                    Ok(_) => Err(refusal),
                    Err(_) => Err(refusal.into_unknown()),
                };
            }
            Err(other) => return Err(other),
        };
        self.read_transfer(&facts, &transfer.transfer_no)
    }

    fn transfer_order(&self, transfer: &Transfer) -> Result<Value, ChannelError> {
        check_number(&transfer.transfer_no)?;
        check_amount(transfer.amount, AMOUNT_MAX)?;
        let scene = self.config.transfer_scene_id.as_ref();
        let scene = scene.ok_or(ChannelError::Invalid("no transfer_scene_id is configured"))?;
        if transfer.payee.is_empty() {
            return Err(ChannelError::Invalid("the payee's openid is missing"));
        }
        let notify_url = transfer.notify_url.as_ref();
        let mut body = json!({
            "appid": self.config.app_id,
            "out_bill_no": transfer.transfer_no,
            "transfer_scene_id": scene,
            "openid": transfer.payee,
            "transfer_amount": transfer.amount,
            "transfer_remark": cut_chars(&transfer.remark, REMARK_CHARS_MAX),
            "notify_url": notify_url.unwrap_or(&self.config.transfer_notify_url),
            "transfer_scene_report_infos": self.config.transfer_scene_reports,
        });
        let name = transfer
            .payee_name
            .as_ref()
            .map(ExposeSecret::expose_secret);
        match name.filter(|name| !name.is_empty()) {
            Some(name) if transfer.amount >= NAMELESS_BELOW => {
                let encrypted = self.platform.preferred().encrypt(name);
                let encrypted = encrypted.ok_or(ChannelError::Invalid("the name is too long"))?;
                body["user_name"] = json!(encrypted);
            }
            None if transfer.amount >= NAMED_FROM => {
                return Err(ChannelError::Invalid(
                    "the payee's name is required from 2000 yuan",
                ));
            }
            Some(_) | None => {}
        }
        Ok(body)
    }

    async fn find(&self, transfer_no: &str) -> Result<Option<TransferFacts>, ChannelError> {
        let target = format!("{PATH}/out-bill-no/{transfer_no}");
        match self.get(&target).await {
            Err(error) if is_absent(&error) => Ok(None),
            other => other.map(Some),
        }
    }

    pub(super) async fn ask_transfer(
        &self,
        transfer_no: &str,
    ) -> Result<TransferState, ChannelError> {
        check_number(transfer_no)?;
        match self.find(transfer_no).await? {
            None => Ok(TransferState::NotFound),
            Some(facts) => self.read_transfer(&facts, transfer_no),
        }
    }

    pub(super) async fn take_back(&self, transfer_no: &str) -> Result<TransferState, ChannelError> {
        check_number(transfer_no)?;
        let target = format!("{PATH}/out-bill-no/{transfer_no}/cancel");
        let facts: TransferFacts = self.post_nothing(&target).await?;
        self.read_transfer(&facts, transfer_no)
    }

    fn read_transfer(
        &self,
        facts: &TransferFacts,
        transfer_no: &str,
    ) -> Result<TransferState, ChannelError> {
        if facts.out_bill_no != transfer_no {
            return Err(ChannelError::malformed("an answer about another transfer"));
        }
        facts.state(self)
    }
}
