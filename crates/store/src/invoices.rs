//! `invoices` and `invoice_items`: what stands on invoices, and where they are in their lives.

use crate::db::{Batch, Columns, FromRow, Kind, Scalar, ToCell, args, from_json, text_column};
use crate::invoice_titles::title_of;
use crate::paging::{Listing, OWNED, Page, PageRequest};
use crate::{Conn, Result, StoreError};
use domain::document_no::DocumentNo;
use domain::invoice::{
    AfterRed, InvoiceColor, InvoiceFile, InvoiceItem, InvoiceKind, InvoiceState, InvoiceTitle,
    Line, LineKind, Quantity, RedStatus, Seller, Unit, UnitPrice,
};
use domain::org::Scope;
use kernel::{BasisPoints, Fen, MemberId, OrgId, Timestamp};
use serde::Serialize;

text_column!(DocumentNo InvoiceColor InvoiceState RedStatus Unit);

/// A row of `invoices`.
#[derive(Clone, Debug, PartialEq)]
pub struct Invoice {
    /// Its id.
    pub id: i64,
    /// The number by which the issuer knows it.
    pub req_no: DocumentNo,
    /// Who asked for it.
    pub member: Option<MemberId>,
    /// Who issues it.
    pub seller_org: OrgId,
    /// Path of the seller.
    pub org_path: String,
    /// The seller as it was printed.
    pub seller: Seller,
    /// Whether it charges or takes back.
    pub color: InvoiceColor,
    /// To whom it is made out.
    pub title: InvoiceTitle,
    /// What it comes to, tax included.
    pub amount: Fen,
    /// The tax in it.
    pub tax: Fen,
    /// What is printed below.
    pub remark: Option<String>,
    /// Where it is.
    pub state: InvoiceState,
    /// Its own number, from the issuer.
    pub invoice_no: Option<String>,
    /// When it got that.
    pub issued_at: Option<Timestamp>,
    /// The forms in which the issuer keeps it.
    pub files: Vec<InvoiceFile>,
    /// Why there is none.
    pub fail_reason: Option<String>,
    /// Of a red one: what it takes back.
    pub original_req_no: Option<DocumentNo>,
    /// The number of that.
    pub original_invoice_no: Option<String>,
    /// The reversed one in whose place it stands.
    pub replaces_req_no: Option<DocumentNo>,
    /// How far its reversal is.
    pub red_status: Option<RedStatus>,
    /// Why it is reversed.
    pub red_reason: Option<String>,
    /// What comes after the reversal.
    pub after_red: Option<AfterRed>,
    /// To be reversed as soon as it has a number.
    pub red_when_issued: bool,
    /// When it was sent to the buyer.
    pub mailed_at: Option<Timestamp>,
    /// Why it could not be.
    pub mail_error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl FromRow for Invoice {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let member: Option<i64> = row.get("member_id")?;
        let seller = from_json(row, "seller")?;
        Ok(Self {
            id: row.get("id")?,
            req_no: row.get("invoice_req_no")?,
            member: member.map(MemberId),
            seller_org: OrgId(row.get("seller_org_id")?),
            org_path: row.get("org_path")?,
            seller: seller.unwrap_or_default(),
            color: row.get("color")?,
            title: title_of(row)?,
            amount: row.get("amount_fen")?,
            tax: row.get("tax_fen")?,
            remark: row.get("remark")?,
            state: row.get("state")?,
            invoice_no: row.get("invoice_no")?,
            issued_at: row.get("issued_at")?,
            files: from_json(row, "files")?.unwrap_or_default(),
            fail_reason: row.get("fail_reason")?,
            original_req_no: row.get("original_req_no")?,
            original_invoice_no: row.get("original_invoice_no")?,
            replaces_req_no: row.get("replaces_req_no")?,
            red_status: row.get("red_status")?,
            red_reason: row.get("red_reason")?,
            after_red: from_json(row, "after_red")?,
            red_when_issued: row.get("red_when_issued")?,
            mailed_at: row.get("mailed_at")?,
            mail_error: row.get("mail_error")?,
            created_at: row.get("created_at")?,
            updated_at: row.get("updated_at")?,
        })
    }
}

