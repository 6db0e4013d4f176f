//! The settings page: a document, its styles and its modules, as they lie in
//! `functions/api/page`. They are part of the program: there is no build step,
//! no second place to deploy, and the page never meets an API of another age.

mod assets;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::OnceLock;

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LINK};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use self::assets::{ASSETS, DOCUMENT, JAVASCRIPT};

/// The page as this operator has set it up.
pub struct Page {
    document: Served,
    assets: HashMap<&'static str, Served>,
    policy: HeaderValue,
    preloads: HeaderValue,
}

/// A file, ready to be sent.
struct Served {
    content_type: &'static str,
    text: Cow<'static, str>,
    /// Made when it is first asked for: a start has better to do than to hash all files.
    etag: OnceLock<String>,
}

impl Page {
    /// A page that these may show in a frame, and these origins may hand a token.
    pub fn new(frame_ancestors: &[String], parent_origins: &[String]) -> Self {
        let document = DOCUMENT.replace("{parent-origins}", &escaped(&parent_origins.join(" ")));
        let assets = ASSETS.iter().map(|asset| (asset.path, Served::new(asset.content_type, asset.text)));
        Self {
            document: Served::new("text/html; charset=utf-8", document),
            assets: assets.collect(),
            policy: policy(frame_ancestors),
            preloads: preloads(),
        }
    }

    /// The document.
    pub(crate) fn document(&self, request: &HeaderMap) -> Response {
        let mut response = self.respond(&self.document, request);
        response.headers_mut().insert(LINK, self.preloads.clone());
        response
    }

    /// What the document loads; none when there is no such file.
    pub(crate) fn asset(&self, path: &str, request: &HeaderMap) -> Option<Response> {
        Some(self.respond(self.assets.get(path)?, request))
    }

    /// A browser asks each time whether its copy is still good, so that a
    /// deployment is seen at once and no module meets one of another version.
    fn respond(&self, file: &Served, request: &HeaderMap) -> Response {
        let headers: [(HeaderName, HeaderValue); 2] = [
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (CONTENT_SECURITY_POLICY, self.policy.clone()),
        ];
        let etag = file.etag();
        if is_known(etag, request) {
            return (StatusCode::NOT_MODIFIED, headers, [(ETAG, etag)]).into_response();
        }
        (headers, [(ETAG, etag)], [(CONTENT_TYPE, file.content_type)], file.text.clone()).into_response()
    }
}

impl Served {
    fn new(content_type: &'static str, text: impl Into<Cow<'static, str>>) -> Self {
        Self { content_type, text: text.into(), etag: OnceLock::new() }
    }

    fn etag(&self) -> &str {
        let hash = || URL_SAFE_NO_PAD.encode(Sha256::digest(self.text.as_bytes()));
        self.etag.get_or_init(|| format!("\"{}\"", hash()))
    }
}

/// RFC 9110 §13.1.2: compared weakly, since a proxy may have weakened the tag.
fn is_known(etag: &str, request: &HeaderMap) -> bool {
    let lines = request.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

/// Nothing but the page's own files and API; nothing inline.
fn policy(frame_ancestors: &[String]) -> HeaderValue {
    let ancestors = if frame_ancestors.is_empty() { "'none'".to_owned() } else { frame_ancestors.join(" ") };
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}"
    );
    // The settings hold origins in ASCII alone; what is none shows the page in no frame.
    HeaderValue::from_str(&policy)
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}

/// Modules name each other, and a browser would ask for them one after the other.
fn preloads() -> HeaderValue {
    let modules = ASSETS.iter().filter(|asset| asset.content_type == JAVASCRIPT);
    let links: Vec<_> = modules.map(|asset| format!("<page/{}>; rel=modulepreload", asset.path)).collect();
    // The paths are ours and plain.
    HeaderValue::from_str(&links.join(", ")).unwrap_or(HeaderValue::from_static(""))
}

/// As an attribute's value.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
