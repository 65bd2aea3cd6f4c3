//! Modules that rest: their pages are refused for the time being.

use crate::Api;
use crate::failure::Failure;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use domain::tier::Module;

/// Which routes belong to a module that may rest, by their beginning. What decides about money or
/// safety is not among them: fault reports, fees that are owed, fire.
pub(crate) const PLACES: &[(&str, Module)] = &[
    ("/api/v1/admin/invoices", Module::Invoices),
    ("/api/v1/member/invoices", Module::Invoices),
    ("/api/v1/member/invoice-orders", Module::Invoices),
    ("/api/v1/admin/activities", Module::Promotions),
    ("/api/v1/admin/coupon-code-batches", Module::Promotions),
    ("/api/v1/admin/coupon-grants", Module::Promotions),
    ("/api/v1/member/check-ins", Module::Promotions),
    ("/api/v1/member/coupon-centre", Module::Promotions),
    ("/api/v1/member/coupon-codes", Module::Promotions),
    ("/api/v1/admin/complaints", Module::Feedback),
    ("/api/v1/member/complaints", Module::Feedback),
    ("/api/v1/admin/reviews", Module::Feedback),
    ("/api/v1/member/reviews", Module::Feedback),
    ("/api/v1/admin/ops/kpis", Module::Analytics),
    ("/api/v1/admin/ops/protocol-quality", Module::Analytics),
    ("/api/v1/admin/firmware/campaigns", Module::Firmware),
    ("/api/v1/admin/ops/certifications", Module::Certification),
    ("/api/v1/admin/failure-risks", Module::FailureRisks),
    ("/api/v1/admin/cameras", Module::Cameras),
    ("/api/v1/admin/comm-logs", Module::CommLog),
    ("/api/v1/admin/search", Module::Search),
    ("/api/v1/admin/audit-logs", Module::Search),
    ("/api/v1/admin/interface-calls", Module::InterfaceCalls),
    ("/api/v1/admin/screen", Module::Screen),
    ("/api/v1/admin/analytics", Module::Analytics),
];

/// Whose a route is.
pub(crate) fn module_of(route: &str) -> Option<Module> {
    let found = PLACES.iter().find(|(place, _)| {
        let rest = route.strip_prefix(place);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    });
    found.map(|(_, module)| *module)
}

/// Refuses what belongs to a module that rests.
///
/// # Errors
/// 503, with the name of the module.
pub(crate) async fn refuse_what_rests(
    State(api): State<Api>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let route = request.extensions().get::<MatchedPath>();
    let module = route.and_then(|route| module_of(route.as_str()));
    match module {
        Some(module) if api.app().rests(module) => Err(Failure::resting(module)),
        _ => Ok(next.run(request).await),
    }
}

#[cfg(test)]
mod tests {
    use super::{PLACES, module_of};
    use crate::router::openapi;
    use domain::tier::Module;

    #[test]
    fn every_place_is_one() {
        let document = openapi();
        for (place, module) in PLACES {
            let is_one = document
                .paths
                .paths
                .keys()
                .any(|path| path.starts_with(place));
            assert!(is_one, "no route begins with {place}");
            assert!(module.tier().may_rest(), "{place} may not rest");
        }
    }

    #[test]
    fn charges_and_money_are_never_refused() {
        for route in [
            "/api/v1/third/devices/{phy_id}/charge",
            "/api/v1/member/charges",
            "/api/v1/member/wallet",
            "/api/v1/admin/orders/{order_no}",
            "/api/v1/admin/ops/stuck-orders",
        ] {
            assert_eq!(module_of(route), None, "{route}");
        }
        let part = "/api/v1/admin/ops/kpis/{kpi}/curve";
        assert_eq!(module_of(part), Some(Module::Analytics));
        assert_eq!(module_of("/api/v1/admin/searching"), None);
    }
}
