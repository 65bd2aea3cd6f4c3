//! Issuers of invoices: the one behind HTTP against a real receiver, the local one by itself.

use channels::invoice::{
    Document, HttpIssuer, HttpIssuerSettings, Issuer, IssuerFault, LocalIssuer,
    LocalIssuerSettings, NoIssuer, Progress, RedApplication,
};
use domain::invoice::{
    BuyerKind, FileForm, InvoiceColor, InvoiceItem, InvoiceKind, InvoiceTitle, Line, LineKind,
    Quantity, RedStatus, Seller, Unit, UnitPrice,
};
use kernel::{BasisPoints, Fen, ManualClock, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use testkit::receiver::{Reply, Signature, TestReceiver};

const SECRET: &str = "issuer-secret";
const REQ_NO: &str = "IV2026030109301500004201";
const NUMBER: &str = "24510000000000000001";

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_unix_seconds(1_729_407_600)))
}

fn seller() -> Seller {
    Seller {
        name: "某某充电".to_owned(),
        tax_no: "91510100MA6CXXXX0X".to_owned(),
        ..Seller::default()
    }
}

fn document(req_no: &str, color: InvoiceColor) -> Document {
    let blue = Line {
        item: InvoiceItem {
            name: "*供电*充电电费".to_owned(),
            tax_code: "1100101020000000000".to_owned(),
            rate_bp: BasisPoints(1300),
        },
        unit: Unit::Kwh,
        quantity: Quantity(523_000_000),
        unit_price: UnitPrice(605_544_933),
        net: Fen(3167),
        tax: Fen(412),
        kind: LineKind::Normal,
    };
    let red = color == InvoiceColor::Red;
    let line = if red { blue.reversed() } else { blue };
    Document {
        req_no: req_no.to_owned(),
        color,
        seller: seller(),
        buyer: InvoiceTitle {
            kind: InvoiceKind::General,
            buyer_kind: BuyerKind::Person,
            title: "张三 <b>".to_owned(),
            tax_no: None,
            address_phone: None,
            bank_account: None,
            email: None,
            mobile: None,
        },
        amount: line.gross(),
        tax: line.tax,
        lines: vec![line],
        remark: None,
        drawer: "系统".to_owned(),
        original_invoice_no: red.then(|| NUMBER.to_owned()),
    }
}

fn application(req_no: &str, original_invoice_no: &str) -> RedApplication {
    RedApplication {
        req_no: req_no.to_owned(),
        original_req_no: REQ_NO.to_owned(),
        original_invoice_no: original_invoice_no.to_owned(),
        seller: seller(),
        amount: Fen(-3579),
        tax: Fen(-412),
        reason: "订单退款".to_owned(),
    }
}

fn far(receiver: &TestReceiver) -> HttpIssuer {
    let settings = HttpIssuerSettings {
        base: receiver.url_of("/tax/"),
        app_key: "openpile".to_owned(),
        secret: SECRET.to_owned(),
        timeout: Duration::from_millis(500),
    };
    assert!(!format!("{settings:?}").contains(SECRET));
    HttpIssuer::new(clock(), settings).expect("legal settings")
}

fn json(status: u16, text: &str) -> Reply {
    Reply::Json(status, text.to_owned())
}

