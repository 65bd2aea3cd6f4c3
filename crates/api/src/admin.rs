//! The administration: devices, their gateways and parameters, orders by force, logs, alarms,
//! webhooks. For keys with the scope `admin`.

mod alarms;
mod analytics;
mod ask;
mod cameras;
mod campaigns;
mod card_state;
mod cards;
mod charges;
mod comm_log;
mod commands;
mod dashboard;
mod device_commands;
mod devices;
mod ebike_plans;
mod fire;
mod firmware;
mod insights;
mod invoices;
mod kpis;
mod library;
mod marketing;
mod money;
mod occupancies;
mod occupancy_rules;
pub(crate) mod ops;
mod orders;
mod overview;
mod params;
mod parking;
mod ports;
mod power;
mod protocol_quality;
mod reservations;
mod rules;
mod screen;
mod send;
mod service;
mod sockets;
mod tariffs;
mod vehicles;
mod voice;
mod webhooks;

pub(crate) use cards::CardNumber;
pub(crate) use money::paged_query;
pub(crate) use money::recharges::{PackageOut, RechargeOut};
pub(crate) use occupancies::OccupancyOut;
pub(crate) use reservations::ReservationNo;

pub use ops::certification_json;

use crate::Api;
use crate::routes::routes;
use utoipa_axum::router::OpenApiRouter;

