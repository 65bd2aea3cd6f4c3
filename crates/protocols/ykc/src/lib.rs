//! YKC (云快充) 1.5 and 1.6, the protocol of EV piles, AC and DC.

pub mod codes;
