//! The default tree: every menu and page of the console with what can be done there. A change
//! here raises [`VERSION`]; stored roles follow at the next start.

use super::{Node, NodeType, Tree, datasets};

/// Version of the tree below.
pub const VERSION: i32 = 4;

/// What somebody needs who looks at the big screen.
pub const SCREEN_LEAF: &str = "screen.main.view";

struct Menu {
    id: &'static str,
    label: &'static str,
    label_en: &'static str,
    pages: &'static [Page],
}

/// Id below its menu, labels, actions beside `view`.
type Page = (&'static str, &'static str, &'static str, &'static str);

const MENUS: &[Menu] = &[
    Menu {
        id: "dashboard",
        label: "工作台",
        label_en: "Dashboard",
        pages: &[("home", "首页", "Home", "")],
    },
    Menu {
        id: "system",
        label: "总后台管理",
        label_en: "System",
        pages: &[
            (
                "permission",
                "权限管理",
                "Permissions",
                "export upgrade_roles",
            ),
            (
                "admin",
                "管理员管理",
                "Administrators",
                "create edit disable reset_password unlock kick export",
            ),
            ("role", "角色管理", "Roles", "create edit copy delete"),
            ("config", "系统基本管理", "Settings", "edit history"),
            (
                "interconnect",
                "互联互通管理",
                "Interconnection",
                "create edit rotate_secret test enable view_log",
            ),
            (
                "payment",
                "支付管理",
                "Payment channels",
                "create edit test enable",
            ),
            (
                "sms",
                "短信通知管理",
                "Text messages",
                "create edit test_send enable",
            ),
            ("dict", "字典", "Dictionary", "create edit delete"),
            ("notice", "公告", "Notices", "create edit delete"),
            ("audit", "操作日志", "Audit log", "export"),
            (
                "apikey",
                "开放平台密钥",
                "API keys",
                "create edit rotate disable replay_dlq",
            ),
            (
                "operation",
                "待复核操作",
                "Operations to confirm",
                "decide export",
            ),
        ],
    },
    Menu {
        id: "user",
        label: "用户管理",
        label_en: "Users",
        pages: &[
            (
                "member",
                "会员管理",
                "Members",
                "edit freeze blacklist adjust_balance adjust_points grant_coupon export",
            ),
            (
                "agent",
                "代理商管理",
                "Agents",
                "create edit disable set_ratio login_as export",
            ),
            (
                "merchant",
                "商户管理",
                "Merchants",
                "create edit audit disable set_split export",
            ),
            (
                "company",
                "公司账户管理",
                "Companies",
                "create edit disable recharge adjust_credit import_members statement export",
            ),
            (
                "card",
                "充电卡",
                "Cards",
                "create edit delete import bind unbind loss unloss block recharge refund export",
            ),
            ("vehicle", "车辆", "Vehicles", "create edit delete export"),
            (
                "feedback",
                "意见/故障申报",
                "Feedback",
                "assign reply close",
            ),
            ("review", "评论", "Reviews", "reply hide"),
        ],
    },
    Menu {
        id: "device",
        label: "设备管理",
        label_en: "Devices",
        pages: &[
            (
                "station",
                "站场网点管理",
                "Stations",
                "create edit publish close export",
            ),
            (
                "device",
                "设备管理",
                "Devices",
                "create edit bind remote_restart time_sync push_tariff set_params query start_test stop qr_download ota disable view_comm_log export",
            ),
            ("port", "端口", "Ports", "start stop unlock disable reset"),
            ("power", "功率监控", "Power", "set_limit load_balance"),
            (
                "fault",
                "故障管理",
                "Faults",
                "create assign handle verify close",
            ),
            (
                "alarm",
                "告警管理",
                "Alarms",
                "ack resolve to_ticket mute edit_rule export",
            ),
            (
                "camera",
                "摄像头管理",
                "Cameras",
                "create edit play snapshot",
            ),
            (
                "tariff",
                "计费模型",
                "Tariffs",
                "create edit approve bind push history",
            ),
            (
                "ebikeplan",
                "电单车套餐",
                "E-bike plans",
                "create edit approve bind",
            ),
            (
                "model",
                "型号/认证",
                "Models and certification",
                "create edit run_certification report",
            ),
            (
                "firmware",
                "固件",
                "Firmware",
                "upload delete ota_task block unblock",
            ),
        ],
    },
    Menu {
        id: "order",
        label: "订单管理",
        label_en: "Orders",
        pages: &[
            (
                "charge",
                "充电订单",
                "Charging orders",
                "start stop force_finish cancel refund adjust resettle export",
            ),
            (
                "recharge",
                "充值订单",
                "Recharges",
                "query_channel refund export",
            ),
            ("card", "卡充电单", "Card charges", "export"),
            (
                "refund",
                "退款订单",
                "Refunds",
                "audit retry to_wallet export",
            ),
            (
                "occupancy",
                "占位订单",
                "Occupancies",
                "reduce waive edit_rule approve_rule bind_rule export",
            ),
            ("reserve", "预约订单", "Reservations", "cancel export"),
            ("abnormal", "异常订单", "Abnormal orders", "handle"),
            (
                "interconnect",
                "互联互通订单",
                "Interconnection orders",
                "check dispute export",
            ),
        ],
    },
    Menu {
        id: "finance",
        label: "财务管理",
        label_en: "Finance",
        pages: &[
            ("platform", "平台流水", "Platform journal", "export"),
            ("agent", "代理商流水", "Agent journal", "export"),
            ("merchant", "商户流水", "Merchant journal", "export"),
            (
                "agent_withdraw",
                "代理商提现",
                "Agent withdrawals",
                "apply audit pay reject upload_voucher query_channel export",
            ),
            (
                "merchant_withdraw",
                "商户提现",
                "Merchant withdrawals",
                "apply audit pay reject upload_voucher query_channel export",
            ),
            ("member", "会员流水", "Member journal", "export"),
            (
                "invoice",
                "电子发票",
                "Invoices",
                "issue reject red resend edit export",
            ),
            (
                "reconcile",
                "对账",
                "Reconciliation",
                "rerun resolve export",
            ),
            ("split", "分账规则", "Split rules", "create edit delete"),
            (
                "statement",
                "结算单",
                "Statements",
                "generate confirm export",
            ),
        ],
    },
    Menu {
        id: "analytics",
        label: "数据分析",
        label_en: "Analytics",
        pages: &[
            ("order", "订单分析", "Orders", "export"),
            ("member", "会员分析", "Members", "export"),
            ("finance", "财务分析", "Finance", "export"),
            ("operation", "运营分析", "Operation", "export"),
            ("quality", "质量分析", "Quality", "export"),
        ],
    },
    Menu {
        id: "marketing",
        label: "营销管理",
        label_en: "Marketing",
        pages: &[
            (
                "activity",
                "活动",
                "Activities",
                "create edit publish close",
            ),
            ("coupon", "优惠券", "Coupons", "create edit disable"),
            ("grant", "发券记录", "Coupon grants", "create revoke export"),
            (
                "recharge_package",
                "充值套餐",
                "Recharge packages",
                "create edit delete",
            ),
            ("points", "积分规则", "Points rules", "edit"),
            ("checkin", "签到规则", "Check-in rules", "edit"),
            ("banner", "轮播图", "Banners", "create edit delete"),
        ],
    },
    Menu {
        id: "interconnect",
        label: "互联互通",
        label_en: "Interconnection",
        pages: &[
            ("station", "伙伴站点", "Partners' stations", "grant export"),
            ("clearing", "清分", "Clearing", "settle rerun export"),
            ("reconcile", "对账结果", "Reconciliation", "resolve export"),
        ],
    },
    Menu {
        id: "ops",
        label: "运维",
        label_en: "Operations",
        pages: &[
            ("commlog", "通讯日志", "Communication log", "adopt export"),
            ("session", "在线会话", "Sessions", "kick"),
            ("command", "指令队列", "Commands", "retry delete export"),
            ("webhook", "推送", "Webhooks", "replay export"),
            ("consistency", "一致性", "Consistency", "run fix"),
            ("stuck", "卡住订单", "Stuck orders", "fix"),
            ("kpi", "指标", "Figures", "export"),
            ("degrade", "降级开关", "Degradation", "edit"),
            ("testconsole", "测试控制台", "Test console", "run"),
            ("health", "健康", "Health", ""),
        ],
    },
    Menu {
        id: "gov",
        label: "政府上报",
        label_en: "Government reporting",
        pages: &[
            ("platform", "监管平台", "Platforms", "create edit enable"),
            ("queue", "上报队列", "Queue", "retry"),
            ("log", "上报日志", "Log", "export"),
        ],
    },
    Menu {
        id: "screen",
        label: "数据大屏",
        label_en: "Big screen",
        pages: &[
            ("main", "数据大屏", "Big screen", ""),
            ("token", "大屏令牌", "Tokens of screens", "create delete"),
        ],
    },
];

