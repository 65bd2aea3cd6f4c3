/// How a sensitive value is shown to those who may see that it is there, but not what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// 13800138000 becomes 138****8000.
    Phone,
    /// The first six and the last four.
    IdCard,
    /// 川A12366 becomes 川A***66.
    Plate,
    /// The last four: numbers of cards and bank accounts, vehicles and SIM cards.
    LastFour,
    /// The first letter of a name.
    Name,
    /// Nothing.
    Hidden,
}

impl Mask {
    /// The value as it is shown.
    pub fn apply(self, value: &str) -> String {
        let letters: Vec<char> = value.chars().collect();
        match self {
            Self::Phone => keep(&letters, 3, 4, "****"),
            Self::IdCard => keep(&letters, 6, 4, "********"),
            Self::Plate => keep(&letters, 2, 2, "***"),
            Self::LastFour => keep(&letters, 0, 4, "****"),
            Self::Name => keep(&letters, 1, 0, "**"),
            Self::Hidden => "******".to_owned(),
        }
    }
}

/// The first and the last letters of a value. One that would lose fewer than two letters is
/// hidden altogether: too much of it would stand there.
fn keep(letters: &[char], first: usize, last: usize, stars: &str) -> String {
    if letters.is_empty() {
        return String::new();
    }
    if letters.len() < first + last + 2 {
        return stars.to_owned();
    }
    let mut text: String = letters.iter().take(first).collect();
    text.push_str(stars);
    text.extend(letters.iter().skip(letters.len() - last));
    text
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn values_are_masked_as_the_reference_says() {
        for (mask, value, shown) in [
            (Mask::Phone, "13800138000", "138****8000"),
            (Mask::IdCard, "510104199001011234", "510104********1234"),
            (Mask::Plate, "川A12366", "川A***66"),
            (Mask::Plate, "川AD12366", "川A***66"),
            (Mask::LastFour, "1000000001", "****0001"),
            (Mask::LastFour, "6222021234567890123", "****0123"),
            (Mask::Name, "张小三", "张**"),
            (Mask::Hidden, "oXyz", "******"),
            (Mask::Phone, "110", "****"),
            (Mask::LastFour, "", ""),
        ] {
            assert_eq!(mask.apply(value), shown, "{value}");
        }
    }
}
