//! What members are told (消息), in their language.

use crate::refund::RefundRoute;
use crate::text_enum::text_enum;
use kernel::{Energy, Fen, OrderNo};

text_enum! {
    /// What a message is about.
    MessageKind {
        /// A charge is over.
        ChargeDone = "charge_done",
        /// A charge was ended by a fault of the device.
        ChargeFault = "charge_fault",
        /// A charge was cut off for fire safety.
        ChargeCutOff = "charge_cut_off",
        /// A charge did not begin.
        StartFailed = "start_failed",
        /// A plug that was left in costs something.
        OccupancyEnd = "occupancy_end",
        /// A top-up has arrived.
        RechargeOk = "recharge_ok",
        /// Money went back.
        RefundOk = "refund_ok",
        /// Money did not go back.
        RefundFail = "refund_fail",
        /// A coupon was given.
        CouponGrant = "coupon_grant",
        /// Somebody answered a fault report.
        FaultReply = "fault_reply",
        /// Somebody answered a complaint.
        ComplaintReply = "complaint_reply",
        /// Somebody answered a review.
        ReviewReply = "review_reply",
        /// An invoice is issued.
        InvoiceOk = "invoice_ok",
        /// A company would like to pay.
        CompanyInvitation = "company_invitation",
    }
}

/// Longest piece of somebody's answer that a message repeats, in characters.
const QUOTED_MAX: usize = 100;

/// Something that a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub kind: MessageKind,
    /// Its first line.
    pub title: String,
    /// The rest.
    pub text: String,
    /// The order, invoice, coupon … that it is about.
    pub biz_no: String,
    /// What happened: the same occasion is one message.
    pub occasion: String,
}

/// What a charge came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The order.
    pub order_no: OrderNo,
    /// What was charged.
    pub energy: Energy,
    /// How long it took, seconds.
    pub seconds: i64,
    /// What the member paid; none where somebody else pays.
    pub paid: Option<Fen>,
    /// Whether a fault of the device ended it.
    pub by_fault: bool,
}

impl Message {
    fn new(kind: MessageKind, title: &str, text: String, biz_no: String, nth: &str) -> Self {
        let occasion = format!("{}:{biz_no}{nth}", kind.as_str());
        Self {
            kind,
            title: title.to_owned(),
            text,
            biz_no,
            occasion,
        }
    }

    /// A charge is over.
    pub fn finished(charge: &Finished) -> Self {
        let energy = kwh(charge.energy);
        let minutes = charge.seconds / 60;
        let paid = charge
            .paid
            .map(|paid| format!("，消费{}元", yuan(paid)))
            .unwrap_or_default();
        let bill = format!("{energy}度，{minutes}分钟{paid}");
        let order_no = charge.order_no.to_string();
        // A charge that goes on and ends again is told anew in the same message.
        let occasion = format!("charge:{order_no}");
        let message = if charge.by_fault {
            let text = format!("设备端口故障，已按实际用量结算（{bill}），未用金额自动退款。");
            Self::new(MessageKind::ChargeFault, "充电异常停止", text, order_no, "")
        } else {
            let text = format!("{bill}。");
            Self::new(MessageKind::ChargeDone, "充电结束", text, order_no, "")
        };
        Self {
            occasion,
            ..message
        }
    }

    /// Power was cut off for fire safety: the member had better look.
    pub fn cut_off(order_no: OrderNo, why: &str) -> Self {
        let text =
            format!("检测到{why}，已自动断电。请尽快到现场查看车辆和电池，确认安全后再充电。");
        let order_no = order_no.to_string();
        Self::new(MessageKind::ChargeCutOff, "安全断电", text, order_no, "")
    }

    /// A charge did not begin; what it held is free again.
    pub fn start_failed(order_no: OrderNo) -> Self {
        let text = "充电启动失败，预付金额已退回。".to_owned();
        let (kind, order_no) = (MessageKind::StartFailed, order_no.to_string());
        Self::new(kind, "充电启动失败", text, order_no, "")
    }

    /// A plug was left in for so much, of which so much could not be paid.
    pub fn occupied(occ_no: &str, fee: Fen, owed: Fen) -> Self {
        let mut text = format!("占位费{}元", yuan(fee));
        if owed > Fen::ZERO {
            text = format!("{text}，待支付{}元", yuan(owed));
        }
        let (kind, occ_no) = (MessageKind::OccupancyEnd, occ_no.to_owned());
        Self::new(kind, "占位费", format!("{text}。"), occ_no, "")
    }

    /// A top-up has arrived.
    pub fn recharged(recharge_no: &str, paid: Fen, gift: Fen) -> Self {
        let mut text = format!("充值成功，到账{}元", yuan(paid));
        if gift > Fen::ZERO {
            text = format!("{text}，赠送{}元", yuan(gift));
        }
        let (kind, number) = (MessageKind::RechargeOk, recharge_no.to_owned());
        Self::new(kind, "充值成功", format!("{text}。"), number, "")
    }

