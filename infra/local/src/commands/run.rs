//! `local run`: the whole service, until Ctrl-C.

use std::path::Path;

use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::folder;
use crate::environment::{Environment, is_passed_on};
use crate::error::{Error, Result};
use crate::stack::{Options, Stack};
use crate::stack_file::StackFile;

const PORT: u16 = 8080;

pub(super) async fn run(environment: &Environment) -> Result<()> {
    let mut end = End::new()?;
    let folder = folder(environment);
    let passed_on = environment.iter().filter(|(name, _)| is_passed_on(name));
    let options = Options {
        port: Some(port(environment)?),
        state_dir: folder.clone(),
        environment: passed_on.map(|(name, value)| (name.clone(), value.clone())).collect(),
        bin_dir: None,
    };
    eprintln!("Starting …");
    let mut stack = tokio::select! {
        stack = Stack::start(options) => stack?,
        () = end.wait() => return Ok(()),
    };
    let example = write_example(&folder, stack.file())?;
    let slack = about_slack(&folder, stack.file(), &stack.slack().url());
    println!("{}", summary(&folder, stack.file(), &example) + &slack);
    let failure = tokio::select! {
        error = stack.failed() => Some(error),
        () = end.wait() => None,
    };
    stack.stop().await;
    failure.map_or(Ok(()), Err)
}

fn port(environment: &Environment) -> Result<u16> {
    let Some(text) = environment.get("PORT") else { return Ok(PORT) };
    text.parse().map_err(|_| Error::BadSetting { name: "PORT".to_owned(), why: format!("{text} is no port") })
}

/// Ctrl-C, SIGTERM, or the terminal's end.
struct End([Signal; 3]);

impl End {
    fn new() -> Result<Self> {
        Ok(Self([
            signal(SignalKind::interrupt())?,
            signal(SignalKind::terminate())?,
            signal(SignalKind::hangup())?,
        ]))
    }

    async fn wait(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}

/// An event to send.
fn write_example(folder: &Path, file: &StackFile) -> Result<String> {
    let event = json!({
        "version": 1, "kind": "auditEvent", "id": "example-1", "tenantId": file.tenant_id,
        "type": "project_scan.finished", "occurredAt": jiff::Timestamp::now().strftime("%FT%TZ").to_string(),
        "actor": {"accountId": "5b10a2844c20165700ede21g", "displayName": "Ada"},
        "details": {"projectId": "10001", "findingsCount": 3},
    });
    let path = folder.join("event.json");
    let text = serde_json::to_string_pretty(&event).map_err(|error| Error::NotReady(error.to_string()))?;
    std::fs::write(&path, text + "\n").map_err(Error::file(&path))?;
    Ok(path.display().to_string())
}

fn summary(folder: &Path, file: &StackFile, example: &str) -> String {
    let StackFile { api_url, page_url, receiver_url, receiver_inspect_url, tenant_id, .. } = file;
    let (logs, stack_dir) = (folder.display(), stack_dir(folder));
    format!(
        "\
Open the settings page: {page_url}

The service runs on {api_url} for the tenant {tenant_id}. Ctrl-C stops it.

  What the receiver got {receiver_inspect_url}
  The functions' logs   {logs}/api.log, {logs}/dispatcher.log

Make a webhook for the local receiver:

  curl -H \"Authorization: Bearer $(make token{stack_dir})\" -H 'Content-Type: application/json' \\
    {api_url}/v1/webhooks -d '{{\"displayName\":\"Local receiver\",\"url\":\"{receiver_url}\"}}'

Send it an event:

  make event{stack_dir} FILE={example}

Let the receiver fail, and recover:

  curl -X PUT {receiver_inspect_url}answer -d '{{\"status\":503}}'
  curl -X DELETE {receiver_inspect_url}answer
"
    )
}

/// How to install the app, and what the stand-in can do if it is the one that is used.
fn about_slack(folder: &Path, file: &StackFile, stand_in: &str) -> String {
    let StackFile { api_url, slack_url, .. } = file;
    let stack_dir = stack_dir(folder);
    let install = format!(
        "
Post to a channel of Slack: this prints a startUrl to open in a browser.

  curl -s -X POST {api_url}/v1/slack/installations -H \"Authorization: Bearer $(make token{stack_dir})\"
"
    );
    if slack_url != stand_in {
        return install;
    }
    format!(
        "{install}
Slack is a stand-in. It shows what it got on {slack_url}/
Let it refuse what is posted in a channel, and take it again:

  curl -X PUT {slack_url}/channels/C0ACMEAUDIT -d '{{\"error\":\"channel_is_archived\"}}'
  curl -X PUT {slack_url}/channels/C0ACMEAUDIT -d '{{\"error\":null}}'
"
    )
}

/// What `make` needs to find this stack.
fn stack_dir(folder: &Path) -> String {
    match folder.display().to_string().as_str() {
        ".local" => String::new(),
        other => format!(" STACK_DIR={other}"),
    }
}
