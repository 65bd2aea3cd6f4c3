//! Starts over the API, as a third party makes them.

use super::frames::Outlet;
use super::http::HttpPool;
use anyhow::{Context, Result, bail};

/// Starts a charge of an hour, paid for in advance with more than it costs. Returns the order's
/// number.
///
/// # Errors
/// When the server refuses it.
pub async fn start(http: &HttpPool, device: &str, outlet: Outlet) -> Result<String> {
    let path = format!("/api/v1/third/devices/{device}/charge");
    let body = format!(
        "{{\"port_no\":{},\"charge_mode\":1,\"duration\":3600,\"amount\":50000,\
         \"price_per_kwh\":150}}",
        outlet.port_no()
    );
    let answer = http.call(&path, &body).await?;
    if answer.status != 200 {
        let said: String = answer.body.chars().take(200).collect();
        bail!("a start was refused with {}: {said}", answer.status);
    }
    let order_no = answer
        .text("order_no")
        .context("an answer without order number")?;
    Ok(order_no.to_owned())
}

/// The order's status.
///
/// # Errors
/// When the server does not know it.
pub async fn status(http: &HttpPool, order_no: &str) -> Result<String> {
    let answer = http
        .call(&format!("/api/v1/third/orders/{order_no}"), "")
        .await?;
    let status = answer
        .text("status")
        .with_context(|| format!("order {order_no}: answer {} without status", answer.status))?;
    Ok(status.to_owned())
}

/// The outlets of a fleet, device by device first: the n-th start goes to the next device.
pub fn outlet(turn: u64, devices: u64) -> (u64, Outlet) {
    let port = u16::try_from(turn / devices + 1).unwrap_or(u16::MAX);
    (turn % devices, Outlet::of_port(port))
}

#[cfg(test)]
mod tests {
    use super::outlet;

    #[test]
    fn starts_go_round() {
        let places: Vec<_> = (0..5)
            .map(|turn| outlet(turn, 2))
            .map(|(d, o)| (d, o.port_no()))
            .collect();
        assert_eq!(places, [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3)]);
    }
}
