//! Settings that operators change while the program runs: which there are, and what they may be.

use serde_json::Value;

/// What a setting holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text of at most so many characters.
    Text(usize),
    /// An address beginning with `https://` or `http://`; empty for none.
    Url,
    /// Digits, `+`, `-` and spaces; empty for none.
    Phone,
    /// A whole number of fen.
    Fen(i64, i64),
    /// A whole number.
    Count(i64, i64),
    /// Ten-thousandths.
    BasisPoints(i64, i64),
}

impl Kind {
    /// `text`, `url`, `phone`, `fen`, `count`, `basis_points`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Url => "url",
            Self::Phone => "phone",
            Self::Fen(..) => "fen",
            Self::Count(..) => "count",
            Self::BasisPoints(..) => "basis_points",
        }
    }

    /// Smallest and largest number, where it is one.
    pub const fn range(self) -> Option<(i64, i64)> {
        match self {
            Self::Fen(least, most) | Self::Count(least, most) | Self::BasisPoints(least, most) => {
                Some((least, most))
            }
            Self::Text(_) | Self::Url | Self::Phone => None,
        }
    }
}

/// A setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Its name, in the form of the configuration file.
    pub key: &'static str,
    /// `site`, `agreement`, `money`, `withdraw`, `kpi`, `fire`, `screen`.
    pub group: &'static str,
    /// What the console calls it.
    pub label: &'static str,
    /// What it may be.
    pub kind: Kind,
    /// Whether the members' API shows it.
    pub public: bool,
}

const SUM_MAX: i64 = 100_000_000;

/// All of them.
pub const SETTINGS: &[Setting] = &[
    site("site.name", "站点名称", Kind::Text(64)),
    site("site.logo", "站点图标", Kind::Url),
    site("site.service_phone", "客服电话", Kind::Phone),
    site("site.map_key", "地图密钥", Kind::Text(128)),
    agreement("agreement.user", "用户协议"),
    agreement("agreement.privacy", "隐私政策"),
    agreement("agreement.recharge", "充值协议"),
    money("money.min_start_fen", "最低启动金额", Kind::Fen(0, SUM_MAX)),
    money(
        "money.max_freeze_fen",
        "最高冻结金额",
        Kind::Fen(1, SUM_MAX),
    ),
    money(
        "money.refund_auto_limit_fen",
        "自动退款上限",
        Kind::Fen(0, SUM_MAX),
    ),
    money(
        "money.commission_mature_days",
        "分润到账天数",
        Kind::Count(0, 365),
    ),
    withdraw(
        "money.withdraw.min_fen",
        "最低提现金额",
        Kind::Fen(1, SUM_MAX),
    ),
    withdraw(
        "money.withdraw.max_per_day",
        "每日提现次数",
        Kind::Count(1, 100),
    ),
    withdraw(
        "money.withdraw.fee_bp",
        "提现手续费",
        Kind::BasisPoints(0, 10_000),
    ),
    withdraw(
        "money.withdraw.auto_limit_fen",
        "免审提现上限",
        Kind::Fen(0, SUM_MAX),
    ),
    withdraw(
        "money.withdraw.second_reviewer_fen",
        "双人复核起点",
        Kind::Fen(0, SUM_MAX),
    ),
    figure(
        "kpi.protocol_compliance_rate.target",
        "协议合规率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.protocol_compliance_rate.critical",
        "协议合规率严重",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.status_report_missing_rate.target",
        "状态上报缺失率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.end_report_rate.target",
        "结束报告接收率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.protocol_error_rate.target",
        "协议错误率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.charge_success_rate.target",
        "充电成功率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.charge_success_rate.critical",
        "充电成功率严重",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.order_completion_rate.target",
        "订单完成率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.stuck_rate.warning",
        "订单卡住率预警",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.stuck_rate.critical",
        "订单卡住率严重",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.state_consistency.target",
        "状态一致性目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.device_online_rate.target",
        "设备在线率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.device_online_rate.critical",
        "设备在线率严重",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.heartbeat_loss_rate.target",
        "心跳丢失率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.avg_charge_minutes.target",
        "平均充电时长下限（分钟）",
        Kind::Count(0, 1440),
    ),
    figure(
        "kpi.avg_charge_minutes.warning",
        "平均充电时长上限（分钟）",
        Kind::Count(0, 1440),
    ),
    figure(
        "kpi.db_response_ms.target",
        "数据库响应目标（毫秒）",
        Kind::Count(1, 60_000),
    ),
    figure(
        "kpi.db_response_ms.critical",
        "数据库响应严重（毫秒）",
        Kind::Count(1, 60_000),
    ),
    figure(
        "kpi.billing_accuracy.target",
        "计费准确率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.complaint_rate.target",
        "用户投诉率目标",
        Kind::BasisPoints(0, 10_000),
    ),
    figure(
        "kpi.detect_minutes.target",
        "异常发现时间目标（分钟）",
        Kind::Count(0, 1440),
    ),
    figure(
        "kpi.handle_minutes.target",
        "异常处理时间目标（分钟）",
        Kind::Count(0, 1440),
    ),
    figure(
        "kpi.satisfaction.target",
        "满意度目标",
        Kind::BasisPoints(0, 10_000),
    ),
    fire(0),
    fire(1),
    fire(2),
    fire(3),
    fire(4),
    fire(5),
    fire(6),
    fire(7),
    fire(8),
    fire(9),
    fire(10),
    fire(11),
    fire(12),
    fire(13),
    fire(14),
    fire(15),
    fire(16),
    Setting {
        key: CO2,
        group: "screen",
        label: "每度电减排二氧化碳（克）",
        kind: Kind::Count(0, 2000),
        public: false,
    },
];

