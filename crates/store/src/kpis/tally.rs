//! Counts by figure, and the document that they are stored as: `{"figure": [part, whole]}`.

use domain::kpi::{Counts, Figure};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::{self, Formatter};

/// The counts of some figures.
pub type Tally = BTreeMap<Figure, Counts>;

/// Adds the counts of one tally to another.
pub fn add_all(sum: &mut Tally, more: &Tally) {
    for (figure, counts) in more {
        add(sum, *figure, *counts);
    }
}

fn add(sum: &mut Tally, figure: Figure, counts: Counts) {
    let known = sum.entry(figure).or_default();
    *known = *known + counts;
}

pub(super) fn document(counts: &Tally) -> Value {
    let fields = counts.iter().map(|(figure, counts)| {
        let numbers = json!([counts.part, counts.whole]);
        (figure.as_str().to_owned(), numbers)
    });
    Value::Object(fields.collect::<Map<_, _>>())
}

/// Adds the counts of a document to a tally. Months of many stations are thousands of documents:
/// nothing is built on the way.
pub(super) fn add_document(sum: &mut Tally, document: &[u8]) -> serde_json::Result<()> {
    let mut reader = serde_json::Deserializer::from_slice(document);
    Adding(sum).deserialize(&mut reader)
}

struct Adding<'a>(&'a mut Tally);

impl<'de> DeserializeSeed<'de> for Adding<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Adding<'_> {
    type Value = ();

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("counts by figure")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        while let Some(known) = fields.next_key_seed(Name)? {
            let Some(figure) = known else {
                // A figure of a later version is not ours to show.
                fields.next_value::<IgnoredAny>()?;
                continue;
            };
            let [part, whole] = fields.next_value()?;
            add(self.0, figure, Counts { part, whole });
        }
        Ok(())
    }
}

struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<Figure>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Self::Value, D::Error> {
        reader.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<Figure>;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a figure")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(Figure::parse(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{Tally, add_document, document};
    use domain::kpi::{Counts, Figure, Kpi};

    #[test]
    fn documents_add_up_and_unknown_figures_are_passed_over() {
        let figure = Figure::Kpi(Kpi::ALL[0]);
        let counts = Counts { part: 3, whole: 4 };
        let mut text = document(&[(figure, counts)].into());
        text["of_a_later_version"] = serde_json::json!({"anything": [1]});
        let bytes = serde_json::to_vec(&text).expect("text");
        let mut sum = Tally::new();
        for _ in 0..2 {
            add_document(&mut sum, &bytes).expect("a document");
        }
        assert_eq!(sum, [(figure, Counts { part: 6, whole: 8 })].into());
        for broken in [&b"[]"[..], b"{\"a\":", b"{1:2}"] {
            add_document(&mut sum, broken).expect_err("no document");
        }
    }
}
