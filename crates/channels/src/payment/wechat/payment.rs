//! Payments: announce, ask, close.

use super::answer::is_absent;
use super::signature::new_nonce;
use super::{AMOUNT_MAX, Wechat};
use crate::payment::error::ChannelError;
use crate::payment::moment::{parse_rfc3339, rfc3339};
use crate::payment::prepay::{Paid, PaymentMethod, PaymentState, Prepay, PrepayTicket};
use crate::payment::rules::{check_amount, check_number, cut_chars};
use kernel::Fen;
use serde::Deserialize;
use serde_json::{Value, json};

/// Longest description, in characters.
const DESCRIPTION_CHARS_MAX: usize = 127;

/// What the four ways of paying answer, one field each.
#[derive(Deserialize)]
struct Announced {
    prepay_id: Option<String>,
    h5_url: Option<String>,
    code_url: Option<String>,
}

/// A payment as a query and a callback show it.
#[derive(Deserialize)]
pub(super) struct Transaction {
    appid: String,
    mchid: String,
    pub(super) out_trade_no: String,
    #[serde(rename = "transaction_id")]
    number: Option<String>,
    trade_state: String,
    success_time: Option<String>,
    payer: Option<Payer>,
    amount: Option<Amount>,
}

#[derive(Deserialize)]
struct Payer {
    openid: Option<String>,
}

#[derive(Deserialize)]
struct Amount {
    total: i64,
    currency: Option<String>,
}

impl Transaction {
    /// Its state, once it is sure that it is ours.
    pub(super) fn state(&self, wechat: &Wechat) -> Result<PaymentState, ChannelError> {
        if self.mchid != wechat.config.mch_id || !wechat.is_our_app(&self.appid) {
            return Err(ChannelError::WrongMerchant);
        }
        Ok(match self.trade_state.as_str() {
            "SUCCESS" => PaymentState::Paid(self.paid()?),
            "REFUND" => PaymentState::Refunded(self.paid()?),
            // After a failed attempt the payer may try again until the payment expires.
            "NOTPAY" | "PAYERROR" => PaymentState::NotPaid,
            "USERPAYING" | "ACCEPT" => PaymentState::Paying,
            "CLOSED" | "REVOKED" => PaymentState::Closed,
            other => {
                let what = format!("trade_state {}", cut_chars(other, 32));
                return Err(ChannelError::Malformed(what));
            }
        })
    }

    fn paid(&self) -> Result<Paid, ChannelError> {
        let missing = || ChannelError::malformed("a paid transaction without number or time");
        let amount = self.amount.as_ref();
        let amount = amount.ok_or_else(|| ChannelError::malformed("no amount"))?;
        if amount.currency.as_deref().is_some_and(|it| it != "CNY") {
            return Err(ChannelError::malformed("a currency other than CNY"));
        }
        if amount.total < 0 {
            return Err(ChannelError::malformed("a negative amount"));
        }
        let paid_at = self.success_time.as_deref().and_then(parse_rfc3339);
        Ok(Paid {
            channel_no: self.number.clone().ok_or_else(missing)?,
            amount: Fen(amount.total),
            paid_at: paid_at.ok_or_else(missing)?,
            payer: self.payer.as_ref().and_then(|payer| payer.openid.clone()),
        })
    }
}

impl Wechat {
    pub(super) async fn announce(&self, prepay: &Prepay) -> Result<PrepayTicket, ChannelError> {
        let (path, body) = self.announcement(prepay)?;
        let announced: Announced = self.post(path, &body).await?;
        self.ticket(prepay, announced)
    }

