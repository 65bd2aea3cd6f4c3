//! Filters that take one of a few words: another word is refused, not answered with nothing.

use crate::failure::Failure;

/// The value that a word names.
pub(crate) fn one_of<T: Copy>(
    field: &str,
    said: Option<&str>,
    all: &[T],
    name: fn(T) -> &'static str,
) -> Result<Option<T>, Failure> {
    let Some(said) = said else {
        return Ok(None);
    };
    let found = all.iter().copied().find(|value| name(*value) == said);
    found.map(Some).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|value| name(*value)).collect();
        not_among(field, &names)
    })
}

/// The same for words that are no enum's.
pub(crate) fn among<'a>(
    field: &str,
    said: Option<&'a str>,
    all: &[&'static str],
) -> Result<Option<&'a str>, Failure> {
    match said {
        Some(said) if !all.contains(&said) => Err(not_among(field, all)),
        said => Ok(said),
    }
}

fn not_among(field: &str, names: &[&str]) -> Failure {
    let problem = match names {
        [one] => format!("must be {one}"),
        [first @ .., last] => format!("must be {} or {last}", first.join(", ")),
        [] => "is not known".to_owned(),
    };
    Failure::invalid(field, &problem)
}

#[cfg(test)]
mod tests {
    use super::{among, one_of};
    use domain::order::OrderStatus;

    #[test]
    fn another_word_is_refused_with_those_that_are_known() {
        let status = |said| one_of("status", said, &OrderStatus::ALL, OrderStatus::as_str);
        assert_eq!(
            status(Some("failed")).expect("known"),
            Some(OrderStatus::Failed)
        );
        assert_eq!(status(None).expect("nothing said"), None);
        let refused = format!("{:?}", status(Some("")).expect_err("unknown"));
        let known = "status: must be pending, charging, completed, cancelled or failed";
        assert!(refused.contains(known), "{refused}");
        assert_eq!(
            among("state", Some("a"), &["a", "b"]).expect("known"),
            Some("a")
        );
        assert!(among("state", Some("c"), &["a", "b"]).is_err());
    }
}
