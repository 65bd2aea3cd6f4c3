//! The members' API: what a telephone calls for the person who holds it.

mod banners;
mod cards;
mod charges;
mod complaints;
mod coupons;
mod faults;
mod guard;
mod invitations;
mod invoices;
mod messages;
mod occupancies;
mod order;
mod pictures;
mod points;
mod prepaid;
mod recharges;
mod refund;
mod reservations;
mod reviews;
mod sessions;
mod system;
mod titles;
mod vehicles;
mod wallet;

pub(crate) use coupons::CouponTerms;
pub(crate) use guard::member;
pub(crate) use invoices::{InvoiceFileOut, InvoiceLineOut, InvoicedOrderOut, invoice_file};
pub(crate) use pictures::picture_file;

use crate::Api;
use crate::routes::routes;
use utoipa_axum::router::OpenApiRouter;

/// Routes of members who are logged in, still unguarded.
pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(sessions::log_out))
        .routes(routes!(sessions::me, sessions::change_me))
        .routes(routes!(sessions::set_password))
        .routes(routes!(wallet::show))
        .routes(routes!(wallet::lines))
        .routes(routes!(wallet::pay_debts))
        .routes(routes!(recharges::packages))
        .routes(routes!(recharges::begin, recharges::list))
        .routes(routes!(recharges::show))
        .routes(routes!(recharges::take_back))
        .routes(routes!(recharges::refunds))
        .routes(routes!(charges::start, charges::list))
        .routes(routes!(charges::stop))
        .routes(routes!(charges::show))
        .routes(routes!(prepaid::ask))
        .routes(routes!(prepaid::show))
        .routes(routes!(occupancies::list))
        .routes(routes!(reservations::reserve, reservations::list))
        .routes(routes!(reservations::cancel))
        .routes(routes!(reservations::unlock))
        .routes(routes!(cards::list, cards::bind))
        .routes(routes!(cards::unbind))
        .routes(routes!(cards::lose))
        .routes(routes!(cards::find))
        .routes(routes!(vehicles::list, vehicles::bind))
        .routes(routes!(vehicles::unbind))
        .routes(routes!(coupons::list))
        .routes(routes!(coupons::centre))
        .routes(routes!(coupons::claim))
        .routes(routes!(coupons::redeem))
        .routes(routes!(invitations::list))
        .routes(routes!(invitations::accept))
        .routes(routes!(invitations::decline))
        .routes(routes!(messages::list))
        .routes(routes!(messages::unread))
        .routes(routes!(messages::read_all))
        .routes(routes!(messages::read))
        .routes(routes!(pictures::keep))
        .routes(routes!(pictures::show))
        .routes(routes!(points::show))
        .routes(routes!(points::lines))
        .routes(routes!(points::check_in, points::calendar))
        .routes(routes!(reviews::write))
        .routes(routes!(reviews::list))
        .routes(routes!(reviews::of_station))
        .routes(routes!(faults::report, faults::list))
        .routes(routes!(faults::show))
        .routes(routes!(complaints::complain))
        .routes(routes!(complaints::list))
        .routes(routes!(complaints::show))
        .routes(routes!(complaints::object))
        .routes(routes!(titles::list, titles::add))
        .routes(routes!(titles::show, titles::change, titles::remove))
        .routes(routes!(invoices::eligible))
        .routes(routes!(invoices::list, invoices::ask))
        .routes(routes!(invoices::show, invoices::cancel))
        .routes(routes!(invoices::resend))
        .routes(routes!(invoices::file))
        .routes(routes!(system::notices))
        .routes(routes!(system::dict))
}

/// Routes by which members get in: open, and limited by address.
pub(crate) fn doors() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(sessions::send_code))
        .routes(routes!(sessions::log_in))
        .routes(routes!(sessions::refresh))
        .routes(routes!(banners::list))
        .routes(routes!(system::site))
}
