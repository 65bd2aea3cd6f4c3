//! Simulated devices over real TCP, fleets, and the load generator.
