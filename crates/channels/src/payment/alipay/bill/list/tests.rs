use super::{read_fund_flow, read_trade};
use crate::payment::bill::{EntryKind, Flow};
use kernel::Fen;
use proptest::prelude::{any, proptest};

const TRADE: &str = "#支付宝业务明细查询\r\n\
#账号：[20880000000000010156]\r\n\
#起始日期：[2026年01月31日 00:00:00]   终止日期：[2026年02月01日 00:00:00]\r\n\
#-----------------------------------------业务明细列表----------------------------------------\r\n\
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,对方账户,订单金额（元）,商家实收（元）,\
退款批次号/请求号,服务费（元）,分润（元）,备注\r\n\
2026013122001\t,PAY0001\t,交易\t,12\" 充电\t,2026-01-31 08:05:00,2026-01-31 08:05:09,a***@b\t,7.85,\
7.85,,-0.05,0.00,\t\r\n\
2026013122001\t,PAY0001\t,退款\t,充电\t,2026-01-31 09:00:00,2026-01-31 09:00:01,a***@b\t,-2.00,\
-2.00,REF0001\t,0.01,0.00,\t\r\n\
#-----------------------------------------业务明细列表结束-------------------------------------\r\n\
#交易合计：1笔，商家实收共7.85元，商家优惠共0.00元\r\n\
#退款合计：1笔，商家实收退款共-2.00元，商家优惠退款共0.00元\r\n\
#导出时间：[2026年02月01日 09:00:00]\r\n";

#[test]
fn a_trade_bill_is_read_by_its_columns() {
    let entries = read_trade(TRADE).expect("a bill");
    assert_eq!(entries.len(), 2);
    let [paid, back] = [&entries[0], &entries[1]];
    assert_eq!((paid.kind, paid.flow), (EntryKind::Payment, Flow::In));
    assert_eq!((paid.our_no.as_str(), paid.amount), ("PAY0001", Fen(785)));
    assert_eq!(
        (paid.channel_no.as_str(), paid.fee),
        ("2026013122001", Fen(5))
    );
    assert_eq!((back.kind, back.flow), (EntryKind::Refund, Flow::Out));
    assert_eq!((back.our_no.as_str(), back.amount), ("REF0001", Fen(200)));
    assert_eq!(back.fee, Fen(-1));
}

#[test]
fn a_list_that_is_cut_off_or_shifted_is_refused() {
    let wrong = [
        ("明细列表结束", "明细列表"),
        ("交易合计：1笔", "交易合计：2笔"),
        ("退款合计：1笔", "退款合计："),
        ("\t,7.85,", "\t,7.855,"),
        ("12\" 充电", "充电,预付"),
        ("服务费", "费"),
        ("交易\t", "代扣\t"),
    ];
    for (from, to) in wrong {
        assert!(TRADE.contains(from), "{from}");
        assert!(read_trade(&TRADE.replacen(from, to, 1)).is_err(), "{to}");
    }
}

#[test]
fn a_fund_flow_bill_names_what_moved() {
    let bill = "#支付宝账务明细查询\n\
账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,\
账户余额（元）,交易渠道,业务类型,备注\n\
1\t,T1\t,PAY0001\t,充电,2026-01-31 08:05:09,a,7.85,,107.85,支付宝,在线支付,\n\
2\t,T1\t,PAY0001\t,充电,2026-01-31 08:05:09,a,,-0.05,107.80,支付宝,收费,\n\
3\t,T2\t,WD0001\t,,2026-01-31 10:00:00,a,0.00,-20.00,87.80,支付宝,转账,\n\
#-----------------账务明细列表结束----------------\n\
#支出合计：2笔，共-20.05元\n\
#收入合计：1笔，共7.85元\n";
    let entries = read_fund_flow(bill).expect("a bill");
    let kinds: Vec<_> = entries
        .iter()
        .map(|it| (it.kind, it.flow, it.amount))
        .collect();
    let expected = [
        (EntryKind::Payment, Flow::In, Fen(785)),
        (EntryKind::Fee, Flow::Out, Fen(5)),
        (EntryKind::Transfer, Flow::Out, Fen(2000)),
    ];
    assert_eq!(kinds, expected);
    assert!(read_fund_flow(&bill.replace("收入合计：1笔", "收入合计：2笔")).is_err());
    // A comma too many makes an expense look like an income.
    let shifted = bill
        .replace("a,,-0.05", "a,9.99,,-0.05")
        .replace("收入合计：1笔", "收入合计：2笔")
        .replace("支出合计：2笔", "支出合计：1笔");
    assert!(read_fund_flow(&shifted).is_err());
    assert!(read_fund_flow(&bill.replace("共-20.05元", "共-20.06元")).is_err());
    assert!(read_fund_flow(&bill.replace("共7.85元", "共元")).is_err());
}

proptest! {
    #[test]
    fn no_file_panics(text in any::<String>()) {
        let _ = read_trade(&text);
        let _ = read_fund_flow(&text);
        let _ = read_trade(&format!("{text}\n#明细列表结束"));
    }

    #[test]
    fn no_damage_panics(at in 0_usize..700, with in any::<char>()) {
        let damaged: String = TRADE
            .chars()
            .enumerate()
            .map(|(index, c)| if index == at { with } else { c })
            .collect();
        let _ = read_trade(&damaged);
    }
}
