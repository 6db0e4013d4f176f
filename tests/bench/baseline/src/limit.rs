//! The limit of sending: signed requests over connections that are already
//! open, and nothing else. No pool, no name, no deadline, no table, no log.

mod connection;
mod request;

use std::io::{BufRead as _, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use domain::secret::SecretText;
use tokio::task::JoinSet;

use self::connection::Connection;
use self::request::{Requests, Template};
use crate::Fault;

/// Opens the connections, says `ready`, and carries out a line `<events>
/// <webhooks>` of standard input after the other, each followed by `done`.
///
/// # Errors
/// At the first answer that is no success, and whatever else goes wrong.
pub(crate) fn run([port, ca_file, connections, body_file, secret]: &[&str; 5]) -> Result<(), Fault> {
    let port = port.parse().map_err(|_| format!("{port} is no port"))?;
    let connections: usize = connections.parse().map_err(|_| format!("{connections} is no number"))?;
    let ca_pem = std::fs::read(ca_file).map_err(|error| format!("{ca_file}: {error}"))?;
    let body = std::fs::read(body_file).map_err(|error| format!("{body_file}: {error}"))?;
    let template =
        Arc::new(Template { body: Bytes::from(body), key: SecretText::new((*secret).to_owned()).into() });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;

    let mut open = runtime.block_on(connection::open(port, &ca_pem, connections))?;
    say("ready")?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let (events, webhooks) = read_line(&line).ok_or_else(|| format!("{line:?} is not two numbers"))?;
        let requests = Arc::new(Requests::new(Arc::clone(&template), events, webhooks));
        open = runtime.block_on(send_all(open, &requests))?;
        say("done")?;
    }
    Ok(())
}

/// Each connection takes the next request when it is free.
async fn send_all(connections: Vec<Connection>, requests: &Arc<Requests>) -> Result<Vec<Connection>, Fault> {
    let mut busy = JoinSet::new();
    for connection in connections {
        busy.spawn(connection.send(Arc::clone(requests)));
    }
    let mut free = Vec::with_capacity(busy.len());
    while let Some(ended) = busy.join_next().await {
        free.push(ended??);
    }
    Ok(free)
}

fn read_line(line: &str) -> Option<(usize, usize)> {
    let (events, webhooks) = line.split_once(' ')?;
    Some((events.parse().ok()?, webhooks.parse().ok()?))
}

fn say(word: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{word}")?;
    out.flush()
}
