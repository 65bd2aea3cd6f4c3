//! What WeChat Pay knows, and how it answers.

use super::{APP_ID, MCH_ID, NATIVE_APP_ID, PLATFORM};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};
use std::collections::HashMap;

const TRANSFERS: &str = "/v3/fund-app/mch-transfer/transfer-bills";

type Answer = Result<Value, (u16, &'static str)>;

/// Payments, refunds and transfers by our numbers, as queries show them.
#[derive(Default)]
pub(in crate::payment) struct Books {
    pub(in crate::payment) payments: HashMap<String, Value>,
    pub(in crate::payment) refunds: HashMap<String, Value>,
    pub(in crate::payment) transfers: HashMap<String, Value>,
    /// The file behind every bill.
    pub(in crate::payment) bill: Option<String>,
    /// The hash that is told for it; the true one when absent.
    pub(in crate::payment) bill_hash: Option<String>,
    /// The state that new refunds have.
    pub(in crate::payment) refund_status: Option<&'static str>,
}

/// A text field between two lengths.
fn text<'a>(
    body: &'a Value,
    name: &str,
    min: usize,
    max: usize,
) -> Result<&'a str, (u16, &'static str)> {
    let value = body.pointer(name).and_then(Value::as_str);
    let fits = |value: &&str| (min..=max).contains(&value.chars().count());
    value.filter(fits).ok_or((400, "PARAM_ERROR"))
}

fn amount(body: &Value, name: &str) -> Result<i64, (u16, &'static str)> {
    let value = body.pointer(name).and_then(Value::as_i64);
    value.filter(|it| *it > 0).ok_or((400, "PARAM_ERROR"))
}

