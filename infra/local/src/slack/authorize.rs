//! `/oauth/v2/authorize`: a person lets the app post to a channel, or does not
//! (docs.slack.dev/authentication/installing-with-oauth). A script does it with
//! one `POST` of the same fields and `team`, `channel`, `decision=allow|cancel`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use super::form::Form;
use super::html::{escaped, page};
use super::refusal::PostError;
use super::workspaces::{Place, WORKSPACES, Workspace, place};
use super::world::Grant;
use super::{APP, SCOPE, Shared, SlackStandIn};

/// What an app asks for.
struct Asked {
    redirect_uri: Url,
    /// As it was given: the exchange has to name it letter by letter.
    redirect_text: String,
    state: Option<String>,
}

/// What the person said.
enum Decision {
    Allow(Place),
    Cancel,
}

/// Why nobody is sent back: where to is not known, or not to be trusted.
enum Unclear {
    Form,
    Client,
    Scope,
    RedirectUri,
    Decision,
    Channel,
    Archived,
}

impl Unclear {
    const fn sentence(&self) -> &'static str {
        match self {
            Self::Form => "invalid_form_data: this is no form.",
            Self::Client => "invalid_client_id: no app has this client_id.",
            Self::Scope => "invalid_scope: the app may ask for incoming-webhook and for nothing else.",
            Self::RedirectUri => {
                "bad_redirect_uri: redirect_uri is missing, or no absolute URL of a web page."
            }
            Self::Decision => "Choose to allow or to cancel.",
            Self::Channel => "Choose a channel of the workspace.",
            Self::Archived => "channel_is_archived: choose another channel.",
        }
    }
}

/// The page.
pub(super) async fn ask(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let form = Form::of_query(query.as_deref());
    match Asked::read(&form) {
        Ok(asked) => asked.page(&shared, &form),
        Err(why) => refusal(&why),
    }
}

/// Its form.
pub(super) async fn decide(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let decided = Form::of_body(&headers, &body)
        .ok_or(Unclear::Form)
        .and_then(|form| Ok((Asked::read(&form)?, Decision::read(&form, &shared)?)));
    match decided {
        Ok((asked, Decision::Allow(place))) => {
            let (redirect_uri, at) = (asked.redirect_text.clone(), shared.now());
            let code = shared.world().grant(Grant { place, redirect_uri, at });
            asked.back("code", &code)
        }
        Ok((asked, Decision::Cancel)) => asked.back("error", "access_denied"),
        Err(why) => refusal(&why),
    }
}

impl Asked {
    fn read(form: &Form) -> Result<Self, Unclear> {
        if form.get("client_id") != Some(SlackStandIn::CLIENT_ID) {
            return Err(Unclear::Client);
        }
        if form.get("scope") != Some(SCOPE) {
            return Err(Unclear::Scope);
        }
        let text = form.get("redirect_uri").unwrap_or_default();
        let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        // The URL parser repairs `https:host`; OAuth has an absolute URI without a
        // fragment (RFC 6749, section 3.1.2).
        let url = url.filter(|url| text.contains("://") && url.has_host() && url.fragment().is_none());
        Ok(Self {
            redirect_uri: url.ok_or(Unclear::RedirectUri)?,
            redirect_text: text.to_owned(),
            state: form.get("state").map(str::to_owned),
        })
    }

    /// Sends the browser back to the app.
    fn back(self, name: &str, value: &str) -> Response {
        let mut url = self.redirect_uri;
        url.query_pairs_mut().append_pair(name, value);
        if let Some(state) = &self.state {
            url.query_pairs_mut().append_pair("state", state);
        }
        let headers = [(LOCATION, String::from(url)), (CACHE_CONTROL, "no-store".to_owned())];
        (StatusCode::FOUND, headers).into_response()
    }

    /// The fields that the form and the links pass on.
    fn fields(&self) -> Vec<(&'static str, &str)> {
        let mut fields = vec![
            ("client_id", SlackStandIn::CLIENT_ID),
            ("scope", SCOPE),
            ("redirect_uri", self.redirect_text.as_str()),
        ];
        fields.extend(self.state.as_deref().map(|state| ("state", state)));
        fields
    }

    fn page(&self, shared: &Shared, form: &Form) -> Response {
        let [first, _] = &WORKSPACES;
        let workspace = WORKSPACES.iter().find(|known| Some(known.id) == form.get("team")).unwrap_or(first);
        let links: String = WORKSPACES.iter().map(|other| self.link(other, other == workspace)).collect();
        let hidden = |(name, value): (&str, &str)| {
            format!("<input type=hidden name=\"{name}\" value=\"{}\">", escaped(value))
        };
        let hidden: String = self.fields().into_iter().chain([("team", workspace.id)]).map(hidden).collect();
        let content = format!(
            "<div class=card><nav aria-label=Workspaces>{links}</nav>\
             <h1>{APP} asks to post in the {} workspace</h1>\
             <p class=soft>This is a stand-in for Slack on your machine. It sends you back to {}.</p>\
             <form method=post action=/oauth/v2/authorize>{hidden}\
             <label for=channel>Where should {APP} post?</label>\
             <select id=channel name=channel required>{}</select>\
             <p class=actions><button class=go name=decision value=allow>Allow</button> \
             <button name=decision value=cancel formnovalidate>Cancel</button></p></form></div>",
            escaped(workspace.name),
            escaped(&self.redirect_uri.origin().ascii_serialization()),
            options(shared, workspace, form.get("channel")),
        );
        page(StatusCode::OK, &format!("{APP} asks to post in Slack"), "", &content)
    }

    /// A link to the same question in another workspace.
    fn link(&self, workspace: &Workspace, is_current: bool) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields()).append_pair("team", workspace.id);
        let current = if is_current { " aria-current=page" } else { "" };
        let (query, name) = (escaped(&query.finish()), escaped(workspace.name));
        format!("<a href=\"/oauth/v2/authorize?{query}\"{current}>{name}</a>")
    }
}

impl Decision {
    fn read(form: &Form, shared: &Shared) -> Result<Self, Unclear> {
        match form.get("decision") {
            Some("allow") => {
                let place = form.get("channel").and_then(place).ok_or(Unclear::Channel)?;
                if form.get("team") != Some(place.workspace.id) {
                    return Err(Unclear::Channel);
                }
                if is_archived(shared, place.channel.id) {
                    return Err(Unclear::Archived);
                }
                Ok(Self::Allow(place))
            }
            Some("cancel") => Ok(Self::Cancel),
            _ => Err(Unclear::Decision),
        }
    }
}

/// The channels to choose from. As in Slack an archived one cannot be chosen.
fn options(shared: &Shared, workspace: &Workspace, chosen: Option<&str>) -> String {
    let option = |id: &str, name: &str| {
        let selected = if chosen == Some(id) { " selected" } else { "" };
        if is_archived(shared, id) {
            return format!("<option value=\"{id}\" disabled>{} (archived)</option>", escaped(name));
        }
        format!("<option value=\"{id}\"{selected}>{}</option>", escaped(name))
    };
    workspace.channels.iter().map(|channel| option(channel.id, channel.name)).collect()
}

fn is_archived(shared: &Shared, channel_id: &str) -> bool {
    shared.world().errors.get(channel_id) == Some(&PostError::ChannelIsArchived)
}

fn refusal(why: &Unclear) -> Response {
    let content = format!(
        "<div class=card><h1>This app cannot be installed</h1><p>{}</p></div>",
        escaped(why.sentence())
    );
    page(StatusCode::BAD_REQUEST, "Something went wrong", "", &content)
}
