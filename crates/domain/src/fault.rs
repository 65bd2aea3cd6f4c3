//! What is wrong with a rule that somebody wants to store, and where.

/// A value of a rule that cannot stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FieldFault {
    /// Which value, as it is spelled in JSON: `service.payees[1].pct` …
    pub field: String,
    /// What is wrong with it.
    pub problem: String,
}

impl FieldFault {
    /// A fault at a field.
    pub fn at(field: impl Into<String>, problem: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            problem: problem.into(),
        }
    }

    /// The same fault, its field seen from one level further out.
    #[must_use]
    pub fn within(self, outer: &str) -> Self {
        Self {
            field: format!("{outer}.{}", self.field),
            problem: self.problem,
        }
    }

    /// Refuses a value for a reason unless a condition holds.
    ///
    /// # Errors
    /// The fault, where it does not hold.
    pub fn unless(holds: bool, field: &str, problem: impl Into<String>) -> Result<(), Self> {
        if holds {
            Ok(())
        } else {
            Err(Self::at(field, problem))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FieldFault;

    #[test]
    fn fields_are_named_from_the_outside() {
        let fault = FieldFault::at("payees[1].pct", "must be 1 to 100").within("service");
        assert_eq!(fault.to_string(), "service.payees[1].pct must be 1 to 100");
        assert!(FieldFault::unless(true, "name", "is required").is_ok());
    }
}
