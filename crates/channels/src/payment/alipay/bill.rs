//! Bills: ask for one, fetch it, unpack it, read it.

mod archive;
mod list;

use super::Alipay;
use super::answer::is_no_bill;
use crate::payment::BILL_BYTES_MAX;
use crate::payment::bill::{Bill, BillKind};
use crate::payment::error::ChannelError;
use crate::payment::exchange::{is_this_machine, off_thread};
use jiff::civil::Date;
use reqwest::Url;
use serde::Deserialize;
use serde_json::json;

/// Where Alipay's files lie.
const OWN_DOMAIN: &str = ".alipay.com";

#[derive(Deserialize)]
struct BillAddress {
    bill_download_url: String,
}

impl Alipay {
    pub(super) async fn fetch_bill(
        &self,
        date: Date,
        kind: BillKind,
    ) -> Result<Bill, ChannelError> {
        let bill_type = match kind {
            BillKind::Trade => "trade",
            BillKind::FundFlow => "signcustomer",
        };
        let content = json!({"bill_type": bill_type, "bill_date": date.to_string()});
        let method = "alipay.data.dataservice.bill.downloadurl.query";
        let address: BillAddress = match self.call(method, &content, None).await {
            Err(error) if is_no_bill(&error) => return Ok(Bill::empty(date, kind)),
            other => other?,
        };
        let url = self.file_address(&address.bill_download_url)?;
        let request = self.exchange.client().get(url);
        let reply = self.exchange.fetch_bill(request, BILL_BYTES_MAX).await?;
        if !reply.is_success() {
            let status = reply.status.to_string();
            return Err(ChannelError::unknown(
                &status,
                "the bill was not handed out",
            ));
        }
        let entries = off_thread(move || {
            let text = archive::unpack(&reply.body, BILL_BYTES_MAX)?;
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

    /// The file comes neither signed nor hashed: only TLS to Alipay's own domain vouches for it.
    fn file_address(&self, text: &str) -> Result<Url, ChannelError> {
        let strange = || ChannelError::malformed("a bill that lies outside of Alipay");
        let mut url = Url::parse(text).map_err(|_| strange())?;
        if is_this_machine(&self.gateway) && is_this_machine(&url) {
            return Ok(url);
        }
        if !url
            .host_str()
            .is_some_and(|host| host.ends_with(OWN_DOMAIN))
        {
            return Err(strange());
        }
        // The platform hands out http addresses at times; its servers speak https as well.
        url.set_scheme("https").map_err(|()| strange())?;
        Ok(url)
    }
}
