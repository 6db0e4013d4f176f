//! Reading settings, and what is wrong with them, all of it at once.

use std::fmt;

/// One setting that is missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingFault {
    /// The environment variable.
    pub name: &'static str,
    /// What is wrong with it.
    pub rule: String,
}

/// All settings that are missing or wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct SettingFaults(Vec<SettingFault>);

impl SettingFaults {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &SettingFault> {
        self.0.iter()
    }
}

impl fmt::Display for SettingFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("settings: ")?;
        for (place, fault) in self.0.iter().enumerate() {
            let separator = if place == 0 { "" } else { "; " };
            write!(f, "{separator}{} {}", fault.name, fault.rule)?;
        }
        Ok(())
    }
}

/// Reads settings one by one and remembers what was wrong.
pub(super) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    faults: Vec<SettingFault>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: &'a dyn Fn(&str) -> Option<String>) -> Self {
        Self { lookup, faults: Vec::new() }
    }

    /// A setting that must be there. None is a fault that was noted.
    pub(super) fn required<T>(
        &mut self,
        name: &'static str,
        rule: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.value(name) {
            Some(text) => self.judged(name, rule(&text)),
            None => self.judged(name, Err("is missing".to_owned())),
        }
    }

    /// A setting with a default. None is a fault that was noted.
    pub(super) fn or<T>(
        &mut self,
        name: &'static str,
        default: &str,
        rule: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.value(name).unwrap_or_else(|| default.to_owned());
        self.judged(name, rule(&text))
    }

    /// A setting that may be left out. None is also a fault that was noted.
    pub(super) fn optional<T>(
        &mut self,
        name: &'static str,
        rule: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.value(name)?;
        self.judged(name, rule(&text))
    }

    /// The settings, if nothing was wrong.
    pub(super) fn finish<T>(self, settings: Option<T>) -> Result<T, SettingFaults> {
        match settings {
            Some(settings) if self.faults.is_empty() => Ok(settings),
            Some(_) | None => Err(SettingFaults(self.faults)),
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        let text = (self.lookup)(name)?;
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn judged<T>(&mut self, name: &'static str, judged: Result<T, String>) -> Option<T> {
        judged.map_err(|rule| self.faults.push(SettingFault { name, rule })).ok()
    }
}
