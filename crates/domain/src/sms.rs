//! The texts of short messages: what is sent when, with which variables. They are code; operators
//! change their wording, their number at the provider, and whether they are sent.

/// A text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its name.
    pub code: &'static str,
    /// What people read, with `${variables}`.
    pub text: &'static str,
}

impl Text {
    /// Its variables, in their order.
    pub fn variables(&self) -> Vec<&'static str> {
        variables(self.text)
    }
}

/// All of them.
pub const TEXTS: &[Text] = &[
    text("SMS_LOGIN", "验证码${code},5分钟内有效,请勿告知他人。"),
    text("SMS_CHANGE_PHONE", "您正在更换手机号,验证码${code}。"),
    text(
        "CHARGE_STARTED",
        "充电已开始:${station} ${port}号口,${time}。",
    ),
    text(
        "CHARGE_START_FAILED",
        "充电启动失败(${reason}),预付${amount}元已退回。",
    ),
    text(
        "CHARGE_DONE",
        "充电结束:${kwh}度,${minutes}分钟,消费${amount}元,退回${refund}元。原因:${reason}。",
    ),
    text(
        "CHARGE_FULL",
        "车辆已充满,请于${free}分钟内拔枪,超时将按${price}计收占位费。",
    ),
    text(
        "CHARGE_FAULT",
        "充电异常停止:设备端口故障,已按实际用量结算,未用金额自动退款。",
    ),
    text(
        "CHARGE_CUT_OFF",
        "安全断电:${station} ${port}号口检测到${reason},已自动断电,请尽快到现场查看车辆。",
    ),
    text(
        "CHARGE_INTERRUPTED",
        "设备暂时离线,充电可能仍在继续,恢复后将更新账单。",
    ),
    text(
        "CHARGE_TIMEOUT",
        "设备长时间无响应,订单已先行结算,如有差异将自动补退。",
    ),
    text(
        "LOW_BALANCE",
        "余额即将用完,充电将在约${minutes}分钟后停止。",
    ),
    text("OCCUPY_SOON", "占位计费将于${minutes}分钟后开始。"),
    text("OCCUPY_START", "占位计费已开始。"),
    text("OCCUPY_END", "占位费${amount}元。"),
    text("RECHARGE_OK", "充值成功,到账${amount}元,赠送${gift}元。"),
    text("REFUND_OK", "退款${amount}元已退回${route}。"),
    text("REFUND_FAIL", "退款遇到问题,客服将联系您。"),
    text("COUPON_GRANT", "您收到一张优惠券:${name}。"),
    text("COUPON_EXPIRE", "您的优惠券${name}即将到期。"),
    text("INVOICE_OK", "发票已开具,请在小程序查看。"),
    text("RESERVE_OK", "预约成功:${station} ${port}号口,${time}。"),
    text("RESERVE_EXPIRE", "预约已过期:${station} ${port}号口。"),
    text("WITHDRAW_STATE", "提现${amount}元:${state}。"),
    text("OPS_ALARM", "[${level}]${station}${device}${alarm} ${time}"),
    text("OPS_FIRMWARE_BLOCK", "固件${version}已停用:${reason}。"),
    text("OPS_RECONCILE", "${date}对账有${count}笔差异。"),
];

const fn text(code: &'static str, text: &'static str) -> Text {
    Text { code, text }
}

/// The text of that name.
pub fn find(code: &str) -> Option<&'static Text> {
    TEXTS.iter().find(|text| text.code == code)
}

/// The variables of a wording, in their order, each once.
pub fn variables(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else {
            break;
        };
        if !names.contains(&name) {
            names.push(name);
        }
        rest = tail;
    }
    names
}

/// How many messages a text of so many characters is billed as: 70 in one, 67 in each of several.
pub const fn units(characters: usize) -> usize {
    if characters <= 70 {
        1
    } else {
        characters.div_ceil(67)
    }
}

#[cfg(test)]
mod tests {
    use super::{TEXTS, find, units, variables};

    #[test]
    fn texts_have_names_and_variables() {
        for (position, text) in TEXTS.iter().enumerate() {
            assert!(
                TEXTS[..position]
                    .iter()
                    .all(|other| other.code != text.code)
            );
            assert_eq!(units(text.text.chars().count()), 1, "{}", text.code);
        }
        let done = find("CHARGE_DONE").expect("a text");
        assert_eq!(
            done.variables(),
            ["kwh", "minutes", "amount", "refund", "reason"]
        );
        assert_eq!(find("nothing"), None);
    }

    #[test]
    fn broken_variables_are_none() {
        assert_eq!(variables("a ${b} ${c"), ["b"]);
        assert_eq!(variables("${a}${a}"), ["a"]);
        assert_eq!(variables(""), Vec::<&str>::new());
    }

    #[test]
    fn long_texts_are_billed_by_parts() {
        assert_eq!([70, 71, 134, 135].map(units), [1, 2, 2, 3]);
    }
}