impl Books {
    pub(super) fn answer(&mut self, method: &str, path: &str, query: &str, body: &Value) -> Answer {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("POST", ["v3", "pay", "transactions", way]) => self.announce(way, body),
            ("GET", ["v3", "pay", "transactions", "out-trade-no", number]) => {
                if query != format!("mchid={MCH_ID}") {
                    return Err((400, "PARAM_ERROR"));
                }
                let known = self.payments.get(*number).cloned();
                known.ok_or((404, "ORDER_NOT_EXIST"))
            }
            ("POST", ["v3", "pay", "transactions", "out-trade-no", number, "close"]) => {
                if body["mchid"] != MCH_ID {
                    return Err((400, "PARAM_ERROR"));
                }
                let payment = self.payments.get_mut(*number);
                let payment = payment.ok_or((404, "ORDER_NOT_EXIST"))?;
                match payment["trade_state"].as_str() {
                    Some("NOTPAY") => payment["trade_state"] = json!("CLOSED"),
                    Some("CLOSED") => return Err((400, "ORDER_CLOSED")),
                    _ => return Err((400, "ORDER_PAID")),
                }
                Ok(Value::Null)
            }
            ("POST", ["v3", "refund", "domestic", "refunds"]) => self.refund(body),
            ("GET", ["v3", "refund", "domestic", "refunds", number]) => {
                let known = self.refunds.get(*number).cloned();
                known.ok_or((404, "RESOURCE_NOT_EXISTS"))
            }
            ("POST", _) if path == TRANSFERS => self.transfer(body),
            ("GET", [.., "out-bill-no", number]) => {
                let known = self.transfers.get(*number).cloned();
                known.ok_or((404, "NOT_FOUND"))
            }
            ("POST", [.., "out-bill-no", number, "cancel"]) => {
                if !body.is_null() {
                    return Err((400, "PARAM_ERROR"));
                }
                let transfer = self.transfers.get_mut(*number);
                let transfer = transfer.ok_or((404, "NOT_FOUND"))?;
                if transfer["state"] != "WAIT_USER_CONFIRM" {
                    return Err((400, "INVALID_REQUEST"));
                }
                transfer["state"] = json!("CANCELING");
                Ok(json!({
                    "out_bill_no": number,
                    "transfer_bill_no": transfer["transfer_bill_no"],
                    "state": "CANCELING",
                    "update_time": "2026-01-31T08:06:00+08:00",
                }))
            }
            ("GET", ["v3", "bill", _]) => self.bill_address(path, query),
            _ => Err((404, "RESOURCE_NOT_EXISTS")),
        }
    }

    fn announce(&mut self, way: &str, body: &Value) -> Answer {
        let app_id = if way == "app" { NATIVE_APP_ID } else { APP_ID };
        if body["appid"] != app_id || body["mchid"] != MCH_ID {
            return Err((400, "APPID_MCHID_NOT_MATCH"));
        }
        text(body, "/description", 1, 127)?;
        let number = text(body, "/out_trade_no", 6, 32)?;
        text(body, "/notify_url", 10, 255)?;
        let expires = text(body, "/time_expire", 25, 25)?;
        if !expires.ends_with("+08:00") || body["amount"]["currency"] != "CNY" {
            return Err((400, "PARAM_ERROR"));
        }
        let total = amount(body, "/amount/total")?;
        let answer = match way {
            "jsapi" => {
                text(body, "/payer/openid", 1, 128)?;
                json!({"prepay_id": "wx201410272009395522657a690389285100"})
            }
            "app" => json!({"prepay_id": "wx201410272009395522657a690389285100"}),
            "h5" => {
                text(body, "/scene_info/payer_client_ip", 7, 45)?;
                text(body, "/scene_info/h5_info/type", 3, 32)?;
                json!({"h5_url": "https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?x=1"})
            }
            "native" => json!({"code_url": "weixin://wxpay/bizpayurl?pr=p4lpSuKzz"}),
            _ => return Err((404, "RESOURCE_NOT_EXISTS")),
        };
        let payment = json!({
            "appid": app_id,
            "mchid": MCH_ID,
            "out_trade_no": number,
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
            "amount": {"total": total, "currency": "CNY"},
        });
        self.payments.insert(number.to_owned(), payment);
        Ok(answer)
    }

    /// The payer pays; what the callback says.
    pub(in crate::payment) fn pay(&mut self, number: &str) -> Value {
        let payment = self.payments.get_mut(number).expect("announced");
        let facts = json!({
            "transaction_id": "4200000001202601310000000001",
            "trade_type": "JSAPI",
            "trade_state": "SUCCESS",
            "trade_state_desc": "支付成功",
            "bank_type": "OTHERS",
            "success_time": "2026-01-31T08:05:30+08:00",
            "payer": {"openid": "o-payer-0001"},
        });
        for (name, value) in facts.as_object().expect("an object") {
            payment[name] = value.clone();
        }
        payment.clone()
    }

    fn refund(&mut self, body: &Value) -> Answer {
        let number = text(body, "/out_refund_no", 1, 64)?;
        let payment_no = text(body, "/out_trade_no", 6, 32)?;
        text(body, "/notify_url", 10, 255)?;
        let reason = text(body, "/reason", 1, 80)?;
        let (refund, total) = (
            amount(body, "/amount/refund")?,
            amount(body, "/amount/total")?,
        );
        if reason.len() > 80 || body["amount"]["currency"] != "CNY" {
            return Err((400, "PARAM_ERROR"));
        }
        if let Some(known) = self.refunds.get(number) {
            return Ok(known.clone());
        }
        let payment = self.payments.get(payment_no);
        let payment = payment.ok_or((404, "RESOURCE_NOT_EXISTS"))?;
        if payment["trade_state"] != "SUCCESS" || payment["amount"]["total"] != total {
            return Err((400, "INVALID_REQUEST"));
        }
        let status = self.refund_status.unwrap_or("SUCCESS");
        let mut answer = json!({
            "refund_id": "50000000382019052709732678859",
            "out_refund_no": number,
            "transaction_id": payment["transaction_id"],
            "out_trade_no": payment_no,
            "channel": "ORIGINAL",
            "user_received_account": "招商银行信用卡0403",
            "create_time": "2026-01-31T08:06:00+08:00",
            "status": status,
            "amount": {"total": total, "refund": refund, "payer_total": total,
                "payer_refund": refund, "currency": "CNY"},
        });
        if status == "SUCCESS" {
            answer["success_time"] = json!("2026-01-31T08:06:01+08:00");
        }
        self.refunds.insert(number.to_owned(), answer.clone());
        Ok(answer)
    }

    fn transfer(&mut self, body: &Value) -> Answer {
        if body["appid"] != APP_ID {
            return Err((400, "APPID_MCHID_NOT_MATCH"));
        }
        let number = text(body, "/out_bill_no", 1, 32)?;
        if !number.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err((400, "PARAM_ERROR"));
        }
        text(body, "/transfer_scene_id", 1, 36)?;
        text(body, "/transfer_remark", 1, 32)?;
        text(body, "/notify_url", 10, 256)?;
        text(body, "/transfer_scene_report_infos/0/info_type", 1, 15)?;
        text(body, "/transfer_scene_report_infos/0/info_content", 1, 32)?;
        let openid = text(body, "/openid", 1, 64)?;
        let money = amount(body, "/transfer_amount")?;
        let name = body.get("user_name").and_then(Value::as_str);
        let name = name.map(|name| PLATFORM.decrypt(name));
        let allowed = match &name {
            None => money < 200_000,
            Some(None) => false,
            Some(Some(_)) => money >= 30,
        };
        if !allowed {
            return Err((400, "PARAM_ERROR"));
        }
        if self.transfers.contains_key(number) {
            return Err((400, "ALREADY_EXISTS"));
        }
        let bill = json!({
            "mch_id": MCH_ID,
            "appid": APP_ID,
            "out_bill_no": number,
            "transfer_bill_no": "1330000071100999991182020050700019480001",
            "state": "WAIT_USER_CONFIRM",
            "transfer_amount": money,
            "openid": openid,
            "user_name_in_clear": name.flatten(),
            "create_time": "2026-01-31T08:06:00+08:00",
            "update_time": "2026-01-31T08:06:00+08:00",
        });
        self.transfers.insert(number.to_owned(), bill);
        Ok(json!({
            "out_bill_no": number,
            "transfer_bill_no": "1330000071100999991182020050700019480001",
            "create_time": "2026-01-31T08:06:00+08:00",
            "state": "WAIT_USER_CONFIRM",
            "package_info": "affffddafdfafddffda==",
        }))
    }

    fn bill_address(&self, path: &str, query: &str) -> Answer {
        let expected = match path {
            "/v3/bill/tradebill" => "bill_date=2026-01-30&bill_type=ALL",
            "/v3/bill/fundflowbill" => "bill_date=2026-01-30&account_type=BASIC",
            _ => return Err((404, "RESOURCE_NOT_EXISTS")),
        };
        if query != expected {
            return Err((400, "PARAM_ERROR"));
        }
        let bill = self.bill.as_ref().ok_or((400, "NO_STATEMENT_EXIST"))?;
        let hash = hex::encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, bill.as_bytes()));
        Ok(json!({
            "hash_type": "SHA1",
            "hash_value": self.bill_hash.clone().unwrap_or(hash),
            "download_url": "https://api.mch.weixin.qq.com/v3/billdownload/file?token=6XIv5TUPto7pByrTQKhd",
        }))
    }

    /// A bill's file, which is not signed.
    pub(super) fn file(&self, path: &str, query: Option<&str>) -> Option<Vec<u8>> {
        let asked = path == "/v3/billdownload/file" && query == Some("token=6XIv5TUPto7pByrTQKhd");
        asked.then(|| self.bill.clone().unwrap_or_default().into_bytes())
    }
}
