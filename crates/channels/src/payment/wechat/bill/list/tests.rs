use super::{read_fund_flow, read_trade};
use crate::payment::bill::{EntryKind, Flow};
use crate::payment::moment::parse_civil;
use kernel::Fen;
use proptest::prelude::{any, proptest};

const TRADE_HEAD: &str = "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,\
交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,\
充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注";
const TRADE_TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额";
const PAID: &str = "`2026-01-31 08:05:09,`wx0001,`1900000001,`0,`,`4200001,`PAY0001,`openid,`JSAPI,\
`SUCCESS,`OTHERS,`CNY,`7.85,`0.00,`0,`0,`0.00,`0.00,`,`,`充电,预付,`,`0.04710,`0.60%,`7.85,`0.00,`";
const BACK: &str = "`2026-01-31 09:00:00,`wx0001,`1900000001,`0,`,`4200001,`PAY0001,`openid,`JSAPI,\
`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`REF0001,`2.00,`0.00,`ORIGINAL,`SUCCESS,`充电,`,`-0.01200,\
`0.60%,`0.00,`2.00,`";

fn trade(totals: &str) -> String {
    format!("\u{feff}{TRADE_HEAD}\r\n{PAID}\r\n{BACK}\r\n{TRADE_TOTALS}\r\n{totals}\r\n")
}

#[test]
fn a_trade_bill_is_read_by_its_columns() {
    let bill = trade("`2,`7.85,`2.00,`0.00,`0.03510,`7.85,`2.00");
    let entries = read_trade(&bill).expect("a bill");
    assert_eq!(entries.len(), 2);
    let [paid, back] = [&entries[0], &entries[1]];
    assert_eq!((paid.kind, paid.flow), (EntryKind::Payment, Flow::In));
    assert_eq!((paid.our_no.as_str(), paid.amount), ("PAY0001", Fen(785)));
    assert_eq!(paid.fee, Fen(5), "4.71 fen to the nearest");
    assert_eq!(Some(paid.at), parse_civil("2026-01-31 08:05:09"));
    assert_eq!((back.kind, back.flow), (EntryKind::Refund, Flow::Out));
    assert_eq!((back.our_no.as_str(), back.amount), ("REF0001", Fen(200)));
    assert_eq!((back.channel_no.as_str(), back.fee), ("5030001", Fen(-1)));
}

#[test]
fn a_bill_that_does_not_add_up_is_refused() {
    let wrong = [
        "`3,`7.85,`2.00,`0.00,`0.03510,`7.85,`2.00",
        "`2,`7.85,`2.00,`0.00,`0.03510,`7.86,`2.00",
        "`2,`7.85,`2.00,`0.00,`0.03510,`7.85,`2.01",
        "`2,`7.85,`2.00,`0.00,`0.03511,`7.85,`2.00",
        "`2",
        "",
    ];
    for totals in wrong {
        assert!(read_trade(&trade(totals)).is_err(), "{totals}");
    }
    let cut_off = format!("{TRADE_HEAD}\n{PAID}\n");
    assert!(read_trade(&cut_off).is_err());
}

#[test]
fn a_day_with_totals_of_zero_is_empty() {
    let bill = format!("{TRADE_HEAD}\n{TRADE_TOTALS}\n`0,`0.00,`0.00,`0.00,`0.00000,`0.00,`0.00\n");
    assert_eq!(read_trade(&bill), Ok(Vec::new()));
}

#[test]
fn a_fund_flow_bill_names_what_moved() {
    let bill = "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额（元）,\
账户结余（元）,资金变更提交申请人,备注,业务凭证号\n\
`2026-01-31 08:05:09,`4200001,`F1,`交易,`交易,`收入,`7.85,`107.85,`system,`,`PAY0001\n\
`2026-01-31 08:05:10,`4200001,`F2,`交易,`扣除交易手续费,`支出,`0.05,`107.80,`system,`,`PAY0001\n\
`2026-01-31 09:00:00,`5030001,`F3,`退款,`退款,`支出,`2.00,`105.80,`API,`含手续费,`REF0001\n\
`2026-01-31 10:00:00,`1330001,`F4,`商家转账,`商家转账,`支出,`20.00,`85.80,`API,`,`WD0001\n\
`2026-01-31 11:00:00,`9990001,`F5,`提现,`提现,`支出,`50.00,`35.80,`system,`,`\n\
资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额\n\
`5,`1,`7.85,`4,`72.05\n";
    let entries = read_fund_flow(bill).expect("a bill");
    let kinds: Vec<EntryKind> = entries.iter().map(|entry| entry.kind).collect();
    let expected = [
        EntryKind::Payment,
        EntryKind::Fee,
        EntryKind::Refund,
        EntryKind::Transfer,
        EntryKind::Other,
    ];
    assert_eq!(kinds, expected);
    assert_eq!(entries[3].our_no, "WD0001");
    assert_eq!((entries[3].flow, entries[3].amount), (Flow::Out, Fen(2000)));
    assert!(read_fund_flow(&bill.replace("`72.05", "`72.06")).is_err());
    assert!(read_fund_flow(&bill.replace("支出,`0.05", "转出,`0.05")).is_err());
}

proptest! {
    #[test]
    fn no_file_panics(text in any::<String>()) {
        let _ = read_trade(&text);
        let _ = read_fund_flow(&text);
    }

    #[test]
    fn no_damage_panics(at in 0_usize..900, with in any::<char>()) {
        let bill = trade("`2,`7.85,`2.00,`0.00,`0.03510,`7.85,`2.00");
        let damaged: String = bill
            .chars()
            .enumerate()
            .map(|(index, c)| if index == at { with } else { c })
            .collect();
        let _ = read_trade(&damaged);
        let _ = read_fund_flow(&damaged);
    }
}