/// Labels of actions.
const ACTIONS: &[(&str, &str, &str)] = &[
    ("view", "查看", "View"),
    ("ack", "确认", "Acknowledge"),
    ("adjust", "调整", "Adjust"),
    ("adjust_balance", "调整余额", "Adjust balance"),
    ("adjust_credit", "调整授信", "Adjust credit"),
    ("adjust_points", "调整积分", "Adjust points"),
    ("adopt", "纳管", "Adopt"),
    ("apply", "申请", "Apply"),
    ("approve", "审批", "Approve"),
    ("approve_rule", "审批规则", "Approve rules"),
    ("assign", "派单", "Assign"),
    ("audit", "审核", "Audit"),
    ("bind", "绑定", "Bind"),
    ("bind_rule", "绑定规则", "Bind rules"),
    ("blacklist", "拉黑", "Blacklist"),
    ("block", "停用", "Block"),
    ("cancel", "取消", "Cancel"),
    ("check", "核对", "Check"),
    ("close", "关闭", "Close"),
    ("confirm", "确认结算", "Confirm"),
    ("copy", "复制", "Copy"),
    ("create", "新建", "Create"),
    ("decide", "复核", "Decide"),
    ("delete", "删除", "Delete"),
    ("disable", "停用", "Disable"),
    ("dispute", "争议", "Dispute"),
    ("edit", "编辑", "Edit"),
    ("edit_rule", "编辑规则", "Edit rules"),
    ("enable", "启用", "Enable"),
    ("export", "导出", "Export"),
    ("fix", "修复", "Fix"),
    ("force_finish", "强制完成", "Force to finish"),
    ("freeze", "冻结", "Freeze"),
    ("generate", "生成", "Generate"),
    ("grant", "授权", "Grant"),
    ("grant_coupon", "发券", "Grant coupons"),
    ("handle", "处理", "Handle"),
    ("hide", "隐藏", "Hide"),
    ("history", "历史", "History"),
    ("import", "导入", "Import"),
    ("import_members", "导入成员", "Import members"),
    ("issue", "开票", "Issue"),
    ("kick", "踢下线", "Kick"),
    ("load_balance", "负荷均衡", "Balance load"),
    ("login_as", "以其身份查看", "View as"),
    ("loss", "挂失", "Report loss"),
    ("mute", "静音", "Mute"),
    ("ota", "升级", "Update firmware"),
    ("ota_task", "升级任务", "Update campaigns"),
    ("pay", "打款", "Pay"),
    ("play", "播放", "Play"),
    ("publish", "发布", "Publish"),
    ("push", "下发", "Push"),
    ("push_tariff", "下发计费", "Push tariff"),
    ("qr_download", "下载二维码", "Download codes"),
    ("query", "召测", "Query"),
    ("query_channel", "查询渠道", "Ask the channel"),
    ("recharge", "充值", "Recharge"),
    ("red", "红冲", "Reverse"),
    ("reduce", "减免", "Reduce"),
    ("refund", "退款", "Refund"),
    ("reject", "驳回", "Reject"),
    ("remote_restart", "远程重启", "Restart"),
    ("replay", "重推", "Replay"),
    ("replay_dlq", "重推死信", "Replay dead letters"),
    ("reply", "回复", "Reply"),
    ("report", "报告", "Report"),
    ("rerun", "重跑", "Run again"),
    ("resend", "重发", "Send again"),
    ("reset", "复位", "Reset"),
    ("reset_password", "重置密码", "Reset password"),
    ("resettle", "重新结算", "Settle again"),
    ("resolve", "解决", "Resolve"),
    ("retry", "重试", "Retry"),
    ("revoke", "撤回", "Revoke"),
    ("rotate", "轮换", "Rotate"),
    ("rotate_secret", "轮换密钥", "Rotate secret"),
    ("run", "运行", "Run"),
    ("run_certification", "运行认证", "Run certification"),
    ("set_limit", "限功率", "Limit power"),
    ("set_params", "参数设置", "Set parameters"),
    ("set_ratio", "设置比例", "Set ratio"),
    ("set_split", "设置分账", "Set split"),
    ("settle", "登记清分款", "Record a payment"),
    ("snapshot", "抓拍", "Snapshot"),
    ("start", "启动", "Start"),
    ("start_test", "启动测试", "Start a test"),
    ("statement", "对账单", "Statement"),
    ("stop", "停止", "Stop"),
    ("test", "测试", "Test"),
    ("test_send", "测试发送", "Send a test"),
    ("time_sync", "校时", "Set the clock"),
    ("to_ticket", "转工单", "Make a ticket"),
    ("to_wallet", "退到余额", "Refund to wallet"),
    ("unbind", "解绑", "Unbind"),
    ("unblock", "解除停用", "Unblock"),
    ("unlock", "解锁", "Unlock"),
    ("unloss", "解挂", "Lift loss"),
    ("upgrade_roles", "升级角色", "Upgrade roles"),
    ("upload", "上传", "Upload"),
    ("upload_voucher", "上传凭证", "Upload voucher"),
    ("verify", "验收", "Verify"),
    ("view_comm_log", "查看通讯日志", "View communication log"),
    ("view_log", "查看日志", "View log"),
    ("waive", "免除", "Waive"),
];

