//! The secret object of a write: made before the row names it, deleted after
//! the row has stopped naming it. Whatever a crash leaves behind is named by no
//! row, and is never read.

use domain::ports::BundleError;
use domain::row::{BundleName, WebhookKey};
use domain::webhook::edit::{BuildFault, BundleEdit, BundlePlan};

use crate::Api;
use crate::problem::Problem;

/// The secret object that the row is to name, if any.
pub(crate) enum Staged {
    /// The one it names already.
    Kept(Option<BundleName>),
    /// A new one, or none where there was one.
    New(Option<BundleName>),
}

impl Staged {
    /// What the row is to name.
    pub(crate) const fn name(&self) -> Option<&BundleName> {
        match self {
            Self::Kept(name) | Self::New(name) => name.as_ref(),
        }
    }

    /// The write is in force: what the row named before goes.
    pub(crate) async fn settle(&self, api: &Api, before: Option<&BundleName>) {
        match (self, before) {
            (Self::New(now), Some(before)) if now.as_ref() != Some(before) => discard(api, before).await,
            (Self::New(_) | Self::Kept(_), _) => {}
        }
    }

    /// The write came to nothing for certain: what was made for it goes.
    pub(crate) async fn abandon(&self, api: &Api) {
        match self {
            Self::New(Some(made)) => discard(api, made).await,
            Self::New(None) | Self::Kept(_) => {}
        }
    }
}

/// Makes what a write needs, from the secrets that the row names now.
pub(crate) async fn stage(
    api: &Api,
    key: &WebhookKey,
    edit: BundleEdit,
    stored: Option<&BundleName>,
) -> Result<Staged, Problem> {
    let plan = match edit {
        BundleEdit::Keep => return Ok(Staged::Kept(stored.cloned())),
        BundleEdit::Rebuild(plan) => plan,
    };
    let bundle = build(api, key, plan, stored).await?;
    if bundle.is_empty() {
        return Ok(Staged::New(None));
    }
    let name = api.ports.secrets.create(key, api.ports.dice.roll(), &bundle).await?;
    Ok(Staged::New(Some(name)))
}

/// Deletes a secret object that no row names. Not to be able to is no failure
/// of the request: it costs its price, and is never read.
pub(crate) async fn discard(api: &Api, name: &BundleName) {
    if let Err(fault) = api.ports.secrets.delete(name).await {
        tracing::warn!(bundle = %name, %fault, "unused secret not deleted");
    }
}

async fn build(
    api: &Api,
    key: &WebhookKey,
    plan: BundlePlan,
    stored: Option<&BundleName>,
) -> Result<domain::webhook::bundle::Bundle, Problem> {
    let read = match stored {
        Some(name) if plan.needs_stored() => match api.ports.secrets.read(name).await {
            Ok(bundle) => Some(bundle),
            Err(BundleError::Missing) => return Err(why_missing(api, key, name).await?),
            Err(BundleError::Unavailable(cause)) => {
                tracing::error!(webhook = %key.webhook, %cause, "stored secrets not read");
                return Err(Problem::SecretUnavailable);
            }
        },
        Some(_) | None => None,
    };
    plan.build(read.as_deref()).map_err(|fault| match fault {
        BuildFault::OfWrite(faults) => Problem::Invalid(faults),
        BuildFault::MissingSecret => Problem::SecretUnavailable,
    })
}

/// A bundle that is gone: an edit has just replaced it, or something is wrong.
async fn why_missing(api: &Api, key: &WebhookKey, name: &BundleName) -> Result<Problem, Problem> {
    Ok(match api.ports.webhooks.get(key).await? {
        None => Problem::NoSuchWebhook,
        Some(row) if row.bundle.as_ref() != Some(name) => Problem::PreconditionFailed,
        Some(_) => Problem::SecretUnavailable,
    })
}
