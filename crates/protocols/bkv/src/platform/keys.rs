//! Keys of the elements that the platform writes.

macro_rules! keys {
    ($($name:ident = $value:literal;)*) => {
        $(pub(super) const $name: u32 = $value;)*
    };
}

keys! {
    TIME = 0x06;
    PORT = 0x08;
    ACK = 0x0F;
    OVER_CURRENT_LIMIT = 0x10;
    POWER_LIMIT = 0x11;
    CHARGE_MODE = 0x12;
    SWITCH = 0x13;
    SET_DURATION = 0x14;
    SET_ENERGY = 0x15;
    CARD = 0x16;
    BALANCE = 0x18;
    FULL_DELAY = 0x21;
    NO_LOAD_DELAY = 0x22;
    FULL_POWER = 0x23;
    NO_LOAD_POWER = 0x24;
    TEMP_THRESHOLD = 0x25;
    CONTROL_TYPE = 0x47;
    SOCKET_NO = 0x4A;
    MAX_CHARGE = 0x59;
    TRICKLE_THRESHOLD = 0x60;
    BUTTON_BASE_AMOUNT = 0x68;
    SERVICE_FEE_MODE = 0x80;
    FEE_SEGMENTS = 0x83;
    PAID_AMOUNT = 0x88;
    FEE_SEGMENT_COUNT = 0x89;
    ANTI_PULSE = 0x93;
    UNEXPLAINED_F4 = 0xF4;
}
