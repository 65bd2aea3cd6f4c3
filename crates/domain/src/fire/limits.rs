use serde::{Deserialize, Serialize};

/// One threshold, as the console and the settings know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FireField {
    /// Its name among the settings of the system.
    pub key: &'static str,
    /// What the console calls it.
    pub label: &'static str,
    /// Smallest value.
    pub least: i32,
    /// Largest value.
    pub most: i32,
    /// Value until somebody changes it.
    pub default: i32,
}

/// Why thresholds cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct LimitFault {
    /// Which threshold.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

macro_rules! limits {
    ($($(#[$doc:meta])* $field:ident $key:literal $label:literal $least:literal $most:literal $default:literal;)*) => {
        /// The thresholds. Zero switches a rule off where that makes sense of it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct FireLimits {
            $($(#[$doc])* pub $field: i32,)*
        }

        /// All thresholds, in the order of the console.
        pub const FIELDS: &[FireField] = &[
            $(FireField { key: $key, label: $label, least: $least, most: $most, default: $default },)*
        ];

        impl Default for FireLimits {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }

        impl FireLimits {
            /// The threshold of a setting's name; none for another name.
            pub fn get(&self, key: &str) -> Option<i32> {
                match key { $($key => Some(self.$field),)* _ => None }
            }

            /// Sets the threshold of a setting's name; another name changes nothing.
            pub fn set(&mut self, key: &str, value: i32) {
                match key { $($key => self.$field = value,)* _ => {} }
            }

            fn in_range(&self) -> Result<(), LimitFault> {
                $(if !($least..=$most).contains(&self.$field) {
                    return Err(LimitFault {
                        field: stringify!($field),
                        problem: format!("must be {} to {}", $least, $most),
                    });
                })*
                Ok(())
            }
        }
    };
}

limits! {
    /// 0 watches nobody.
    enabled "fire.enabled" "启用消防断电" 0 1 1;
    /// °C at which power is cut off; 0: never.
    temp_max_c "fire.temp_max_c" "断电温度(°C)" 0 120 85;
    /// 0.1 °C per minute at which power is cut off; 0: never.
    rise_dc_per_min "fire.rise_dc_per_min" "温升速率上限(0.1°C/分钟)" 0 1000 50;
    /// Seconds over which the rise is measured.
    rise_window_s "fire.rise_window_s" "温升观察窗口(秒)" 60 1800 180;
    /// °C below which no rise is judged: a morning in the sun is no fire.
    rise_floor_c "fire.rise_floor_c" "温升判定起始温度(°C)" 0 120 45;
    /// Percent of the power that was paid for; 0: never.
    over_power_pct "fire.over_power_pct" "功率超出套餐比例(%)" 0 500 120;
    /// Seconds that it must last.
    over_power_s "fire.over_power_s" "功率超限持续时间(秒)" 10 3600 60;
    /// W that no charge may draw, whatever was paid for; 0: no such limit.
    power_max_w "fire.power_max_w" "单口功率上限(W)" 0 20000 0;
    /// Percent of a charge's peak power below which its battery counts as full.
    trickle_pct "fire.trickle_pct" "充满涓流比例(%)" 1 50 10;
    /// Percent of the peak that a full battery must not draw again; 0: never.
    rebound_pct "fire.rebound_pct" "充满后回升比例(%)" 0 100 40;
    /// Seconds that it must last.
    rebound_s "fire.rebound_s" "回升持续时间(秒)" 10 3600 120;
    /// Minutes after which a charge has usually ended; 0: not watched.
    usual_minutes "fire.usual_minutes" "常规充电时长(分钟)" 0 2880 720;
    /// Percent of the peak that it must not draw then.
    plateau_pct "fire.plateau_pct" "超时后功率比例(%)" 1 100 60;
    /// First minute of the night, of the day in Shanghai; equal to the last one: no night.
    night_from_min "fire.night_from_min" "夜间开始(当日分钟)" 0 1439 0;
    /// The minute at which the night ends.
    night_until_min "fire.night_until_min" "夜间结束(当日分钟)" 0 1439 0;
    /// W that may be drawn at night; 0: as by day.
    night_power_w "fire.night_power_w" "夜间功率上限(W)" 0 20000 0;
    /// Minutes of one charge that may lie in the night; 0: as by day.
    night_minutes "fire.night_minutes" "夜间时长上限(分钟)" 0 1440 0;
}

impl FireLimits {
    /// Whether the thresholds can stand together.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check(&self) -> Result<(), LimitFault> {
        self.in_range()?;
        if self.rebound_pct > 0 && self.rebound_pct <= self.trickle_pct {
            return Err(LimitFault {
                field: "rebound_pct",
                problem: "must be more than trickle_pct, or 0".to_owned(),
            });
        }
        Ok(())
    }
}
