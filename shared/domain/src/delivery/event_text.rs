//! An event's message, kept with each of its deliveries.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// An event's message. Its clones share it, and a store's shorter form of it.
#[derive(Clone, Debug)]
pub struct EventText(Arc<Held>);

#[derive(Debug)]
struct Held {
    text: Box<str>,
    short: OnceLock<Option<Box<[u8]>>>,
}

impl EventText {
    /// The shorter form that `shorten` makes, if it makes one. It is asked once,
    /// however many webhooks the event goes to.
    pub fn short(&self, shorten: impl FnOnce(&str) -> Option<Vec<u8>>) -> Option<&[u8]> {
        let Held { text, short } = &*self.0;
        short.get_or_init(|| shorten(text).map(Vec::into_boxed_slice)).as_deref()
    }
}

impl<T: Into<Box<str>>> From<T> for EventText {
    fn from(text: T) -> Self {
        Self(Arc::new(Held { text: text.into(), short: OnceLock::new() }))
    }
}

impl Deref for EventText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.text
    }
}

impl PartialEq for EventText {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for EventText {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shortened_once_for_all_its_clones() {
        let text = EventText::from("event");
        let other = text.clone();
        assert_eq!(text.short(|text| Some(text.as_bytes()[..2].to_vec())), Some(&b"ev"[..]));
        assert_eq!(other.short(|_| None), Some(&b"ev"[..]));
        assert_eq!(&*other, "event");
    }
}
