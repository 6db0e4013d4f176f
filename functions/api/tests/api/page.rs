//! The settings page and its files, at the router, and what they may hold.

use std::collections::BTreeMap;
use std::path::Path;

use api::page::Page;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use tower::ServiceExt;

use crate::world::World;

/// Of all files together: a page that opens at once, over a slow line too.
const MOST_BYTES: usize = 60_000;

struct Got {
    status: u16,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

async fn ask(world: &World, method: Method, path: &str, known: Option<&str>) -> Got {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(tag) = known {
        request = request.header("if-none-match", tag);
    }
    let response = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Got { status: parts.status.as_u16(), headers: parts.headers, text }
}

async fn get(world: &World, path: &str) -> Got {
    ask(world, Method::GET, path, None).await
}

async fn framed(ancestors: &[&str], parents: &[&str]) -> World {
    let owned = |list: &[&str]| list.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>();
    World::showing(|ports| ports, Page::new(&owned(ancestors), &owned(parents))).await
}

/// The files of the page by their path below `/page/`; the document has none.
fn files() -> BTreeMap<String, String> {
    fn walk(folder: &Path, below: &str, files: &mut BTreeMap<String, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let path = format!("{below}{}", entry.file_name().to_str().unwrap());
            if entry.file_type().unwrap().is_dir() {
                walk(&entry.path(), &format!("{path}/"), files);
            } else {
                files.insert(path, std::fs::read_to_string(entry.path()).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("page"), "", &mut files);
    files
}

#[tokio::test]
async fn the_page_needs_no_token_and_says_how_it_may_be_used() {
    let page = get(&World::new().await, "/").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), "no-cache");
    assert_eq!(page.header("x-content-type-options"), "nosniff");
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(
        page.header("content-security-policy"),
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert!(!page.text.contains('{'), "a place of the template is not filled");
}

#[tokio::test]
async fn only_those_who_are_named_may_show_it_in_a_frame() {
    let world = framed(&["'self'", "https://*.atlassian.net"], &[]).await;
    let policy = get(&world, "/").await.header("content-security-policy").to_owned();
    assert!(policy.ends_with("; frame-ancestors 'self' https://*.atlassian.net"), "{policy}");
    let policy = get(&world, "/openapi.json").await.header("content-security-policy").to_owned();
    assert_eq!(policy, "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn the_origins_that_may_hand_it_a_token_stand_in_it_as_text() {
    let world = framed(&[], &["https://acme.atlassian.net", "https://\"><script>&"]).await;
    let page = get(&world, "/").await.text;
    let meta = "<meta name=\"parent-origins\" content=\"https://acme.atlassian.net \
                https://&quot;&gt;&lt;script&gt;&amp;\">";
    assert!(page.contains(meta), "{page}");
    assert!(get(&World::new().await, "/").await.text.contains("<meta name=\"parent-origins\" content=\"\">"));
}

#[tokio::test]
async fn every_file_is_served_as_what_it_is() {
    let world = World::new().await;
    for (path, text) in files().into_iter().filter(|(path, _)| path != "index.html") {
        let got = get(&world, &format!("/page/{path}")).await;
        let content_type = match path.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => panic!("{path} is of a kind that the page does not have"),
        };
        assert_eq!((got.status, got.header("content-type")), (200, content_type), "{path}");
        assert_eq!(got.header("cache-control"), "no-cache", "{path}");
        assert_eq!(got.text, text, "{path}");
    }
}

#[tokio::test]
async fn what_a_browser_has_is_not_sent_again() {
    let world = World::new().await;
    for path in ["/", "/page/style.css", "/page/js/app.js"] {
        let etag = get(&world, path).await.header("etag").to_owned();
        assert!(etag.starts_with('"') && etag.len() > 20, "{etag}");
        for known in [etag.clone(), format!("W/{etag}"), format!("\"old\", {etag}"), "*".to_owned()] {
            let again = ask(&world, Method::GET, path, Some(&known)).await;
            assert_eq!((again.status, again.text.as_str()), (304, ""), "{known}");
            assert_eq!((again.header("etag"), again.header("cache-control")), (etag.as_str(), "no-cache"));
        }
        let changed = ask(&world, Method::GET, path, Some("\"old\"")).await;
        assert_eq!((changed.status, changed.header("etag")), (200, etag.as_str()));
    }
    let other = get(&framed(&[], &["https://acme.atlassian.net"]).await, "/").await;
    assert_ne!(other.header("etag"), get(&world, "/").await.header("etag"));
}

#[tokio::test]
async fn head_has_the_headers_alone_and_nothing_else_is_taken() {
    let world = World::new().await;
    for path in ["/", "/page/js/app.js"] {
        let (whole, head) = (get(&world, path).await, ask(&world, Method::HEAD, path, None).await);
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        assert_eq!(head.header("etag"), whole.header("etag"));
        assert_eq!(ask(&world, Method::POST, path, None).await.status, 405);
    }
}

#[tokio::test]
async fn what_is_no_file_of_the_page_is_not_found() {
    let world = World::new().await;
    for path in [
        "/page",
        "/page/",
        "/page/js/",
        "/page/index.html",
        "/page/js/nothing.js",
        "/page/%2e%2e/Cargo.toml",
        "/page/%ff",
    ] {
        let got = get(&world, path).await;
        assert_eq!(got.status, 404, "{path}");
        assert!(got.text.contains("\"no_such_route\""), "{path}");
    }
}

#[tokio::test]
async fn every_module_that_is_named_is_served() {
    let world = World::new().await;
    for (path, text) in files().into_iter().filter(|(path, _)| path.ends_with(".js")) {
        let folder = path.rsplit_once('/').map(|(folder, _)| folder).unwrap_or_default();
        let imports = text.lines().filter(|line| line.starts_with("import "));
        for named in imports.filter_map(|line| line.split('"').nth(1)) {
            let full = match named.strip_prefix("../") {
                Some(name) => format!("js/{name}"),
                None => format!("{folder}/{}", named.strip_prefix("./").unwrap()),
            };
            assert_eq!(get(&world, &format!("/page/{full}")).await.status, 200, "{path} names {named}");
        }
    }
    let page = get(&world, "/").await;
    let loaded = page.text.split("\"page/").skip(1).filter_map(|rest| rest.split('"').next());
    let preloaded = page.header("link").split("<page/").skip(1).filter_map(|rest| rest.split('>').next());
    let named: Vec<_> = loaded.chain(preloaded).collect();
    assert_eq!(named.len(), files().len(), "{named:?}");
    for name in named {
        assert_eq!(get(&world, &format!("/page/{name}")).await.status, 200, "{name}");
    }
}

#[test]
fn all_files_together_are_small_and_each_is_short() {
    let files = files();
    let bytes: usize = files.values().map(String::len).sum();
    assert!(bytes < MOST_BYTES, "{bytes} bytes");
    for (path, text) in files {
        assert!(text.lines().count() <= 300, "{path}");
    }
}

/// What somebody else wrote, such as a name, must never become markup or code.
#[test]
fn nothing_becomes_markup_or_code() {
    const SINKS: [&str; 13] = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "DOMParser",
        "createContextualFragment",
        "setHTML",
        "srcdoc",
        "eval(",
        "Function(",
        "import(",
        "javascript:",
        "style=",
    ];
    for (path, text) in files() {
        for sink in SINKS {
            assert!(!text.contains(sink), "{path} holds {sink}");
        }
    }
    let document = files()["index.html"].clone();
    assert!(!document.contains("<style") && !document.contains(" on"), "inline style or script");
    assert!(
        document.matches("<script").count() == 1 && document.contains("src=\"page/js/app.js\"></script>")
    );
}
