//! The tables, queues and functions of `infra/template.yaml`, so that the local
//! stack and the deployed one cannot drift apart. Of CloudFormation's functions
//! only `Ref`, `GetAtt` and `Sub` over names are understood; a table or queue that
//! needs more is refused, not guessed.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};
use serde_yaml_ng::{Mapping, Value as Yaml};

use crate::error::{Error, Result};

/// The template itself.
pub const TEMPLATE: &str = include_str!("../../template.yaml");
/// Where the local stack pretends to be.
pub const REGION: &str = "us-east-1";
/// The account that moto pretends to be.
pub const ACCOUNT: &str = "123456789012";

/// A template with the name of the stack that is made of it.
#[derive(Clone, Debug)]
pub struct Template {
    root: Yaml,
    stack: String,
}

/// A table of the template.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in DynamoDB.
    pub name: String,
    /// A CreateTable request.
    pub create: Json,
    /// The attribute that holds the time at which an item expires.
    pub ttl: Option<String>,
}

/// A queue of the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Its name in the template.
    pub logical_id: String,
    /// Its name in SQS.
    pub name: String,
    /// Its attributes as CreateQueue takes them.
    pub attributes: BTreeMap<String, String>,
}

/// What the template says of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionShape {
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Its memory.
    pub memory_mb: u64,
}