#[tokio::test]
async fn calls_are_signed_and_their_answers_read() {
    let receiver = TestReceiver::start_with_secret(SECRET)
        .await
        .expect("a receiver");
    let issuer = far(&receiver);
    let done = format!(
        r#"{{"state":"issued","invoice_no":"{NUMBER}","issued_at":1729407661,
            "files":[{{"form":"pdf","url":"https://example.com/1.pdf"}},{{"form":"xml"}}]}}"#
    );
    receiver.reply_next([
        json(200, r#"{"state":"pending"}"#),
        json(200, &done),
        json(200, r#"{"state":"failed","reason":"buyer unknown"}"#),
        json(200, r#"{"red_status":"01"}"#),
        json(200, r#"{"red_status":"07"}"#),
        Reply::Oversized(5000),
    ]);
    let blue = document(REQ_NO, InvoiceColor::Blue);
    assert_eq!(issuer.issue(&blue).await, Ok(Progress::Pending));
    let Ok(Progress::Issued(invoice)) = issuer.query(REQ_NO).await else {
        panic!("it is issued");
    };
    assert_eq!(
        (invoice.invoice_no.as_str(), invoice.files.len()),
        (NUMBER, 2)
    );
    assert_eq!(invoice.at, Timestamp::from_unix_seconds(1_729_407_661));
    let failed = Progress::Failed("buyer unknown".to_owned());
    assert_eq!(issuer.query(REQ_NO).await, Ok(failed));
    let red = application("IV2026030109301500004301", NUMBER);
    assert_eq!(issuer.apply_red(&red).await, Ok(RedStatus::Submitted));
    assert_eq!(
        issuer.query_red(&red.req_no).await,
        Ok(Some(RedStatus::Passed))
    );
    let file = issuer.file(REQ_NO, FileForm::Pdf).await.expect("a file");
    assert_eq!(file.bytes.len(), 5000);

    let calls = receiver.received();
    let paths: Vec<&str> = calls.iter().map(|call| call.path.as_str()).collect();
    let of = |rest: &str| format!("/tax/{rest}");
    assert_eq!(paths[0], of("invoices"));
    assert_eq!(paths[1], of(&format!("invoices/{REQ_NO}")));
    assert_eq!(paths[3], of("red-letters"));
    assert_eq!(paths[5], of(&format!("invoices/{REQ_NO}/files/pdf")));
    assert!(calls.iter().all(|call| call.signature == Signature::Valid));
    let sent = &calls[0].json;
    assert_eq!(
        (&sent["kind"], &sent["color"]),
        (&"82".into(), &"blue".into())
    );
    assert_eq!(sent["buyer"]["kind"], "03");
    assert_eq!(sent["lines"][0]["quantity"], "5.23");
    assert_eq!(
        (&sent["amount_fen"], &sent["tax_fen"]),
        (&3579.into(), &412.into())
    );
}

#[tokio::test]
async fn what_is_unclear_is_never_called_a_refusal() {
    let receiver = TestReceiver::start_with_secret(SECRET)
        .await
        .expect("a receiver");
    let issuer = far(&receiver);
    let blue = document(REQ_NO, InvoiceColor::Blue);
    receiver.reply_next([
        json(422, r#"{"reason":"tax_no is wrong"}"#),
        Reply::TooMany(1),
        Reply::Status(500),
        Reply::Status(408),
        json(200, "not JSON"),
        json(
            200,
            r#"{"state":"issued","invoice_no":"123","issued_at":1}"#,
        ),
        Reply::Redirect("/elsewhere".to_owned()),
        Reply::Hang,
        Reply::Status(404),
    ]);
    let refused = issuer.issue(&blue).await;
    let said = "status 422: tax_no is wrong".to_owned();
    assert_eq!(refused, Err(IssuerFault::Refused(said)));
    let busy = issuer.issue(&blue).await;
    assert!(matches!(busy, Err(IssuerFault::NotDone(_))), "{busy:?}");
    for _ in 0..6 {
        let unclear = issuer.issue(&blue).await;
        assert!(
            matches!(unclear, Err(IssuerFault::Unclear(_))),
            "{unclear:?}"
        );
    }
    assert_eq!(issuer.query(REQ_NO).await, Ok(Progress::Unknown));
}

#[tokio::test]
async fn nobody_is_asked_at_addresses_that_are_none() {
    for base in ["", "tax.example.com", "ftp://tax.example.com"] {
        let settings = HttpIssuerSettings {
            base: base.to_owned(),
            app_key: "openpile".to_owned(),
            secret: SECRET.to_owned(),
            timeout: Duration::from_secs(1),
        };
        assert!(HttpIssuer::new(clock(), settings).is_err(), "{base}");
    }
    let blue = document(REQ_NO, InvoiceColor::Blue);
    assert!(matches!(
        NoIssuer.issue(&blue).await,
        Err(IssuerFault::NotDone(_))
    ));
    assert_eq!(NoIssuer.query(REQ_NO).await, Ok(Progress::Unknown));
}

#[tokio::test]
async fn the_local_issuer_keeps_books_and_takes_its_time() {
    let clock = clock();
    let settings = LocalIssuerSettings {
        delay: Duration::from_secs(10),
        refuses: Some("李四".to_owned()),
    };
    let issuer = LocalIssuer::new(clock.clone(), settings);
    let blue = document(REQ_NO, InvoiceColor::Blue);
    assert_eq!(issuer.query(REQ_NO).await, Ok(Progress::Unknown));
    for _ in 0..2 {
        assert_eq!(issuer.issue(&blue).await, Ok(Progress::Pending));
    }
    let mut other = blue.clone();
    other.remark = Some("another".to_owned());
    assert!(matches!(
        issuer.issue(&other).await,
        Err(IssuerFault::Refused(_))
    ));
    other.req_no = "IV2026030109301500004202".to_owned();
    other.buyer.title = "李四".to_owned();
    assert!(matches!(
        issuer.issue(&other).await,
        Err(IssuerFault::Refused(_))
    ));
    assert_eq!(issuer.documents().len(), 1);
    clock.advance(Duration::from_secs(10));
    let Ok(Progress::Issued(invoice)) = issuer.query(REQ_NO).await else {
        panic!("it is issued");
    };
    assert!(
        invoice.invoice_no.len() == 20 && invoice.invoice_no.bytes().all(|b| b.is_ascii_digit())
    );
    let page = issuer.file(REQ_NO, FileForm::Html).await.expect("a page");
    let page = String::from_utf8(page.bytes).expect("text");
    assert!(page.contains(&invoice.invoice_no) && page.contains("张三 &lt;b&gt;"));
    assert!(page.contains("¥35.79") && page.contains("非税务凭证"));
    assert!(issuer.file(REQ_NO, FileForm::Pdf).await.is_err());

    let number = "IV2026030109301500004301";
    let red = document(number, InvoiceColor::Red);
    assert!(
        matches!(issuer.issue(&red).await, Err(IssuerFault::Refused(_))),
        "not confirmed"
    );
    assert!(
        issuer
            .apply_red(&application(number, NUMBER))
            .await
            .is_err(),
        "no such invoice"
    );
    let application = application(number, &invoice.invoice_no);
    assert_eq!(
        issuer.apply_red(&application).await,
        Ok(RedStatus::Submitted)
    );
    assert_eq!(
        issuer.query_red(number).await,
        Ok(Some(RedStatus::UnderReview))
    );
    clock.advance(Duration::from_secs(10));
    assert_eq!(issuer.query_red(number).await, Ok(Some(RedStatus::Passed)));
    assert_eq!(issuer.issue(&red).await, Ok(Progress::Pending));
}

#[tokio::test]
async fn calls_to_the_local_issuer_get_lost_on_demand() {
    let issuer = LocalIssuer::new(clock(), LocalIssuerSettings::default());
    let blue = document(REQ_NO, InvoiceColor::Blue);
    issuer.lose_next();
    issuer.swallow_next();
    assert!(matches!(
        issuer.issue(&blue).await,
        Err(IssuerFault::NotDone(_))
    ));
    assert!(issuer.documents().is_empty());
    assert!(matches!(
        issuer.issue(&blue).await,
        Err(IssuerFault::Unclear(_))
    ));
    assert_eq!(issuer.documents().len(), 1);
    assert_eq!(issuer.calls(), 1);
}

#[tokio::test]
async fn the_books_of_the_local_issuer_survive_a_restart() {
    use std::io::Write as _;

    let directory = std::env::temp_dir().join(format!("local-issuer-{}", std::process::id()));
    std::fs::create_dir_all(&directory).expect("a directory");
    let path = directory.join("books.jsonl");
    let _ = std::fs::remove_file(&path);
    let clock = clock();
    let open = || {
        let settings = LocalIssuerSettings::default();
        LocalIssuer::keeping(clock.clone(), settings, &path).expect("books")
    };
    let blue = document(REQ_NO, InvoiceColor::Blue);
    let number = "IV2026030109301500004301";
    let first = {
        let issuer = open();
        let Ok(Progress::Issued(first)) = issuer.issue(&blue).await else {
            panic!("it is issued");
        };
        let application = application(number, &first.invoice_no);
        assert_eq!(
            issuer.apply_red(&application).await,
            Ok(RedStatus::Submitted)
        );
        first
    };

    let issuer = open();
    assert_eq!(issuer.documents(), std::slice::from_ref(&blue));
    assert_eq!(
        issuer.query(REQ_NO).await,
        Ok(Progress::Issued(first.clone()))
    );
    assert_eq!(issuer.query_red(number).await, Ok(Some(RedStatus::Passed)));
    let page = issuer.file(REQ_NO, FileForm::Html).await.expect("a page");
    let page = String::from_utf8(page.bytes).expect("text");
    assert!(page.contains(&first.invoice_no));
    let mut other = blue.clone();
    other.req_no = "IV2026030109301500004202".to_owned();
    let Ok(Progress::Issued(second)) = issuer.issue(&other).await else {
        panic!("it is issued");
    };
    assert_ne!(second.invoice_no, first.invoice_no, "numbers go on");
    drop(issuer);

    // A crash in the middle of a line: it was never answered.
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .expect("the file");
    file.write_all(b"{\"what\":\"docu").expect("written");
    drop(file);
    let issuer = open();
    assert_eq!(issuer.documents().len(), 2);
    other.req_no = "IV2026030109301500004203".to_owned();
    assert!(matches!(
        issuer.issue(&other).await,
        Ok(Progress::Issued(_))
    ));
    drop(issuer);
    assert_eq!(open().documents().len(), 3);

    std::fs::write(&path, b"not ours\n").expect("written");
    let settings = LocalIssuerSettings::default();
    assert!(LocalIssuer::keeping(clock.clone(), settings, &path).is_err());
    std::fs::remove_dir_all(&directory).expect("removed");
}
