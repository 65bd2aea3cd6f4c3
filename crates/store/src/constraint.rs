//! Names of the unique constraints that callers tell apart. PostgreSQL names the violated
//! constraint itself; SQLite names the columns, from which the same name is derived here.

/// At most one active order per port: partial unique index on `orders`.
pub const ONE_ACTIVE_ORDER_PER_PORT: &str = "orders_one_active_per_port";
/// Order numbers are unique.
pub const ORDER_NO: &str = "orders_order_no_key";
/// A device id on the wire belongs to one device.
pub const DEVICE_PHY_ID: &str = "devices_phy_id_key";
/// API keys are unique.
pub const API_KEY: &str = "api_keys_key_key";
/// User names of the console are unique.
pub const ADMIN_USERNAME: &str = "admin_users_username_key";
/// Codes of roles are unique within their organisation.
pub const ROLE_CODE: &str = "roles_org_id_code_key";
/// Numbers of stations are unique.
pub const STATION_NO: &str = "stations_station_no_key";

/// An order is on at most one living invoice: partial unique index on `invoice_orders`.
pub const ONE_INVOICE_PER_ORDER: &str = "invoice_orders_one_living";
/// One card per printed number: partial unique index on `cards`.
pub const ONE_CARD_PER_NUMBER: &str = "cards_one_per_number";
/// One living card per chip: partial unique index on `cards`.
pub const ONE_CARD_PER_CHIP: &str = "cards_one_per_chip";
/// A plate is one member's: partial unique index on `member_vehicles`.
pub const ONE_MEMBER_PER_PLATE: &str = "member_vehicles_one_per_plate";
/// A vehicle is one member's: partial unique index on `member_vehicles`.
pub const ONE_MEMBER_PER_VIN: &str = "member_vehicles_one_per_vin";
/// A member has one reservation at a time: partial unique index on `reservations`.
pub const ONE_RESERVATION_PER_MEMBER: &str = "reservations_one_per_member";
/// A port is kept for one member: partial unique index on `reservations`.
pub const ONE_RESERVATION_PER_PORT: &str = "reservations_one_per_port";
/// One rule of parking per station: partial unique index on `parking_rules`.
pub const ONE_PARKING_RULE_PER_STATION: &str = "parking_rules_one_per_station";
/// One vehicle per number: partial unique index on `vehicles`.
pub const ONE_VEHICLE_PER_VIN: &str = "vehicles_one_per_vin";

/// A node has one living run: partial unique index on `cluster_runs`.
pub const ONE_LIVING_RUN_PER_NODE: &str = "cluster_runs_one_living";

/// SQLite reports a partial index by its columns alone: these would be mistaken for a constraint
/// over the same columns.
const PARTIAL_INDEXES: [(&str, &str); 12] = [
    ("cards.card_no", ONE_CARD_PER_NUMBER),
    ("cluster_runs.node", ONE_LIVING_RUN_PER_NODE),
    ("cards.chip_key", ONE_CARD_PER_CHIP),
    ("invoice_orders.order_no", ONE_INVOICE_PER_ORDER),
    ("member_vehicles.plate", ONE_MEMBER_PER_PLATE),
    ("member_vehicles.vin", ONE_MEMBER_PER_VIN),
    ("parking_rules.station_id", ONE_PARKING_RULE_PER_STATION),
    ("reservations.member_id", ONE_RESERVATION_PER_MEMBER),
    (
        "reservations.device_id, reservations.port_no",
        ONE_RESERVATION_PER_PORT,
    ),
    ("vehicles.vin", ONE_VEHICLE_PER_VIN),
    (
        "orders.device_id, orders.port_no",
        ONE_ACTIVE_ORDER_PER_PORT,
    ),
    (
        "alarms.code, alarms.object_type, alarms.object_id",
        "alarms_one_open_per_object",
    ),
];

/// From `UNIQUE constraint failed: orders.order_no` to `orders_order_no_key`, the name that
/// PostgreSQL gives to an unnamed constraint.
pub(crate) fn from_sqlite_message(message: &str) -> String {
    let columns = message
        .rsplit_once("failed: ")
        .map_or(message, |(_, columns)| columns);
    if let Some((_, name)) = PARTIAL_INDEXES.iter().find(|(known, _)| *known == columns) {
        return (*name).to_owned();
    }
    let mut name = String::with_capacity(columns.len());
    for (position, column) in columns.split(", ").enumerate() {
        let (table, column) = column.split_once('.').unwrap_or(("", column));
        if position == 0 {
            name.push_str(table);
        }
        name.push('_');
        name.push_str(column);
    }
    name.push_str("_key");
    name
}

#[cfg(test)]
mod tests {
    use super::{ONE_ACTIVE_ORDER_PER_PORT, ORDER_NO, from_sqlite_message};

    #[test]
    fn both_engines_name_a_constraint_alike() {
        assert_eq!(
            from_sqlite_message("UNIQUE constraint failed: orders.order_no"),
            ORDER_NO
        );
        assert_eq!(
            from_sqlite_message("UNIQUE constraint failed: orders.device_id, orders.port_no"),
            ONE_ACTIVE_ORDER_PER_PORT
        );
    }
}