macro_rules! columns {
    () => {
        "id, invoice_req_no, member_id, seller_org_id, org_path, seller, kind, color, \
         buyer_kind, title, tax_no, address_phone, bank_account, email, mobile, amount_fen, \
         tax_fen, remark, state, invoice_no, issued_at, files, fail_reason, original_req_no, \
         original_invoice_no, replaces_req_no, red_status, red_reason, after_red, \
         red_when_issued, mailed_at, mail_error, created_at, updated_at"
    };
}

fn json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|fault| StoreError::Other(Box::new(fault)))
}

/// Adds an invoice as it stands in `new`, but for its id and its times; its id.
pub async fn insert(conn: Conn<'_>, new: &Invoice, now: Timestamp) -> Result<i64> {
    let title = &new.title;
    let Scalar(id) = conn
        .one(
            "insert into invoices (invoice_req_no, member_id, seller_org_id, org_path, seller, \
             kind, color, buyer_kind, title, tax_no, address_phone, bank_account, email, mobile, \
             amount_fen, tax_fen, remark, state, original_req_no, original_invoice_no, \
             replaces_req_no, red_reason, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, \
             $17, $18, $19, $20, $21, $22, $23, $23) returning id as value",
            args![
                new.req_no,
                new.member.map(|id| id.0),
                new.seller_org.0,
                new.org_path,
                json(&new.seller)?,
                title.kind,
                new.color,
                title.buyer_kind,
                title.title,
                title.tax_no,
                title.address_phone,
                title.bank_account,
                title.email,
                title.mobile,
                new.amount,
                new.tax,
                new.remark,
                new.state,
                new.original_req_no,
                new.original_invoice_no,
                new.replaces_req_no,
                new.red_reason,
                now
            ],
        )
        .await?;
    Ok(id)
}

/// Writes where an invoice is now. What was asked for never changes, but for what it comes to.
pub async fn update(conn: Conn<'_>, invoice: &Invoice, now: Timestamp) -> Result<()> {
    let after_red = invoice.after_red.as_ref().map(json).transpose()?;
    conn.execute(
        "update invoices set amount_fen = $2, tax_fen = $3, state = $4, invoice_no = $5, \
         issued_at = $6, files = $7, fail_reason = $8, red_status = $9, red_reason = $10, \
         after_red = $11, red_when_issued = $12, mailed_at = $13, mail_error = $14, \
         email = $15, updated_at = $16 where invoice_req_no = $1",
        args![
            invoice.req_no,
            invoice.amount,
            invoice.tax,
            invoice.state,
            invoice.invoice_no,
            invoice.issued_at,
            json(&invoice.files)?,
            invoice.fail_reason,
            invoice.red_status,
            invoice.red_reason,
            after_red,
            invoice.red_when_issued,
            invoice.mailed_at,
            invoice.mail_error,
            invoice.title.email,
            now
        ],
    )
    .await?;
    Ok(())
}

/// The invoice of that number.
pub async fn find(conn: Conn<'_>, req_no: &DocumentNo) -> Result<Option<Invoice>> {
    conn.optional(
        concat!(
            "select ",
            columns!(),
            " from invoices where invoice_req_no = $1"
        ),
        args![req_no],
    )
    .await
}

/// The invoice of that number, held until the transaction ends.
pub async fn lock(conn: Conn<'_>, req_no: &DocumentNo) -> Result<Option<Invoice>> {
    let sql = conn.choose(
        concat!(
            "select ",
            columns!(),
            " from invoices where invoice_req_no = $1"
        ),
        concat!(
            "select ",
            columns!(),
            " from invoices where invoice_req_no = $1 for update"
        ),
    );
    conn.optional(sql, args![req_no]).await
}

/// Which invoices a list shows.
#[derive(Clone, Debug, Default)]
pub struct InvoiceFilter {
    /// Of this member.
    pub member: Option<MemberId>,
    /// In this state.
    pub state: Option<InvoiceState>,
    /// Of this kind.
    pub kind: Option<InvoiceKind>,
    /// Of this colour.
    pub color: Option<InvoiceColor>,
    /// Of this seller.
    pub seller: Option<OrgId>,
    /// To this buyer, by name.
    pub title: Option<String>,
    /// With this number of the issuer.
    pub invoice_no: Option<String>,
    /// Asked for from then on.
    pub from: Option<Timestamp>,
    /// Asked for before then.
    pub until: Option<Timestamp>,
    /// Of these sellers only.
    pub scope: Scope,
}

