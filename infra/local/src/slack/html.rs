//! The frame of every page. The pages need no scripts and load nothing.

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY};
use axum::response::{Html, IntoResponse, Response};

/// Nothing that a message holds is run or loaded, should an escape be missing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--fg:#1d1c1d;--soft:#616061;--line:#dddddd;--box:#f8f8f8;--link:#0b5fad;\
--go:#007a5a;--ping:#fbf3d5}\
@media(prefers-color-scheme:dark){:root{--bg:#1a1d21;--fg:#e8e8e8;--soft:#ababad;--line:#454649;--box:#222529;\
--link:#6cb2ee;--go:#007a5a;--ping:#4a3f14}}\
*{box-sizing:border-box}body{font:15px/1.5 system-ui,sans-serif;background:var(--bg);color:var(--fg);margin:0 auto;\
padding:2rem 1rem;max-width:48rem;overflow-wrap:anywhere}a{color:var(--link)}h1{font-size:1.4rem;margin:0 0 .5rem}\
h2{font-size:1.1rem;margin:2rem 0 .5rem}p,main>div:not(.card){margin:.3rem 0}.soft{color:var(--soft)}\
small,.context{font-size:.85rem;color:var(--soft)}form{display:inline}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.35rem .5rem;border-bottom:1px solid var(--line)}\
button,select{font:inherit;color:inherit;background:var(--bg);border:1px solid var(--line);border-radius:6px;\
padding:.3rem .8rem}button{cursor:pointer}.go{background:var(--go);border-color:var(--go);color:#fff;font-weight:600}\
.card{border:1px solid var(--line);border-radius:12px;padding:2rem;max-width:32rem;margin:2rem auto}\
.card label{display:block;margin:1.5rem 0 .3rem}.card select{width:100%}.actions{margin-top:1.5rem}\
nav a{margin-right:1rem}nav a[aria-current]{font-weight:700;color:inherit;text-decoration:none}\
article{border:1px solid var(--line);border-radius:8px;padding:.8rem 1rem;margin:.8rem 0}\
.text{white-space:pre-wrap;margin:.3rem 0}.header{font-weight:700;font-size:1.1rem}\
.fields{display:grid;grid-template-columns:1fr 1fr;gap:.3rem 1rem}.context>span{margin-right:.6rem}\
hr{border:0;border-top:1px solid var(--line)}.ping{background:var(--ping);border-radius:3px;padding:0 .15rem}\
code,pre{background:var(--box);border-radius:3px;padding:.1rem .2rem}pre{white-space:pre-wrap}";

/// A whole page. The title is text, the content is HTML.
pub(super) fn page(status: StatusCode, title: &str, head: &str, content: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         {head}<title>{}</title><style>{STYLE}</style><main>{content}</main></html>",
        escaped(title)
    );
    (status, [(CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-store")], Html(page)).into_response()
}

/// Text that is nothing but text, between tags and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