    fn announcement(&self, prepay: &Prepay) -> Result<(&'static str, Value), ChannelError> {
        check_number(&prepay.payment_no)?;
        check_amount(prepay.amount, AMOUNT_MAX)?;
        let notify_url = prepay.notify_url.as_ref();
        let mut body = json!({
            "appid": self.app_id(prepay.method),
            "mchid": self.config.mch_id,
            "description": cut_chars(&prepay.description, DESCRIPTION_CHARS_MAX),
            "out_trade_no": prepay.payment_no,
            "time_expire": rfc3339(prepay.expires_at),
            "notify_url": notify_url.unwrap_or(&self.config.payment_notify_url),
            "amount": {"total": prepay.amount, "currency": "CNY"},
        });
        if let Some(address) = prepay.client_ip {
            body["scene_info"] = json!({"payer_client_ip": address});
        }
        let path = match prepay.method {
            PaymentMethod::WechatJsapi | PaymentMethod::WechatMini => {
                let payer = prepay.payer.as_deref().filter(|payer| !payer.is_empty());
                let payer = payer.ok_or(ChannelError::Invalid("the payer's openid is missing"))?;
                body["payer"] = json!({"openid": payer});
                "/v3/pay/transactions/jsapi"
            }
            PaymentMethod::WechatApp => "/v3/pay/transactions/app",
            PaymentMethod::WechatH5 => {
                if prepay.client_ip.is_none() {
                    return Err(ChannelError::Invalid("the payer's address is missing"));
                }
                body["scene_info"]["h5_info"] = json!({"type": "Wap"});
                "/v3/pay/transactions/h5"
            }
            PaymentMethod::WechatNative => "/v3/pay/transactions/native",
            PaymentMethod::AlipayMini | PaymentMethod::AlipayApp | PaymentMethod::Mock => {
                return Err(ChannelError::Invalid("not a payment method of WeChat Pay"));
            }
        };
        Ok((path, body))
    }

    fn ticket(&self, prepay: &Prepay, announced: Announced) -> Result<PrepayTicket, ChannelError> {
        let missing = || ChannelError::malformed("the answer lacks what the cashier needs");
        let Announced {
            prepay_id,
            h5_url,
            code_url,
        } = announced;
        match prepay.method {
            PaymentMethod::WechatH5 => Ok(PrepayTicket {
                reference: prepay.payment_no.clone(),
                client_params: json!({"h5_url": h5_url.ok_or_else(missing)?}),
            }),
            PaymentMethod::WechatNative => Ok(PrepayTicket {
                reference: prepay.payment_no.clone(),
                client_params: json!({"code_url": code_url.ok_or_else(missing)?}),
            }),
            method => {
                let reference = prepay_id.ok_or_else(missing)?;
                let client_params = self.cashier(method, &reference);
                Ok(PrepayTicket {
                    reference,
                    client_params,
                })
            }
        }
    }

    /// The signed parameters of `wx.requestPayment`, `WeixinJSBridge` or the app's SDK.
    fn cashier(&self, method: PaymentMethod, prepay_id: &str) -> Value {
        let app_id = self.app_id(method);
        let timestamp = self.now().unix_seconds().to_string();
        let nonce = new_nonce();
        if method == PaymentMethod::WechatApp {
            let sign = self.sign_lines(&[app_id, &timestamp, &nonce, prepay_id]);
            return json!({
                "appid": app_id,
                "partnerid": self.config.mch_id,
                "prepayid": prepay_id,
                "package": "Sign=WXPay",
                "noncestr": nonce,
                "timestamp": timestamp,
                "sign": sign,
            });
        }
        let package = format!("prepay_id={prepay_id}");
        let sign = self.sign_lines(&[app_id, &timestamp, &nonce, &package]);
        json!({
            "appId": app_id,
            "timeStamp": timestamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": sign,
        })
    }

    pub(super) async fn ask_payment(&self, payment_no: &str) -> Result<PaymentState, ChannelError> {
        check_number(payment_no)?;
        let mch_id = &self.config.mch_id;
        let target = format!("/v3/pay/transactions/out-trade-no/{payment_no}?mchid={mch_id}");
        let transaction: Transaction = match self.get(&target).await {
            Err(error) if is_absent(&error) => return Ok(PaymentState::NotFound),
            other => other?,
        };
        if transaction.out_trade_no != payment_no {
            return Err(ChannelError::malformed("an answer about another payment"));
        }
        transaction.state(self)
    }

    pub(super) async fn close_payment(&self, payment_no: &str) -> Result<(), ChannelError> {
        check_number(payment_no)?;
        let target = format!("/v3/pay/transactions/out-trade-no/{payment_no}/close");
        let closed = self
            .order(&target, &json!({"mchid": self.config.mch_id}))
            .await;
        match closed {
            Err(error) if is_absent(&error) || is_closed(&error) => Ok(()),
            other => other,
        }
    }
}

fn is_closed(error: &ChannelError) -> bool {
    matches!(error, ChannelError::Refused { code, .. }
        if ["ORDER_CLOSED", "ORDERCLOSED"].contains(&code.as_str()))
}