/// A page of invoices, newest first.
pub async fn list(
    conn: Conn<'_>,
    filter: &InvoiceFilter,
    page: PageRequest,
) -> Result<Page<Invoice>> {
    let (member, seller) = (filter.member.map(|id| id.0), filter.seller.map(|id| id.0));
    Listing::of(columns!(), "invoices")
        .within(OWNED, &filter.scope)
        .narrow("member_id =", member.as_ref())
        .narrow("state =", filter.state.as_ref())
        .narrow("kind =", filter.kind.as_ref())
        .narrow("color =", filter.color.as_ref())
        .narrow("seller_org_id =", seller.as_ref())
        .narrow("title =", filter.title.as_ref())
        .narrow("invoice_no =", filter.invoice_no.as_ref())
        .narrow("created_at >=", filter.from.as_ref())
        .narrow("created_at <", filter.until.as_ref())
        .page(conn, "id desc", page)
        .await
}

impl FromRow for Line {
    fn from_row(row: &impl Columns) -> sqlx::Result<Self> {
        let kind: i16 = row.get("line_kind")?;
        Ok(Self {
            item: InvoiceItem {
                name: row.get("name")?,
                tax_code: row.get("tax_code")?,
                rate_bp: BasisPoints(row.get("tax_rate_bp")?),
            },
            unit: row.get("unit")?,
            quantity: Quantity(row.get("quantity_e8")?),
            unit_price: UnitPrice(row.get("price_e8")?),
            net: row.get("net_fen")?,
            tax: row.get("tax_fen")?,
            kind: LineKind::from_code(kind)
                .ok_or_else(|| sqlx::Error::Decode(format!("no line kind {kind}").into()))?,
        })
    }
}

/// The lines of an invoice.
pub async fn items(conn: Conn<'_>, req_no: &DocumentNo) -> Result<Vec<Line>> {
    conn.all(
        "select name, tax_code, unit, quantity_e8, price_e8, net_fen, tax_rate_bp, tax_fen, \
         line_kind from invoice_items where invoice_req_no = $1 order by seq",
        args![req_no],
    )
    .await
}

/// Writes the lines of an invoice in place of those that it had.
pub async fn put_items(mut conn: Conn<'_>, req_no: &DocumentNo, lines: &[Line]) -> Result<()> {
    static INSERT: Batch<11> = Batch::new(
        "insert into invoice_items (invoice_req_no, seq, name, tax_code, unit, quantity_e8, \
         price_e8, net_fen, tax_rate_bp, tax_fen, line_kind) \
         select v.invoice_req_no, v.seq, v.name, v.tax_code, v.unit, v.quantity_e8, \
         v.price_e8, v.net_fen, v.tax_rate_bp, v.tax_fen, v.line_kind from {rows}",
        [
            ("invoice_req_no", Kind::Text),
            ("seq", Kind::Int),
            ("name", Kind::Text),
            ("tax_code", Kind::Text),
            ("unit", Kind::Text),
            ("quantity_e8", Kind::Int),
            ("price_e8", Kind::Int),
            ("net_fen", Kind::Int),
            ("tax_rate_bp", Kind::Int),
            ("tax_fen", Kind::Int),
            ("line_kind", Kind::Int),
        ],
    );
    conn.again()
        .execute(
            "delete from invoice_items where invoice_req_no = $1",
            args![req_no],
        )
        .await?;
    let numbered: Vec<(i16, i16, &Line)> = (1_i16..)
        .zip(lines)
        .map(|(seq, line)| (seq, line.kind.code(), line))
        .collect();
    let rows: Vec<_> = numbered
        .iter()
        .map(|(seq, kind, line)| {
            [
                req_no.cell(),
                seq.cell(),
                line.item.name.cell(),
                line.item.tax_code.cell(),
                line.unit.cell(),
                line.quantity.0.cell(),
                line.unit_price.0.cell(),
                line.net.cell(),
                line.item.rate_bp.0.cell(),
                line.tax.cell(),
                kind.cell(),
            ]
        })
        .collect();
    INSERT.execute(conn, &rows).await?;
    Ok(())
}