/// A message that the template puts on a queue over and over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// The queue's name in the template.
    pub queue: String,
    /// The message.
    pub message: String,
    /// How far apart.
    pub every: Duration,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// When it is no YAML.
    pub fn parse(text: &str, stack: &str) -> Result<Self> {
        let root = serde_yaml_ng::from_str(text).map_err(|error| Error::Template(error.to_string()))?;
        Ok(Self { root, stack: stack.to_owned() })
    }

    /// Its tables, in the template's order.
    ///
    /// # Errors
    /// When one needs more of CloudFormation than is understood here.
    pub fn tables(&self) -> Result<Vec<Table>> {
        self.of_type("AWS::DynamoDB::Table").map(|(id, properties)| self.table(id, properties)).collect()
    }

    /// Its queues, those first that others name as their dead-letter queue.
    ///
    /// # Errors
    /// When one needs more of CloudFormation than is understood here.
    pub fn queues(&self) -> Result<Vec<Queue>> {
        let mut queues = self
            .of_type("AWS::SQS::Queue")
            .map(|(id, properties)| self.queue(id, properties))
            .collect::<Result<Vec<_>>>()?;
        queues.sort_by_key(|queue| queue.attributes.contains_key("RedrivePolicy"));
        Ok(queues)
    }

    /// Its schedules.
    ///
    /// # Errors
    /// When one is no message to a queue at a rate of hours.
    pub fn schedules(&self) -> Result<Vec<Schedule>> {
        self.of_type("AWS::Scheduler::Schedule")
            .map(|(id, properties)| {
                self.schedule(properties)?
                    .ok_or_else(|| Error::Template(format!("the local stack does not understand {id}")))
            })
            .collect()
    }

    /// What it says of a function.
    ///
    /// # Errors
    /// When there is no such function.
    pub fn function(&self, logical_id: &str) -> Result<FunctionShape> {
        let number = |name: &str| {
            self.of_type("AWS::Serverless::Function")
                .find(|(id, _)| *id == logical_id)
                .and_then(|(_, properties)| properties.get(name)?.as_u64())
                .ok_or_else(|| Error::Template(format!("{logical_id} has no {name}")))
        };
        Ok(FunctionShape {
            timeout: Duration::from_secs(number("Timeout")?),
            memory_mb: number("MemorySize")?,
        })
    }

    /// The names of the settings that every function gets.
    pub fn setting_names(&self) -> Vec<&str> {
        ["Globals", "Function", "Environment", "Variables"]
            .iter()
            .try_fold(&self.root, |node, key| node.get(*key))
            .and_then(Yaml::as_mapping)
            .map(|variables| variables.keys().filter_map(Yaml::as_str).collect())
            .unwrap_or_default()
    }

    fn of_type<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = (&'a str, &'a Yaml)> {
        let resources =
            self.root.get("Resources").and_then(Yaml::as_mapping).into_iter().flat_map(Mapping::iter);
        resources.filter_map(move |(id, resource)| {
            let is_wanted = resource.get("Type").and_then(Yaml::as_str) == Some(wanted);
            is_wanted.then_some((id.as_str()?, resource.get("Properties")?))
        })
    }

    fn table(&self, id: &str, properties: &Yaml) -> Result<Table> {
        let name = self.name(id, properties, "TableName")?;
        let mut create = json!({ "TableName": name });
        for key in [
            "AttributeDefinitions",
            "KeySchema",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
        ] {
            if let (Some(value), Some(create)) = (properties.get(key), create.as_object_mut()) {
                create.insert(key.to_owned(), self.resolve(value)?);
            }
        }
        let ttl = properties.get("TimeToLiveSpecification");
        let ttl = ttl.and_then(|ttl| ttl.get("AttributeName")).and_then(Yaml::as_str).map(str::to_owned);
        Ok(Table { logical_id: id.to_owned(), name, create, ttl })
    }

    fn queue(&self, id: &str, properties: &Yaml) -> Result<Queue> {
        let name = self.name(id, properties, "QueueName")?;
        let mut attributes = BTreeMap::new();
        for (key, value) in properties.as_mapping().into_iter().flat_map(Mapping::iter) {
            match key.as_str() {
                None | Some("QueueName" | "Tags") => {}
                Some(key) => {
                    let text = match self.resolve(value)? {
                        Json::String(text) => text,
                        other => other.to_string(),
                    };
                    attributes.insert(key.to_owned(), text);
                }
            }
        }
        Ok(Queue { logical_id: id.to_owned(), name, attributes })
    }

    fn schedule(&self, properties: &Yaml) -> Result<Option<Schedule>> {
        let target = properties.get("Target");
        let arn = target.and_then(|target| target.get("Arn")).map(|arn| self.resolve(arn)).transpose()?;
        let queues = self.queues()?;
        let read = || {
            let arn = arn?;
            let queue = queues.into_iter().find(|queue| arn == queue_arn(&queue.name))?;
            let rate = properties.get("ScheduleExpression")?.as_str()?.strip_prefix("rate(")?;
            let hours = rate.split_once(" hour")?.0.parse::<u64>().ok()?;
            Some(Schedule {
                queue: queue.logical_id,
                message: target?.get("Input")?.as_str()?.to_owned(),
                every: Duration::from_secs(hours * 60 * 60),
            })
        };
        Ok(read())
    }

    /// A resource's name: the one it asks for, else one that CloudFormation might give it.
    fn name(&self, id: &str, properties: &Yaml, key: &str) -> Result<String> {
        match properties.get(key).map(|name| self.resolve(name)).transpose()? {
            Some(Json::String(name)) => Ok(name),
            Some(other) => Err(Error::Template(format!("{key} of {id} is no text: {other}"))),
            None => Ok(format!("{}-{id}", self.stack)),
        }
    }

    fn resolve(&self, value: &Yaml) -> Result<Json> {
        match value {
            Yaml::Tagged(tagged) => match (tagged.tag.to_string().as_str(), &tagged.value) {
                ("!Ref" | "!GetAtt", Yaml::String(name)) => self.named(name).map(Json::String),
                ("!Sub", Yaml::String(text)) => self.substitute(text).map(Json::String),
                (tag, _) => Err(Error::Template(format!("the local stack does not understand {tag} here"))),
            },
            Yaml::Sequence(items) => items.iter().map(|item| self.resolve(item)).collect(),
            Yaml::Mapping(entries) => entries
                .iter()
                .filter_map(|(key, value)| Some((key.as_str()?.to_owned(), value)))
                .map(|(key, value)| Ok((key, self.resolve(value)?)))
                .collect::<Result<serde_json::Map<_, _>>>()
                .map(Json::Object),
            plain @ (Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::String(_)) => {
                serde_json::to_value(plain).map_err(|error| Error::Template(error.to_string()))
            }
        }
    }

    fn substitute(&self, text: &str) -> Result<String> {
        let Some((before, rest)) = text.split_once("${") else { return Ok(text.to_owned()) };
        let Some((name, after)) = rest.split_once('}') else { return Ok(text.to_owned()) };
        Ok(format!("{before}{}{}", self.named(name)?, self.substitute(after)?))
    }

    fn named(&self, name: &str) -> Result<String> {
        match name {
            "AWS::StackName" => return Ok(self.stack.clone()),
            "AWS::Region" => return Ok(REGION.to_owned()),
            "AWS::AccountId" => return Ok(ACCOUNT.to_owned()),
            "AWS::Partition" => return Ok("aws".to_owned()),
            _ => {}
        }
        let (id, attribute) = name.split_once('.').unwrap_or((name, "Ref"));
        let queue = self.of_type("AWS::SQS::Queue").find(|(queue, _)| *queue == id);
        match (queue, attribute) {
            (Some((id, properties)), "Arn") => Ok(queue_arn(&self.name(id, properties, "QueueName")?)),
            (Some((id, properties)), "QueueName") => self.name(id, properties, "QueueName"),
            _ => Err(Error::Template(format!("the local stack does not know what {name} is"))),
        }
    }
}

/// The ARN of a local queue.
pub fn queue_arn(name: &str) -> String {
    format!("arn:aws:sqs:{REGION}:{ACCOUNT}:{name}")
}

#[cfg(test)]
mod tests;