/// The setting of how much carbon dioxide a kWh saves, g.
pub const CO2: &str = "screen.co2_g_per_kwh";

/// What a kWh saves when nobody says otherwise, g: a car that burns 7 litres of petrol in 100 km
/// (2.3 kg of carbon dioxide each) takes 15 kWh instead, and a kWh of the Chinese grid has 0.537 kg.
pub const CO2_G_PER_KWH: i64 = 537;

const fn site(key: &'static str, label: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        group: "site",
        label,
        kind,
        public: true,
    }
}

const fn agreement(key: &'static str, label: &'static str) -> Setting {
    Setting {
        key,
        group: "agreement",
        label,
        kind: Kind::Text(50_000),
        public: true,
    }
}

const fn money(key: &'static str, label: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        group: "money",
        label,
        kind,
        public: false,
    }
}

const fn figure(key: &'static str, label: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        group: "kpi",
        label,
        kind,
        public: false,
    }
}

const fn withdraw(key: &'static str, label: &'static str, kind: Kind) -> Setting {
    Setting {
        key,
        group: "withdraw",
        label,
        kind,
        public: false,
    }
}

const fn fire(place: usize) -> Setting {
    let field = &crate::fire::FIELDS[place];
    Setting {
        key: field.key,
        group: "fire",
        label: field.label,
        kind: Kind::Count(field.least as i64, field.most as i64),
        public: false,
    }
}

/// The setting of that name.
pub fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.key == key)
}

impl Setting {
    /// What is wrong with a value; nothing when it may stand.
    pub fn problem(&self, value: &Value) -> Option<String> {
        if let Some((least, most)) = self.kind.range() {
            let good = value.as_i64().is_some_and(|n| (least..=most).contains(&n));
            return (!good).then(|| format!("must be a whole number from {least} to {most}"));
        }
        let Some(text) = value.as_str() else {
            return Some("must be a text".to_owned());
        };
        match self.kind {
            Kind::Text(most) if text.chars().count() > most => {
                Some(format!("must have at most {most} characters"))
            }
            Kind::Url => {
                let good = text.is_empty()
                    || ["https://", "http://"].iter().any(|start| {
                        text.strip_prefix(start).is_some_and(|rest| {
                            !rest.is_empty()
                                && text.len() <= 500
                                && !text.contains(|c: char| c.is_whitespace() || c.is_control())
                        })
                    });
                (!good).then(|| "must be an address".to_owned())
            }
            Kind::Phone => {
                let legal = |c: char| c.is_ascii_digit() || " +-".contains(c);
                let good = text.len() <= 32 && text.chars().all(legal);
                (!good).then(|| "must be a telephone number".to_owned())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SETTINGS, find};
    use serde_json::json;

    #[test]
    fn settings_know_what_they_may_be() {
        for (position, setting) in SETTINGS.iter().enumerate() {
            let earlier = &SETTINGS[..position];
            assert!(earlier.iter().all(|other| other.key != setting.key));
        }
        for (key, value, good) in [
            ("site.name", json!("某某充电"), true),
            ("site.name", json!("x".repeat(65)), false),
            ("site.name", json!(7), false),
            ("site.logo", json!("https://example.com/a.png"), true),
            ("site.logo", json!(""), true),
            ("site.logo", json!("javascript:alert(1)"), false),
            ("site.logo", json!("https://"), false),
            ("site.service_phone", json!("400-800 8000"), true),
            ("site.service_phone", json!("<b>"), false),
            ("money.min_start_fen", json!(500), true),
            ("money.min_start_fen", json!(-1), false),
            ("money.min_start_fen", json!(1.5), false),
            ("money.min_start_fen", json!("500"), false),
            ("money.withdraw.fee_bp", json!(10_001), false),
        ] {
            let setting = find(key).expect("a setting");
            assert_eq!(setting.problem(&value).is_none(), good, "{key} {value}");
        }
        assert_eq!(find("money"), None);
    }
}
