//! The world outside that we call: webhook receivers.
