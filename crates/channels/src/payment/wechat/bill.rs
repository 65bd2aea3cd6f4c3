//! Bills: ask for one, fetch it, check it, read it.

mod list;

use super::Wechat;
use super::answer::{failure, is_no_bill};
use crate::payment::BILL_BYTES_MAX;
use crate::payment::bill::{Bill, BillKind};
use crate::payment::error::ChannelError;
use crate::payment::exchange::off_thread;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use jiff::civil::Date;
use reqwest::{Method, Url};
use serde::Deserialize;

/// Where a bill lies and what it must hash to.
#[derive(Deserialize)]
struct BillAddress {
    hash_type: String,
    hash_value: String,
    download_url: String,
}

impl Wechat {
    pub(super) async fn fetch_bill(
        &self,
        date: Date,
        kind: BillKind,
    ) -> Result<Bill, ChannelError> {
        let target = match kind {
            BillKind::Trade => format!("/v3/bill/tradebill?bill_date={date}&bill_type=ALL"),
            BillKind::FundFlow => {
                format!("/v3/bill/fundflowbill?bill_date={date}&account_type=BASIC")
            }
        };
        let address: BillAddress = match self.get(&target).await {
            Err(error) if is_no_bill(&error) => return Ok(Bill::empty(date, kind)),
            other => other?,
        };
        let file = self.fetch_file(&address).await?;
        let entries = off_thread(move || {
            let text = String::from_utf8(file)
                .map_err(|_| ChannelError::malformed("a bill that is not UTF-8"))?;
            match kind {
                BillKind::Trade => list::read_trade(&text),
                BillKind::FundFlow => list::read_fund_flow(&text),
            }
        })
        .await?;
        Ok(Bill {
            date,
            kind,
            entries,
        })
    }

    /// The file is not signed; its hash, which came with a signed answer, vouches for it.
    async fn fetch_file(&self, address: &BillAddress) -> Result<Vec<u8>, ChannelError> {
        if address.hash_type != "SHA1" {
            return Err(ChannelError::malformed("a bill with an unknown hash"));
        }
        let expected = hex::decode(&address.hash_value)
            .map_err(|_| ChannelError::malformed("a bill's hash that is not hexadecimal"))?;
        let there = Url::parse(&address.download_url)
            .map_err(|_| ChannelError::malformed("a bill's address that is none"))?;
        // Our signature goes to the configured platform only, whatever host the answer names.
        let mut url = self.base.clone();
        url.set_path(there.path());
        url.set_query(there.query());
        let request = self.signed(Method::GET, url, "");
        let reply = self.exchange.fetch_bill(request, BILL_BYTES_MAX).await?;
        if !reply.is_success() {
            return Err(failure(&reply).into_unknown());
        }
        if digest(&SHA1_FOR_LEGACY_USE_ONLY, &reply.body).as_ref() != expected {
            return Err(ChannelError::malformed("a bill that its hash does not fit"));
        }
        Ok(reply.body)
    }
}
