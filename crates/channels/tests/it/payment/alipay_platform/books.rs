//! What Alipay knows, and how it answers.

use super::APP_ID;
use serde_json::{Value, json};
use std::collections::HashMap;

type Answer = Result<Value, &'static str>;

/// Payments, refunds and transfers by our numbers, as queries show them.
#[derive(Default)]
pub(in crate::payment) struct Books {
    pub(in crate::payment) trades: HashMap<String, Value>,
    pub(in crate::payment) refunds: HashMap<String, Value>,
    pub(in crate::payment) transfers: HashMap<String, Value>,
    /// The file behind every bill.
    pub(in crate::payment) bill: Option<Vec<u8>>,
    /// Where bills are said to lie, when not here.
    pub(in crate::payment) bill_url: Option<&'static str>,
    pub(super) own_url: String,
}

fn text<'a>(content: &'a Value, name: &str, max: usize) -> Result<&'a str, &'static str> {
    let value = content.pointer(name).and_then(Value::as_str);
    let fits = |value: &&str| (1..=max).contains(&value.chars().count());
    value.filter(fits).ok_or("ACQ.INVALID_PARAMETER")
}

/// Yuan with exactly two decimals.
fn yuan<'a>(content: &'a Value, name: &str) -> Result<&'a str, &'static str> {
    let value = text(content, name, 12)?;
    let (whole, cents) = value.split_once('.').ok_or("ACQ.INVALID_PARAMETER")?;
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if digits(whole) && digits(cents) && cents.len() == 2 {
        Ok(value)
    } else {
        Err("ACQ.INVALID_PARAMETER")
    }
}

impl Books {
    pub(super) fn answer(&mut self, method: &str, content: &Value) -> Answer {
        match method {
            "alipay.trade.create" => self.create(content),
            "alipay.trade.query" => {
                let known = self.trades.get(text(content, "/out_trade_no", 64)?);
                known.cloned().ok_or("ACQ.TRADE_NOT_EXIST")
            }
            "alipay.trade.close" => {
                let number = text(content, "/out_trade_no", 64)?;
                let trade = self.trades.get_mut(number).ok_or("ACQ.TRADE_NOT_EXIST")?;
                if trade["trade_status"] != "WAIT_BUYER_PAY" {
                    return Err("ACQ.TRADE_STATUS_ERROR");
                }
                trade["trade_status"] = json!("TRADE_CLOSED");
                Ok(json!({"out_trade_no": number, "trade_no": trade["trade_no"]}))
            }
            "alipay.trade.refund" => self.refund(content),
            "alipay.trade.fastpay.refund.query" => {
                let number = text(content, "/out_request_no", 64)?;
                text(content, "/out_trade_no", 64)?;
                // What is not there is an empty success.
                Ok(self.refunds.get(number).cloned().unwrap_or(json!({})))
            }
            "alipay.fund.trans.uni.transfer" => self.transfer(content),
            "alipay.fund.trans.common.query" => {
                let known = self.transfers.get(text(content, "/out_biz_no", 64)?);
                known.cloned().ok_or("ORDER_NOT_EXIST")
            }
            "alipay.data.dataservice.bill.downloadurl.query" => {
                text(content, "/bill_type", 20)?;
                text(content, "/bill_date", 10)?;
                if self.bill.is_none() {
                    return Err("isp.bill_not_exist");
                }
                let own = format!("{}/bill?token=x", self.own_url);
                let url = self.bill_url.map_or(own, str::to_owned);
                Ok(json!({"bill_download_url": url}))
            }
            _ => Err("isv.invalid-method"),
        }
    }

    fn create(&mut self, content: &Value) -> Answer {
        let number = text(content, "/out_trade_no", 64)?;
        let amount = yuan(content, "/total_amount")?;
        text(content, "/subject", 256)?;
        let expires = text(content, "/time_expire", 19)?;
        let buyer =
            text(content, "/buyer_id", 16).or_else(|_| text(content, "/buyer_open_id", 128))?;
        if content["product_code"] != "JSAPI_PAY"
            || content["op_app_id"] != APP_ID
            || expires.len() != 19
        {
            return Err("ACQ.INVALID_PARAMETER");
        }
        let trade = json!({
            "out_trade_no": number,
            "trade_no": "2026013122001400001",
            "trade_status": "WAIT_BUYER_PAY",
            "total_amount": amount,
            "buyer_open_id": buyer,
        });
        self.trades.insert(number.to_owned(), trade.clone());
        Ok(json!({"out_trade_no": number, "trade_no": trade["trade_no"]}))
    }

    pub(in crate::payment) fn pay(&mut self, number: &str) {
        let trade = self.trades.get_mut(number).expect("announced");
        trade["trade_status"] = json!("TRADE_SUCCESS");
        trade["send_pay_date"] = json!("2026-01-31 08:05:30");
    }

    fn refund(&mut self, content: &Value) -> Answer {
        let number = text(content, "/out_request_no", 64)?;
        let amount = yuan(content, "/refund_amount")?;
        text(content, "/refund_reason", 256)?;
        let trade_no = text(content, "/out_trade_no", 64)?;
        let trade = self.trades.get(trade_no).ok_or("ACQ.TRADE_NOT_EXIST")?;
        if trade["trade_status"] != "TRADE_SUCCESS" {
            return Err("ACQ.TRADE_STATUS_ERROR");
        }
        let mut answer = json!({
            "trade_no": trade["trade_no"],
            "out_trade_no": trade_no,
            "refund_fee": amount,
            "fund_change": "Y",
        });
        if self.refunds.contains_key(number) {
            answer["fund_change"] = json!("N");
            return Ok(answer);
        }
        let refund = json!({
            "trade_no": trade["trade_no"],
            "out_trade_no": trade_no,
            "out_request_no": number,
            "refund_amount": amount,
            "refund_status": "REFUND_SUCCESS",
            "gmt_refund_pay": "2026-01-31 08:06:01",
        });
        self.refunds.insert(number.to_owned(), refund);
        Ok(answer)
    }

    fn transfer(&mut self, content: &Value) -> Answer {
        let number = text(content, "/out_biz_no", 64)?;
        let amount = yuan(content, "/trans_amount")?;
        text(content, "/payee_info/identity", 64)?;
        text(content, "/order_title", 128)?;
        text(content, "/remark", 200)?;
        let kind = text(content, "/payee_info/identity_type", 20)?;
        if content["product_code"] != "TRANS_ACCOUNT_NO_PWD"
            || content["biz_scene"] != "DIRECT_TRANSFER"
            || !["ALIPAY_USER_ID", "ALIPAY_OPEN_ID"].contains(&kind)
        {
            return Err("INVALID_PARAMETER");
        }
        let transfer = json!({
            "out_biz_no": number,
            "order_id": "20260131110070000006720000000001",
            "pay_fund_order_id": "20260131110070001506720000000001",
            "status": "SUCCESS",
            "trans_amount": amount,
            "pay_date": "2026-01-31 08:06:02",
        });
        self.transfers.insert(number.to_owned(), transfer.clone());
        Ok(json!({
            "out_biz_no": number,
            "order_id": transfer["order_id"],
            "status": transfer["status"],
            "trans_date": transfer["pay_date"],
        }))
    }
}
