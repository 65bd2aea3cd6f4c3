use kernel::OrderNo;

/// The part of an order's number by which somebody looks for it: its beginning, or its end. What
/// stands between cannot be found without reading all numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberPart {
    /// Numbers that begin so: all from the one to the other, both included.
    Beginning {
        /// The first.
        from: OrderNo,
        /// The last.
        until: OrderNo,
    },
    /// Numbers that end with these digits.
    Ending(String),
}

impl NumberPart {
    /// Characters that a part has at least: shorter ones find too much to be of use.
    pub const LEAST: usize = 6;

    /// Reads what somebody typed; none when it is too short or no part of any number.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_uppercase();
        if text.len() < Self::LEAST {
            return None;
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return (text.len() <= 13).then_some(Self::Ending(text));
        }
        Some(Self::Beginning {
            from: format!("{text:0<16}").parse().ok()?,
            until: format!("{text:9<16}").parse().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::NumberPart;

    #[test]
    fn a_beginning_or_an_end_is_looked_for() {
        let number = |text: &str| text.parse().expect("a number");
        let found = |from: &str, until: &str| {
            let (from, until) = (number(from), number(until));
            Some(NumberPart::Beginning { from, until })
        };
        assert_eq!(
            NumberPart::parse(" thd172"),
            found("THD1720000000000", "THD1729999999999")
        );
        let whole = "THD1729407600001";
        assert_eq!(NumberPart::parse(whole), found(whole, whole));
        let ending = |digits: &str| Some(NumberPart::Ending(digits.to_owned()));
        assert_eq!(NumberPart::parse("600001"), ending("600001"));
        assert_eq!(NumberPart::parse("1729407600001"), ending("1729407600001"));
        for wrong in [
            "",
            "00001",
            "THD17",
            "TH1729",
            "11729407600001",
            "THD17294076000012",
            "600001%",
        ] {
            assert_eq!(NumberPart::parse(wrong), None, "{wrong}");
        }
    }
}