/// All its routes, still unguarded.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(devices::list, devices::create))
        .routes(routes!(devices::show, devices::change))
        .routes(routes!(devices::adopt))
        .routes(routes!(ports::list))
        .routes(routes!(sockets::list, sockets::replace, sockets::add))
        .routes(routes!(sockets::remove))
        .routes(routes!(sockets::refresh))
        .routes(routes!(params::list, params::set))
        .routes(routes!(params::query))
        .routes(routes!(voice::set_voice))
        .routes(routes!(firmware::by_ftp))
        .routes(routes!(firmware::by_image))
        .routes(routes!(ask::query_ports))
        .routes(routes!(ask::restart))
        .routes(routes!(ask::sync_time))
        .routes(routes!(device_commands::known, device_commands::give))
        .routes(routes!(commands::outbound))
        .routes(routes!(commands::list))
        .routes(routes!(commands::show))
        .routes(routes!(commands::dead))
        .routes(routes!(charges::start_test))
        .routes(routes!(charges::stop_port))
        .routes(routes!(charges::set_port_service))
        .routes(routes!(charges::stop_order))
        .routes(routes!(commands::retry))
        .routes(routes!(commands::remove))
        .routes(routes!(orders::lines::list))
        .routes(routes!(orders::lines::show))
        .routes(routes!(orders::history))
        .routes(routes!(orders::story::tell))
        .routes(routes!(orders::story::curve))
        .routes(routes!(orders::adjust))
        .routes(routes!(orders::force::finish))
        .routes(routes!(orders::force::cancel))
        .routes(routes!(orders::review))
        .routes(routes!(orders::care::handle))
        .routes(routes!(comm_log::list))
        .routes(routes!(comm_log::noise))
        .routes(routes!(library::list, library::upload))
        .routes(routes!(library::add_address))
        .routes(routes!(campaigns::campaigns, campaigns::create))
        .routes(routes!(campaigns::show, campaigns::act))
        .routes(routes!(library::remove))
        .routes(routes!(tariffs::list, tariffs::create))
        .routes(routes!(tariffs::bind))
        .routes(routes!(tariffs::show, tariffs::write))
        .routes(routes!(tariffs::decide))
        .routes(routes!(tariffs::show_preview))
        .routes(routes!(tariffs::held::in_force, tariffs::held::push))
        .routes(routes!(tariffs::held::pushes))
        .routes(routes!(ebike_plans::list, ebike_plans::create))
        .routes(routes!(ebike_plans::bind))
        .routes(routes!(ebike_plans::show, ebike_plans::write))
        .routes(routes!(ebike_plans::decide))
        .routes(routes!(ebike_plans::preview::show))
        .routes(routes!(occupancy_rules::list, occupancy_rules::create))
        .routes(routes!(occupancy_rules::bind))
        .routes(routes!(occupancy_rules::show, occupancy_rules::write))
        .routes(routes!(occupancy_rules::decide))
        .routes(routes!(occupancy_rules::preview::show))
        .routes(routes!(occupancies::list))
        .routes(routes!(occupancies::show))
        .routes(routes!(occupancies::waive))
        .routes(routes!(occupancies::reduce))
        .routes(routes!(parking::list, parking::add))
        .routes(routes!(parking::end))
        .routes(routes!(parking::handovers))
        .routes(routes!(parking::retry))
        .routes(routes!(reservations::list))
        .routes(routes!(reservations::cancel))
        .routes(routes!(reservations::rules, reservations::set_rules))
        .routes(routes!(cards::list, cards::add))
        .routes(routes!(cards::show, cards::change, cards::remove))
        .routes(routes!(card_state::bind))
        .routes(routes!(card_state::unbind))
        .routes(routes!(card_state::lose))
        .routes(routes!(card_state::find))
        .routes(routes!(card_state::block))
        .routes(routes!(vehicles::list, vehicles::add))
        .routes(routes!(vehicles::show, vehicles::change, vehicles::remove))
        .routes(routes!(money::cards::recharge))
        .routes(routes!(money::cards::refund))
        .routes(routes!(money::cards::balance))
        .routes(routes!(money::members::list))
        .routes(routes!(money::members::show, money::members::change))
        .routes(routes!(money::members::adjust))
        .routes(routes!(money::recharges::list))
        .routes(routes!(
            money::recharges::packages,
            money::recharges::add_package
        ))
        .routes(routes!(money::recharges::end_package))
        .routes(routes!(money::reconcile::list, money::reconcile::run))
        .routes(routes!(money::reconcile::show))
        .routes(routes!(money::reconcile::differences))
        .routes(routes!(money::reconcile::resolve))
        .routes(routes!(money::reconcile::payout))
        .routes(routes!(money::refunds::list))
        .routes(routes!(money::refunds::ask))
        .routes(routes!(money::refunds::decide))
        .merge(money::refunds::by_hand::routes())
        .routes(routes!(money::recharges::query))
        .routes(routes!(money::recharges::refund))
        .routes(routes!(money::books::lines))
        .routes(routes!(money::books::sums))
        .routes(routes!(money::books::verify))
        .routes(routes!(money::partners::list))
        .routes(routes!(money::partners::clear))
        .routes(routes!(money::split::rules, money::split::add_rule))
        .routes(routes!(money::split::end_rule))
        .routes(routes!(money::split::set_merchant))
        .routes(routes!(money::split::earnings))
        .merge(money::companies::routes())
        .merge(money::ledgers::agents::routes())
        .merge(money::ledgers::merchants::routes())
        .merge(money::ledgers::members::routes())
        .merge(money::statements::routes())
        .merge(money::withdrawals::agent_accounts::routes())
        .merge(money::withdrawals::merchant_accounts::routes())
        .merge(money::withdrawals::agents::routes())
        .merge(money::withdrawals::merchants::routes())
        .routes(routes!(money::unmatched::list))
        .routes(routes!(money::unmatched::resolve))
        .routes(routes!(money::write_off::propose))
        .routes(routes!(money::members::freeze))
        .routes(routes!(money::members::blacklist))
        .routes(routes!(money::members::adjust_points))
        .routes(routes!(money::members::points_lines))
        .routes(routes!(money::members::grant_coupon))
        .routes(routes!(money::card_orders::list))
        .merge(invoices::routes())
        .merge(marketing::routes())
        .merge(service::routes())
        .merge(alarms::routes())
        .merge(ops::routes())
        .merge(fire::routes())
        .merge(power::routes())
        .merge(cameras::routes())
        .merge(insights::routes())
        .merge(screen::routes())
        .merge(analytics::routes())
        .routes(routes!(webhooks::events))
        .routes(routes!(webhooks::deliveries))
        .routes(routes!(webhooks::dead))
        .routes(routes!(webhooks::replay_all))
        .routes(routes!(webhooks::replay))
        .routes(routes!(overview::overview))
        .routes(routes!(dashboard::show))
        .routes(routes!(kpis::list))
        .routes(routes!(kpis::business))
        .routes(routes!(kpis::curve))
        .routes(routes!(protocol_quality::list))
        .routes(routes!(protocol_quality::days))
        .routes(routes!(protocol_quality::examples))
        .routes(routes!(protocol_quality::show))
        .merge(crate::staff::routes())
        .merge(crate::system::routes())
}
