//! The fields of the database that not everybody may see.

use super::{Mask, Node, NodeType};

/// A field, under its name in the permission tree.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Last part of its leaf's id.
    pub name: &'static str,
    /// Its names in JSON: answers, bodies, filters, sort orders.
    pub keys: &'static [&'static str],
    /// What the console shows.
    pub label: &'static str,
    /// The same in English.
    pub label_en: &'static str,
    /// How it is shown without its `.plain` leaf; none: it is not sensitive in itself.
    pub mask: Option<Mask>,
}

/// A table with such fields.
#[derive(Clone, Copy, Debug)]
pub struct Dataset {
    /// What operations name it.
    pub name: &'static str,
    /// What the console shows.
    pub label: &'static str,
    /// The same in English.
    pub label_en: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
    /// Names in JSON of what nobody but the platform sees, whatever their roles say.
    pub platform_only: &'static [&'static str],
}

/// What of a member is the member's own: who pays for somebody sees name and telephone, and what
/// they pay, and nothing of private money and charges.
const PRIVATE: &[&str] = &[
    "ali_user_id",
    "cash_fen",
    "frozen_fen",
    "gift_fen",
    "kwh",
    "last_visit_at",
    "orders",
    "owed_fen",
    "points",
    "remark",
    "seen_from",
    "wx_openid",
];

const fn plain(
    name: &'static str,
    keys: &'static [&'static str],
    label: &'static str,
    label_en: &'static str,
) -> Field {
    Field {
        name,
        keys,
        label,
        label_en,
        mask: None,
    }
}

const fn masked(
    name: &'static str,
    keys: &'static [&'static str],
    label: &'static str,
    label_en: &'static str,
    mask: Mask,
) -> Field {
    Field {
        name,
        keys,
        label,
        label_en,
        mask: Some(mask),
    }
}

const PHONE: Field = masked(
    "phone",
    &["phone", "contact_phone"],
    "手机号",
    "Phone",
    Mask::Phone,
);
const HOLDER: Field = masked("holder", &["holder"], "持有人", "Holder", Mask::Name);
const PLATE: Field = masked(
    "plate",
    &["plate", "plate_no"],
    "车牌号",
    "Plate",
    Mask::Plate,
);
const VIN: Field = masked("vin", &["vin"], "车架号", "VIN", Mask::LastFour);
const CARD_NO: Field = masked(
    "card_no",
    &["card_no"],
    "卡号",
    "Card number",
    Mask::LastFour,
);
const OPENID: Field = masked(
    "openid",
    &["openid", "wx_openid", "wx_unionid", "ali_user_id"],
    "第三方账号",
    "Open id",
    Mask::Hidden,
);
const SETTLEMENT: Field = masked(
    "settlement",
    &["settlement", "settlement_account", "bank_account"],
    "结算账户",
    "Settlement account",
    Mask::LastFour,
);
const RATIO: Field = plain(
    "ratio",
    &[
        "ratio",
        "ratio_bp",
        "split_bp",
        "commission_bp",
        "rate_bp",
        "base_fen",
    ],
    "分成比例",
    "Ratio",
);
/// Rows of all organisations are alike; only companies have a credit.
const INCOME: Field = plain(
    "balance",
    &["balance_fen", "balance", "month_income_fen", "credit_fen"],
    "余额与收入",
    "Balance and income",
);
const LICENCE: Field = plain("licence", &["licence"], "营业执照", "Licence");

