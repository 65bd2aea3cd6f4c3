//! The seam between device protocols and the platform: events, commands, the sans-IO link.
