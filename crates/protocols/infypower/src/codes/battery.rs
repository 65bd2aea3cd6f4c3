//! What the battery management says, as report 302 passes it on (GB/T 27930).

wire::codes! {
    /// Chemistry of the battery.
    pub enum BatteryType: u8 {
        /// lead-acid
        LeadAcid = 1,
        /// nickel metal hydride
        NickelMetalHydride = 2,
        /// lithium iron phosphate
        LithiumIronPhosphate = 3,
        /// lithium manganese oxide
        LithiumManganese = 4,
        /// lithium cobalt oxide
        LithiumCobalt = 5,
        /// ternary (NCM)
        Ternary = 6,
        /// polymer lithium ion
        Polymer = 7,
        /// lithium titanate
        Titanate = 8,
        /// other
        Other = 255,
    }
}

wire::codes! {
    /// Who owns the battery.
    pub enum Ownership: u8 {
        /// leased
        Leased = 0,
        /// owned
        Owned = 1,
    }
}

wire::codes! {
    /// Whether the vehicle is ready to charge (BRO).
    pub enum Readiness: u8 {
        /// not ready
        NotReady = 0x00,
        /// ready
        Ready = 0xAA,
        /// invalid
        Invalid = 0xFF,
    }
}

wire::codes! {
    /// One of the vehicle's own measurements against its limit (BSM).
    pub enum BsmFlag: u8 {
        /// normal
        Normal = 0x00,
        /// high, or a fault
        High = 0x01,
        /// low, or not to be trusted
        Low = 0x10,
    }
}

wire::codes! {
    /// One cause or timeout that the vehicle names (BST, BEM).
    pub enum VehicleFlag: u8 {
        /// no
        No = 0x00,
        /// yes
        Yes = 0x01,
        /// not to be trusted
        Untrusted = 0x10,
    }
}

wire::codes! {
    /// Whether the vehicle allows charging now (BSM).
    pub enum ChargeAllowed: u8 {
        /// forbidden
        Forbidden = 0,
        /// allowed
        Allowed = 1,
    }
}