/// All datasets.
pub const DATASETS: &[Dataset] = &[
    Dataset {
        name: "members",
        label: "会员表",
        label_en: "Members",
        fields: &[
            PHONE,
            masked("real_name", &["real_name"], "姓名", "Name", Mask::Name),
            masked(
                "id_card",
                &["id_card"],
                "身份证号",
                "Identity card",
                Mask::IdCard,
            ),
            OPENID,
            plain(
                "balance",
                &[
                    "cash_fen",
                    "balance_fen",
                    "balance",
                    "frozen_fen",
                    "owed_fen",
                    "company_paid_fen",
                ],
                "本金余额",
                "Cash balance",
            ),
            plain("gift", &["gift_fen", "gift"], "赠金余额", "Gift balance"),
            PLATE,
        ],
        platform_only: PRIVATE,
    },
    Dataset {
        name: "orders",
        label: "充电订单表",
        label_en: "Charging orders",
        fields: &[
            masked(
                "member_phone",
                &["member_phone", "phone"],
                "会员手机号",
                "Member phone",
                Mask::Phone,
            ),
            masked(
                "member_ref",
                &["member_ref"],
                "会员标识",
                "Member reference",
                Mask::LastFour,
            ),
            PLATE,
            VIN,
            CARD_NO,
            plain(
                "amount",
                &["amount", "frozen_fen"],
                "预付金额",
                "Prepaid amount",
            ),
            plain(
                "final_amount",
                &[
                    "final_amount",
                    "final_amount_fen",
                    "payable_fen",
                    "paid_cash_fen",
                    "paid_gift_fen",
                    "total_fen",
                ],
                "消费金额",
                "Final amount",
            ),
            plain("elec_fen", &["elec_fen"], "电费", "Electricity fee"),
            plain("service_fen", &["service_fen"], "服务费", "Service fee"),
            plain(
                "occupancy_fen",
                &["occupancy_fen", "fee_fen"],
                "占位费",
                "Occupancy fee",
            ),
            plain("discount_fen", &["discount_fen"], "优惠金额", "Discount"),
            plain(
                "refund_fen",
                &["refund_fen", "refunded_fen"],
                "退款金额",
                "Refund",
            ),
            plain("bill", &["bill", "tiers"], "账单明细", "Bill"),
            plain(
                "split",
                &["split", "splits", "commission_fen"],
                "分账明细",
                "Split",
            ),
            plain(
                "device_amount",
                &["device_amount", "device_amount_fen"],
                "设备计费金额",
                "Device amount",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "payments",
        label: "支付表",
        label_en: "Payments",
        fields: &[
            plain(
                "channel_trade_no",
                &["channel_trade_no", "channel_refund_no"],
                "渠道流水号",
                "Channel number",
            ),
            OPENID,
        ],
        platform_only: &[],
    },
    Dataset {
        name: "withdrawals",
        label: "提现表",
        label_en: "Withdrawals",
        fields: &[masked(
            "bank_account",
            &["bank_account", "account_no", "account"],
            "收款账户",
            "Bank account",
            Mask::LastFour,
        )],
        platform_only: &[],
    },
    Dataset {
        name: "merchants",
        label: "商户表",
        label_en: "Merchants",
        fields: &[PHONE, SETTLEMENT, RATIO, LICENCE, INCOME],
        platform_only: &[],
    },
    Dataset {
        name: "agents",
        label: "代理商表",
        label_en: "Agents",
        fields: &[PHONE, SETTLEMENT, RATIO, LICENCE, INCOME],
        platform_only: &[],
    },
    Dataset {
        name: "companies",
        label: "公司账户表",
        label_en: "Companies",
        fields: &[
            PHONE,
            SETTLEMENT,
            LICENCE,
            plain(
                "credit",
                &["credit_fen", "credit", "credit_left_fen"],
                "授信额度",
                "Credit",
            ),
            plain(
                "balance",
                &[
                    "balance_fen",
                    "balance",
                    "held_fen",
                    "owed_fen",
                    "opening_fen",
                    "in_fen",
                    "out_fen",
                    "closing_fen",
                    "month_income_fen",
                ],
                "余额",
                "Balance",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "stations",
        label: "站场表",
        label_en: "Stations",
        fields: &[
            plain(
                "operation",
                &["operation_mode", "operator_org_id"],
                "运营信息",
                "Operation",
            ),
            plain("details", &["details"], "监管信息", "Supervision details"),
            plain(
                "amount_today",
                &["amount_today_fen"],
                "今日金额",
                "Amount today",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "devices",
        label: "设备表",
        label_en: "Devices",
        fields: &[
            plain("ip", &["ip", "peer"], "IP 地址", "IP address"),
            masked("iccid", &["iccid"], "SIM 卡号", "ICCID", Mask::LastFour),
            masked("imei", &["imei"], "IMEI", "IMEI", Mask::LastFour),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "cards",
        label: "充电卡表",
        label_en: "Cards",
        fields: &[
            CARD_NO,
            masked(
                "physical_no",
                &["physical_no"],
                "物理卡号",
                "Chip number",
                Mask::LastFour,
            ),
            HOLDER,
            PHONE,
            plain(
                "balance",
                &[
                    "balance_fen",
                    "limit_fen",
                    "daily_limit_fen",
                    "balance_before_fen",
                    "balance_after_fen",
                ],
                "余额与限额",
                "Balance and limit",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "vehicles",
        label: "车辆表",
        label_en: "Vehicles",
        fields: &[
            VIN,
            PLATE,
            CARD_NO,
            HOLDER,
            PHONE,
            plain("balance", &["limit_fen"], "限额", "Limit"),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "comm_logs",
        label: "通讯日志表",
        label_en: "Communication log",
        fields: &[
            plain("ip", &["ip"], "IP 地址", "IP address"),
            plain("raw", &["raw_hex", "decoded", "fields"], "报文", "Frames"),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "invoices",
        label: "发票表",
        label_en: "Invoices",
        fields: &[
            plain("tax_no", &["tax_no"], "税号", "Tax number"),
            masked(
                "bank",
                &["bank", "bank_account"],
                "开户行账号",
                "Bank",
                Mask::LastFour,
            ),
            plain(
                "address_phone",
                &["address_phone", "mobile"],
                "地址电话",
                "Address and phone",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "cameras",
        label: "摄像头表",
        label_en: "Cameras",
        fields: &[plain(
            "stream_url",
            &["stream_url", "url"],
            "视频流地址",
            "Stream address",
        )],
        platform_only: &[],
    },
    Dataset {
        name: "api_keys",
        label: "开放平台密钥表",
        label_en: "API keys",
        fields: &[masked(
            "secret",
            &["secret", "key", "webhook_secret"],
            "密钥",
            "Secret",
            Mask::Hidden,
        )],
        platform_only: &[],
    },
    Dataset {
        name: "admins",
        label: "管理员表",
        label_en: "Administrators",
        fields: &[
            PHONE,
            plain(
                "last_login_ip",
                &["last_login_ip", "ip"],
                "登录 IP",
                "Login address",
            ),
        ],
        platform_only: &[],
    },
    Dataset {
        name: "audit_logs",
        label: "操作日志表",
        label_en: "Audit log",
        fields: &[
            plain("ip", &["ip"], "IP 地址", "IP address"),
            plain("diff", &["before", "after"], "变更内容", "Changes"),
        ],
        platform_only: &[],
    },
];

/// The dataset of that name.
pub fn dataset(name: &str) -> Option<&'static Dataset> {
    DATASETS.iter().find(|dataset| dataset.name == name)
}

/// The leaf that lets a field be seen.
pub fn leaf_of(dataset: &Dataset, field: &Field) -> String {
    format!("ds.{}.{}", dataset.name, field.name)
}

/// The leaf that lets a sensitive field be seen as it is.
pub fn plain_leaf_of(dataset: &Dataset, field: &Field) -> Option<String> {
    field
        .mask
        .map(|_| format!("{}.plain", leaf_of(dataset, field)))
}

pub(super) fn nodes() -> Vec<Node> {
    DATASETS.iter().map(node).collect()
}

fn node(dataset: &Dataset) -> Node {
    let leaf = |id: String, label: String, label_en: String| Node {
        id,
        label,
        label_en,
        kind: NodeType::Field,
        toggle: false,
        children: Vec::new(),
    };
    let children = dataset.fields.iter().flat_map(|field| {
        let shown = leaf(
            leaf_of(dataset, field),
            field.label.to_owned(),
            field.label_en.to_owned(),
        );
        let in_full = plain_leaf_of(dataset, field).map(|id| {
            let label = format!("{}（明文）", field.label);
            leaf(id, label, format!("{} in full", field.label_en))
        });
        [Some(shown), in_full].into_iter().flatten()
    });
    Node {
        id: format!("ds.{}", dataset.name),
        label: dataset.label.to_owned(),
        label_en: dataset.label_en.to_owned(),
        kind: NodeType::Dataset,
        toggle: false,
        children: children.collect(),
    }
}
