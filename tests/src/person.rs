//! A person in a browser who installs into Slack: follows the popup from the
//! API to Slack and back, and keeps its cookies.

use reqwest::{Client, Response, Url, redirect};

/// Where the popup ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The status of its last page.
    pub status: u16,
    /// The page.
    pub html: String,
}

/// What the person presses at Slack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Allow, for this channel of this workspace.
    Allow {
        /// Its id.
        team: &'static str,
        /// Its id.
        channel: &'static str,
    },
    /// Cancel.
    Cancel,
}

/// Opens `start_url` in a popup and goes all the way.
///
/// # Panics
/// When a step does not lead to the next.
pub async fn install(start_url: &str, decision: Decision) -> Ended {
    let browser = Client::builder().no_proxy().redirect(redirect::Policy::none()).build().unwrap();
    let started = browser.get(start_url).send().await.unwrap();
    let cookies: Vec<String> = started
        .headers()
        .get_all("set-cookie")
        .iter()
        .map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned())
        .collect();
    let at_slack = location(&started);
    let page = browser.get(at_slack.clone()).send().await.unwrap();
    assert_eq!(page.status(), 200, "Slack's page");
    let (team, channel, decision) = match decision {
        Decision::Allow { team, channel } => (team, channel, "allow"),
        Decision::Cancel => ("", "", "cancel"),
    };
    let mut filled_in = at_slack.clone();
    let fields = [("team", team), ("channel", channel), ("decision", decision)];
    filled_in.query_pairs_mut().extend_pairs(fields);
    let form = filled_in.query().unwrap().to_owned();
    let mut authorize = at_slack;
    authorize.set_query(None);
    let decided = browser
        .post(authorize)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let back = browser.get(location(&decided)).header("cookie", cookies.join("; ")).send().await.unwrap();
    Ended { status: back.status().as_u16(), html: back.text().await.unwrap() }
}

fn location(response: &Response) -> Url {
    let location = response.headers().get("location");
    let location = location.unwrap_or_else(|| panic!("{} leads nowhere", response.status()));
    location.to_str().unwrap().parse().unwrap()
}