    /// Money went back: into the wallet, or to where it came from.
    pub fn refunded(refund_no: &str, amount: Fen, route: RefundRoute) -> Self {
        let place = match route {
            RefundRoute::Original => "原支付账户",
            RefundRoute::Wallet => "余额",
        };
        let text = format!("退款{}元已退回{place}。", yuan(amount));
        let (kind, number) = (MessageKind::RefundOk, refund_no.to_owned());
        Self::new(kind, "退款成功", text, number, "")
    }

    /// Money did not go back: somebody declined, or it could not be delivered.
    pub fn refund_failed(refund_no: &str, amount: Fen) -> Self {
        let text = format!("退款{}元未能完成，如有疑问请联系客服。", yuan(amount));
        let (kind, number) = (MessageKind::RefundFail, refund_no.to_owned());
        Self::new(kind, "退款未完成", text, number, "")
    }

    /// Somebody of the staff gave a coupon.
    pub fn coupon(grant: i64, name: &str) -> Self {
        let text = format!("您收到一张优惠券：{name}。");
        Self::new(
            MessageKind::CouponGrant,
            "优惠券到账",
            text,
            grant.to_string(),
            "",
        )
    }

    /// Somebody answered; `nth` tells answers to the same thing apart.
    pub fn reply(kind: MessageKind, id: i64, said: &str, nth: usize) -> Self {
        let title = match kind {
            MessageKind::FaultReply => "故障申报有回复",
            MessageKind::ReviewReply => "评论有回复",
            _ => "投诉有回复",
        };
        let mut text: String = said.chars().take(QUOTED_MAX).collect();
        if said.chars().count() > QUOTED_MAX {
            text.push('…');
        }
        Self::new(kind, title, text, id.to_string(), &format!(":{nth}"))
    }

    /// A company would like to pay for them.
    pub fn invitation(id: i64, company: &str) -> Self {
        let text = format!("{company}邀请您成为公司会员，由公司支付充电费用，请确认或拒绝。");
        Self::new(
            MessageKind::CompanyInvitation,
            "公司邀请",
            text,
            id.to_string(),
            "",
        )
    }

    /// An invoice has its number.
    pub fn invoice(req_no: &str, invoice_no: &str, amount: Fen) -> Self {
        let text = format!("发票{invoice_no}已开具，金额{}元。", yuan(amount));
        Self::new(
            MessageKind::InvoiceOk,
            "发票已开具",
            text,
            req_no.to_owned(),
            "",
        )
    }
}

fn yuan(fen: Fen) -> String {
    let sign = if fen.0 < 0 { "-" } else { "" };
    let size = fen.0.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

/// 0.01 kWh, rounded half up.
fn kwh(energy: Energy) -> String {
    let centi = (energy.0.max(0) + 50) / 100;
    format!("{}.{:02}", centi / 100, centi % 100)
}

#[cfg(test)]
mod tests {
    use super::{Finished, Message, MessageKind};
    use crate::refund::RefundRoute;
    use kernel::{Energy, Fen};

    fn charge() -> Finished {
        Finished {
            order_no: "APP1729407600001".parse().expect("legal"),
            energy: Energy(52_349),
            seconds: 3_659,
            paid: Some(Fen(785)),
            by_fault: false,
        }
    }

    #[test]
    fn a_charge_is_told_with_its_figures() {
        let done = Message::finished(&charge());
        assert_eq!(done.text, "5.23度，60分钟，消费7.85元。");
        let fault = Message::finished(&Finished {
            by_fault: true,
            ..charge()
        });
        assert_eq!(fault.kind, MessageKind::ChargeFault);
        assert!(fault.text.contains("5.23度") && fault.text.contains("自动退款"));
        assert_eq!(done.occasion, fault.occasion, "one charge, one message");
        let company = Message::finished(&Finished {
            paid: None,
            ..charge()
        });
        assert_eq!(company.text, "5.23度，60分钟。");
    }

    #[test]
    fn money_is_told_with_where_it_went() {
        let back = |route| Message::refunded("RF1", Fen(500), route).text;
        assert_eq!(back(RefundRoute::Wallet), "退款5.00元已退回余额。");
        assert_eq!(back(RefundRoute::Original), "退款5.00元已退回原支付账户。");
        let topped = Message::recharged("RC1", Fen(10_000), Fen(1000));
        assert_eq!(topped.text, "充值成功，到账100.00元，赠送10.00元。");
        assert_eq!(
            Message::recharged("RC1", Fen(100), Fen(0)).text,
            "充值成功，到账1.00元。"
        );
        assert_eq!(
            Message::occupied("OC1", Fen(500), Fen(50)).text,
            "占位费5.00元，待支付0.50元。"
        );
    }

    #[test]
    fn long_answers_are_cut_and_told_apart() {
        let kind = MessageKind::ComplaintReply;
        let first = Message::reply(kind, 7, &"长".repeat(300), 1);
        assert_eq!(first.text.chars().count(), 101);
        assert_ne!(first.occasion, Message::reply(kind, 7, "短", 2).occasion);
    }
}
