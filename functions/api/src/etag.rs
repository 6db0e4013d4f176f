//! Entity tags: a webhook's version, so that an edit never overwrites another
//! that its author has not seen (RFC 9110 §8.8.3 and §13.1.1).

use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, HeaderValue};

use crate::problem::Problem;

/// A webhook's strong entity tag.
pub(crate) fn of(version: u64) -> HeaderValue {
    // Digits and quotes always make a header value.
    HeaderValue::from_str(&text_of(version)).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// What a request says in `If-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// `*`: whatever the version is.
    Any,
    /// One of these versions; a tag that is not one of ours never matches.
    OneOf(Vec<String>),
}

impl IfMatch {
    /// Reads the header, which must be there.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, Problem> {
        let lines: Vec<&str> =
            headers.get_all(IF_MATCH).iter().map(|line| line.to_str().unwrap_or_default().trim()).collect();
        match lines[..] {
            [] => Err(Problem::PreconditionRequired),
            ["*"] => Ok(Self::Any),
            // Our tags hold no comma, so that a foreign one may be cut in two; a star in it is none.
            _ => {
                let tags = lines.iter().flat_map(|line| line.split(','));
                Ok(Self::OneOf(tags.map(|tag| tag.trim().to_owned()).collect()))
            }
        }
    }

    /// Goes on only if this version matches. A weak tag never does, since it
    /// begins with `W/`.
    pub(crate) fn require(&self, version: u64) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::OneOf(tags) if tags.contains(&text_of(version)) => Ok(()),
            Self::OneOf(_) => Err(Problem::PreconditionFailed),
        }
    }
}

/// The same as text.
pub(crate) fn text_of(version: u64) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(lines: &[&str], version: u64) -> bool {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(IF_MATCH, line.parse().unwrap());
        }
        IfMatch::read(&headers).unwrap().require(version).is_ok()
    }

    #[test]
    fn a_strong_tag_of_the_version_matches_and_nothing_else() {
        for lines in [&["\"7\""][..], &["\"6\", \"7\""], &["\"6\"", "\"7\""], &["*"], &["  \"7\" ,"]] {
            assert!(matches(lines, 7), "{lines:?}");
        }
        for lines in [
            &["W/\"7\""][..],
            &["7"],
            &["\"07\""],
            &["\"8\""],
            &[""],
            &["'7'"],
            &["\"\""],
            &["w/*"],
            // The star stands alone, or it is part of a foreign tag.
            &["\"x,*,y\""],
            &["W/\"x,*,y\""],
            &["\"3\", *"],
            &["*", "\"3\""],
            &["*, *"],
        ] {
            assert!(!matches(lines, 7), "{lines:?}");
        }
    }
}