/// The whole tree, with nothing granted: what a new role begins with
/// (`get_default_permission`).
pub fn default_tree() -> Tree {
    Tree {
        version: VERSION,
        access: MENUS.iter().map(menu).collect(),
        dataset: datasets::nodes(),
    }
}

fn node(id: String, label: &str, label_en: &str, kind: NodeType, children: Vec<Node>) -> Node {
    Node {
        id,
        label: label.to_owned(),
        label_en: label_en.to_owned(),
        kind,
        toggle: false,
        children,
    }
}

fn menu(menu: &Menu) -> Node {
    let pages = menu.pages.iter().map(|(page, label, label_en, actions)| {
        let id = format!("{}.{page}", menu.id);
        let leaves = std::iter::once("view").chain(actions.split_whitespace());
        let leaves = leaves.map(|action| leaf(&id, action)).collect();
        node(id.clone(), label, label_en, NodeType::Page, leaves)
    });
    node(
        menu.id.to_owned(),
        menu.label,
        menu.label_en,
        NodeType::Menu,
        pages.collect(),
    )
}

fn leaf(page: &str, action: &str) -> Node {
    let known = ACTIONS.iter().find(|(id, ..)| *id == action);
    let (label, label_en) = known.map_or((action, action), |(_, zh, en)| (*zh, *en));
    let id = format!("{page}.{action}");
    node(id, label, label_en, NodeType::Action, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::{ACTIONS, MENUS};

    #[test]
    fn every_action_has_a_label_and_every_label_an_action() {
        let used: Vec<&str> = MENUS
            .iter()
            .flat_map(|menu| menu.pages)
            .flat_map(|(_, _, _, actions)| actions.split_whitespace())
            .chain(["view"])
            .collect();
        for action in &used {
            assert!(ACTIONS.iter().any(|(id, ..)| id == action), "{action}");
        }
        for (id, ..) in ACTIONS {
            assert!(used.contains(id), "{id}");
        }
    }
}
