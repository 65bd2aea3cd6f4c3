//! Business rules as pure functions: orders, prices, ports, commands, alarms.
