//! The files of the page, put into the program.

/// A file that the document loads.
pub(super) struct Asset {
    /// Below `/page/`.
    pub(super) path: &'static str,
    pub(super) content_type: &'static str,
    pub(super) text: &'static str,
}

pub(super) const DOCUMENT: &str = include_str!("../../page/index.html");
pub(super) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

macro_rules! assets {
    ($($path:literal is $content_type:ident,)*) => {
        pub(super) const ASSETS: &[Asset] = &[$(Asset {
            path: $path,
            content_type: $content_type,
            text: include_str!(concat!("../../page/", $path)),
        },)*];
    };
}

assets! {
    "icon.svg" is IMAGE,
    "style.css" is STYLE,
    "js/add.js" is JAVASCRIPT,
    "js/api.js" is JAVASCRIPT,
    "js/app.js" is JAVASCRIPT,
    "js/chart.js" is JAVASCRIPT,
    "js/deliveries.js" is JAVASCRIPT,
    "js/dialog.js" is JAVASCRIPT,
    "js/dom.js" is JAVASCRIPT,
    "js/editor.js" is JAVASCRIPT,
    "js/editor/authorization.js" is JAVASCRIPT,
    "js/editor/basics.js" is JAVASCRIPT,
    "js/editor/conflict.js" is JAVASCRIPT,
    "js/editor/events.js" is JAVASCRIPT,
    "js/editor/headers.js" is JAVASCRIPT,
    "js/editor/signing.js" is JAVASCRIPT,
    "js/list.js" is JAVASCRIPT,
    "js/log.js" is JAVASCRIPT,
    "js/parts.js" is JAVASCRIPT,
    "js/redeliver.js" is JAVASCRIPT,
    "js/rules.js" is JAVASCRIPT,
    "js/session.js" is JAVASCRIPT,
    "js/slack.js" is JAVASCRIPT,
    "js/test-event.js" is JAVASCRIPT,
    "js/tooltip.js" is JAVASCRIPT,
    "js/ui.js" is JAVASCRIPT,
    "js/verify.js" is JAVASCRIPT,
    "js/words.js" is JAVASCRIPT,
}
