//! The parts of a stack, in the order in which they need each other.

use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::{NAME, Options, Stack, TENANT, until_ready};
use crate::ca::Ca;
use crate::emulators::{Emulators, Resources};
use crate::environment::{self, Own, RECEIVER_HOST};
use crate::error::{Error, Result};
use crate::issuer::{Grant, Issuer};
use crate::poller::{self, Source};
use crate::pool::Pool;
use crate::receiver::Receiver;
use crate::sandbox::Function;
use crate::serve::Server;
use crate::slack::SlackStandIn;
use crate::stack_file::{AwsEndpoints, DeadLetterQueueUrls, Folder, StackFile};
use crate::template::{REGION, TEMPLATE, Template};
use crate::{gateway, inspect, schedule};

/// Invocations at once: of the API, and of the dispatcher for each of its queues.
const AT_ONCE: usize = 5;
/// How long the admin's token in `stack.json` is valid: a stack may run for long.
const MONTH: i64 = 30 * 24 * 60 * 60;
const SLACK_APP_SECRET: &str = "slack-app";

/// What is there before the functions are.
pub(super) struct Surroundings {
    pub(super) folder: Folder,
    pub(super) emulators: Emulators,
    pub(super) resources: Resources,
    pub(super) issuer: Issuer,
    pub(super) receiver: Arc<Receiver>,
    pub(super) slack: SlackStandIn,
    pub(super) ca: Ca,
    pub(super) port: u16,
}

/// The functions with their settings.
pub(super) struct Functions {
    api: Function,
    dispatcher: Function,
}

impl Surroundings {
    pub(super) async fn functions(&self, options: &Options, bin_dir: &Path) -> Result<Functions> {
        let (emulators, resources) = (&self.emulators, &self.resources);
        let secret =
            json!({"clientId": SlackStandIn::CLIENT_ID, "clientSecret": SlackStandIn::CLIENT_SECRET});
        emulators.sqs().create_secret(SLACK_APP_SECRET, &secret.to_string()).await?;
        let ca_file = environment::write_ca_file(&options.environment, &self.ca, self.folder.path())?;
        let settings = environment::settings(
            &options.environment,
            &Own {
                table_name: &resources.table("MainTable")?,
                deliveries_table_name: &resources.table("DeliveriesTable")?,
                events_queue_url: &resources.queue_url("EventsQueue")?,
                deliveries_queue_url: &resources.queue_url("DeliveriesQueue")?,
                dynamodb: emulators.dynamodb.endpoint(),
                moto: emulators.moto.endpoint(),
                secret_prefix: NAME,
                slack_app_secret_id: SLACK_APP_SECRET,
                public_url: &self.api_url(),
                issuer: &self.issuer,
                receiver_port: self.receiver.port(),
                slack_url: &self.slack.url(),
                hooks_port: self.slack.hooks_port(),
                ca_file: &ca_file,
            },
        );
        let template = Template::parse(TEMPLATE, NAME)?;
        let function = |name: &str, logical_id: &str| {
            let program = bin_dir.join(name);
            if !program.exists() {
                return Err(Error::NoProgram { name: name.to_owned(), path: program });
            }
            let (shape, log) = (template.function(logical_id)?, self.folder.log(name)?);
            Ok(Function { name: name.to_owned(), program, shape, settings: settings.clone(), log })
        };
        Ok(Functions {
            api: function("api", "ApiFunction")?,
            dispatcher: function("dispatcher", "DispatcherFunction")?,
        })
    }

    pub(super) async fn with_functions(
        self,
        options: &Options,
        listener: TcpListener,
        functions: &Functions,
    ) -> Result<Stack> {
        let pool = |function: &Function| Arc::new(Pool::new(function.clone(), AT_ONCE));
        let api = pool(&functions.api);
        let queues = ["EventsQueue", "DeliveriesQueue"].map(|queue| (queue, pool(&functions.dispatcher)));
        let mut servers = vec![gateway::start(listener, Arc::clone(&api))?];
        let inspect = inspect::start(Arc::clone(&self.receiver))?;
        let file = self.file(options, &inspect)?;
        servers.push(inspect);
        let mut pollers = JoinSet::new();
        let mut pools = vec![("api", api)];
        for (queue, pool) in queues {
            let sqs = self.emulators.sqs();
            let source =
                Source { sqs, queue_url: self.resources.queue_url(queue)?, function: Arc::clone(&pool) };
            pollers.spawn(poller::feed(source, AT_ONCE));
            pools.push((queue, pool));
        }
        for schedule in Template::parse(TEMPLATE, NAME)?.schedules()? {
            let queue_url = self.resources.queue_url(&schedule.queue)?;
            pollers.spawn(schedule::keep(schedule, self.emulators.sqs(), queue_url));
        }
        for (_, pool) in &pools {
            pool.warm().await?;
        }
        let Self { folder, emulators, issuer, receiver, slack, ca, .. } = self;
        let stack = Stack { file, folder, emulators, issuer, receiver, slack, ca, pools, servers, pollers };
        let health = format!("{}/health", stack.file.api_url);
        until_ready("The API does not answer on /health", async || {
            let answer = crate::http_client().get(&health).send().await.ok()?;
            (answer.status() == 200).then_some(())
        })
        .await?;
        Ok(stack)
    }

    fn api_url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn file(&self, options: &Options, inspect: &Server) -> Result<StackFile> {
        let (emulators, api_url) = (&self.emulators, self.api_url());
        let admin_token = self.issuer.token(&Grant { expires_in: Some(MONTH), ..Grant::admin(TENANT) })?;
        let moto = emulators.moto.endpoint().to_owned();
        Ok(StackFile {
            page_url: format!("{api_url}/#token={admin_token}"),
            api_url,
            admin_token,
            tenant_id: TENANT.to_owned(),
            events_queue_url: self.resources.queue_url("EventsQueue")?,
            deliveries_queue_url: self.resources.queue_url("DeliveriesQueue")?,
            dead_letter_queue_urls: DeadLetterQueueUrls {
                events: self.resources.queue_url("EventsDeadLetterQueue")?,
                deliveries: self.resources.queue_url("DeliveriesDeadLetterQueue")?,
            },
            aws_endpoints: AwsEndpoints {
                dynamodb: emulators.dynamodb.endpoint().to_owned(),
                sqs: moto.clone(),
                secretsmanager: moto,
            },
            region: REGION.to_owned(),
            table_name: self.resources.table("MainTable")?,
            deliveries_table_name: self.resources.table("DeliveriesTable")?,
            secret_prefix: NAME.to_owned(),
            receiver_url: format!("https://{RECEIVER_HOST}/"),
            receiver_inspect_url: format!("{}/", inspect.url()),
            slack_url: options.environment.get("SLACK_BASE_URL").cloned().unwrap_or_else(|| self.slack.url()),
            issuer: self.issuer.url().to_owned(),
        })
    }
}
