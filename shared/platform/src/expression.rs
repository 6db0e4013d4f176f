//! The expressions of one guarded write. Every attribute goes by a
//! placeholder, since hundreds of words are reserved
//! (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html>),
//! and every value is one, since expressions hold none.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

/// Conditions, and the names and values that they and the update use.
#[derive(Debug, Default)]
pub(crate) struct Expression {
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Expression {
    /// The placeholder of an attribute.
    pub(crate) fn name(&mut self, attribute: &str) -> String {
        let placeholder = format!("#{attribute}");
        self.names.insert(placeholder.clone(), attribute.to_owned());
        placeholder
    }

    /// As [`Expression::name`], short, for an update of so many attributes that
    /// their names would not fit into it: it may have 4 KB
    /// (<https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>).
    pub(crate) fn name_of_many(&mut self, attribute: String) -> String {
        let placeholder = format!("#n{}", self.names.len());
        self.names.insert(placeholder.clone(), attribute);
        placeholder
    }

    /// The placeholder of a value.
    pub(crate) fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }

    /// Adds a condition; all of them must hold.
    pub(crate) fn require(&mut self, condition: impl Into<String>) {
        self.conditions.push(condition.into());
    }

    /// Requires that the attribute is there.
    pub(crate) fn require_there(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.require(format!("attribute_exists({name})"));
    }

    /// Requires that the attribute is not there.
    pub(crate) fn require_absent(&mut self, attribute: &str) {
        let name = self.name(attribute);
        self.require(format!("attribute_not_exists({name})"));
    }

    /// Requires that the attribute compares so with the value; one that is not there never does.
    pub(crate) fn require_that(&mut self, attribute: &str, comparison: &str, value: AttributeValue) {
        let condition = self.comparison(attribute, comparison, value);
        self.require(condition);
    }

    /// A comparison, for a condition of several; with `=`, as well an
    /// assignment, for an update.
    pub(crate) fn comparison(&mut self, attribute: &str, comparison: &str, value: AttributeValue) -> String {
        format!("{} {comparison} {}", self.name(attribute), self.value(value))
    }

    /// All conditions, if there are any.
    pub(crate) fn condition(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    /// The attributes by their placeholders; DynamoDB refuses an empty map.
    pub(crate) fn names(&mut self) -> Option<HashMap<String, String>> {
        Some(std::mem::take(&mut self.names)).filter(|names| !names.is_empty())
    }

    /// The values by their placeholders; DynamoDB refuses an empty map.
    pub(crate) fn values(&mut self) -> Option<HashMap<String, AttributeValue>> {
        Some(std::mem::take(&mut self.values)).filter(|values| !values.is_empty())
    }
}
