//! The name of a detail, for people.

use super::block::Text;
use super::text::Escaped;

/// The units of a label.
const LABEL: usize = 100;

/// `findingsCount` is "Findings count" in bold; a key that is no such name
/// stands as it is, and means nothing but itself.
pub(super) fn of(key: &str) -> Text {
    match humanized(key) {
        Some(words) => Text::mrkdwn(Escaped::bold(&words, LABEL)),
        None => Text::plain(Escaped::line(key, LABEL)),
    }
}

/// The words of a camelCase or snake_case key.
fn humanized(key: &str) -> Option<String> {
    if key.len() > LABEL / 2 || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let words: Vec<String> = split(key).iter().map(|word| spelled(word)).collect();
    let sentence = words.join(" ");
    let mut letters = sentence.chars();
    let first = letters.next()?.to_ascii_uppercase();
    Some(format!("{first}{}", letters.as_str()))
}

/// A word begins after `_`, at a capital after a small letter, and at the
/// last capital before a small letter (`URLPath`), unless that makes a plural (`URLs`).
fn split(key: &str) -> Vec<String> {
    let (mut words, mut word, mut before) = (Vec::new(), String::new(), '_');
    for (place, letter) in key.char_indices() {
        let mut behind = key.chars().skip(place + 1);
        let (next, after) = (behind.next(), behind.next());
        let is_small = |letter: Option<char>| letter.is_some_and(|letter| letter.is_ascii_lowercase());
        let is_plural = next == Some('s') && !is_small(after);
        let ends_capitals = is_small(next) && !is_plural;
        if letter == '_' || letter.is_ascii_uppercase() && (!before.is_ascii_uppercase() || ends_capitals) {
            words.push(std::mem::take(&mut word));
        }
        if letter != '_' {
            word.push(letter);
        }
        before = letter;
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

/// Abbreviations keep their capitals, in the plural too; other words are small.
fn spelled(word: &str) -> String {
    match word.to_ascii_lowercase().as_str() {
        "id" => "ID".to_owned(),
        "ids" => "IDs".to_owned(),
        "url" => "URL".to_owned(),
        small => {
            let one = word.strip_suffix('s').unwrap_or(word);
            let is_abbreviation = one.len() > 1 && !one.contains(|c: char| c.is_ascii_lowercase());
            if is_abbreviation { word.to_owned() } else { small.to_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_becomes_words() {
        for (key, words) in [
            ("findingsCount", "Findings count"),
            ("projectId", "Project ID"),
            ("id", "ID"),
            ("issue_ids", "Issue IDs"),
            ("issueIDs", "Issue IDs"),
            ("webhookURLs", "Webhook URLs"),
            ("APIsUsed", "APIs used"),
            ("HTTPServer", "HTTP server"),
            ("aSet", "A set"),
            ("URLPath", "URL path"),
            ("siteURL", "Site URL"),
            ("includePlaintextInExports", "Include plaintext in exports"),
            ("HTTP2Port", "HTTP2 port"),
            ("_private__key_", "Private key"),
            ("x", "X"),
            ("3d", "3d"),
        ] {
            assert_eq!(humanized(key).as_deref(), Some(words), "{key}");
        }
    }

    #[test]
    fn a_key_that_is_no_name_stays() {
        for key in ["", "_", "a b", "a-b", "größe", "*bold*", "<!channel>", "a.b", &"x".repeat(99)] {
            assert_eq!(humanized(key), None, "{key}");
        }
    }
}
