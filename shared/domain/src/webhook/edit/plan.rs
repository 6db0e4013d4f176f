//! What a write makes of the webhook's secrets. A bundle is never changed:
//! an edit that touches a secret makes a whole new one.

use super::headers::TOO_LARGE;
use crate::fault::{Fault, FaultCode};
use crate::ids::SigningSecretId;
use crate::secret::SecretText;
use crate::signature::SigningKey;
use crate::webhook::bundle::Bundle;
use crate::webhook::header::HeaderName;
use crate::webhook::slack::SlackUrl;
use crate::webhook::{Settings, StoredHeader};

/// What becomes of the bundle.
#[derive(Debug)]
pub enum BundleEdit {
    /// No secret is touched: the row goes on naming the bundle it names, if any.
    Keep,
    /// A new bundle takes the place of the stored one.
    Rebuild(BundlePlan),
}

const TWICE: &str = "Each signing secret must be another; this one is stored already.";

/// How the new bundle is made.
#[derive(Debug)]
pub struct BundlePlan {
    signing_secrets: Vec<(SigningSecretId, Part)>,
    authorization: Option<Part>,
    headers: Vec<(HeaderName, Part)>,
    /// Bytes of the row's plain headers, which count towards the headers' total.
    plain_header_bytes: usize,
    /// Of a Slack webhook, which has nothing else.
    slack_url: Option<SlackUrl>,
}

/// Where one value of the new bundle comes from.
#[derive(Debug)]
pub(super) enum Part {
    /// The stored bundle.
    Keep,
    /// The write.
    New(SecretText),
}

/// Why the new bundle cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BuildFault {
    /// The stored bundle lacks a secret that the webhook's row names.
    #[error("the stored secrets lack one that the webhook names")]
    MissingSecret,
    /// All faults of the write that can only be seen here: the row holds no kept
    /// value, and does not say how long one is.
    #[error("the write breaks a rule together with what is stored")]
    OfWrite(Vec<Fault>),
}

impl BundlePlan {
    /// Whether [`BundlePlan::build`] needs the stored bundle.
    pub fn needs_stored(&self) -> bool {
        let is_kept = |part: &Part| matches!(part, Part::Keep);
        self.signing_secrets.iter().any(|(_, part)| is_kept(part))
            || self.authorization.as_ref().is_some_and(is_kept)
            || self.headers.iter().any(|(_, part)| is_kept(part))
    }

    /// The whole new bundle. When it is empty, no secret object is wanted.
    ///
    /// # Errors
    /// [`BuildFault`] when a kept secret is not in the stored bundle, a new signing secret is the
    /// same as a kept one, or the headers outgrow their limit together.
    pub fn build(self, stored: Option<&Bundle>) -> Result<Bundle, BuildFault> {
        let take = |part: Part, kept: Option<&SecretText>| match (part, kept) {
            (Part::New(value), _) => Ok(value),
            (Part::Keep, Some(value)) => Ok(value.duplicate()),
            (Part::Keep, None) => Err(BuildFault::MissingSecret),
        };
        let mut built = Bundle { slack_url: self.slack_url, ..Bundle::default() };
        let mut new_at = Vec::new();
        for (place, (id, part)) in self.signing_secrets.into_iter().enumerate() {
            if matches!(part, Part::New(_)) {
                new_at.push(place);
            }
            let value =
                take(part, stored.and_then(|bundle| bundle.signing_secret(&id)).map(SigningKey::secret))?;
            built.signing_secrets.push((id, value.into()));
        }
        let is_twice = |place: &usize| {
            let secrets = &built.signing_secrets;
            let given = secrets.get(*place).map(|(_, key)| key.secret().expose());
            secrets.iter().filter(|(_, key)| Some(key.secret().expose()) == given).count() > 1
        };
        let fault_at = |place| {
            let pointer = format!("/signingSecrets/{place}/value");
            Fault::new(pointer, FaultCode::InvalidSecret, TWICE)
        };
        let mut faults: Vec<Fault> = new_at.into_iter().filter(is_twice).map(fault_at).collect();
        if let Some(part) = self.authorization {
            let kept = stored.and_then(|bundle| bundle.authorization.as_ref());
            built.authorization = Some(take(part, kept)?);
        }
        let mut header_bytes = self.plain_header_bytes;
        for (name, part) in self.headers {
            let value = take(part, stored.and_then(|bundle| bundle.header(&name)))?;
            header_bytes += name.as_str().len() + value.expose().len();
            built.headers.push((name, value));
        }
        if header_bytes > StoredHeader::MAX_TOTAL_BYTES {
            faults.push(Fault::new("/headers", FaultCode::InvalidHeader, TOO_LARGE));
        }
        if faults.is_empty() { Ok(built) } else { Err(BuildFault::OfWrite(faults)) }
    }
}

impl BundlePlan {
    pub(super) fn new(
        signing_secrets: Vec<(SigningSecretId, Part)>,
        authorization: Option<Part>,
        headers: Vec<(HeaderName, Part)>,
        row: &[StoredHeader],
    ) -> Self {
        let plain_header_bytes = plain_bytes(row);
        Self { signing_secrets, authorization, headers, plain_header_bytes, slack_url: None }
    }

    /// The bundle of a Slack webhook: its URL.
    pub(super) const fn of_slack(url: SlackUrl) -> Self {
        Self {
            signing_secrets: Vec::new(),
            authorization: None,
            headers: Vec::new(),
            plain_header_bytes: 0,
            slack_url: Some(url),
        }
    }

    pub(super) fn authorizes_anew(&self) -> bool {
        matches!(self.authorization, Some(Part::New(_)))
    }

    pub(super) fn has_new_header(&self) -> bool {
        self.headers.iter().any(|(_, part)| matches!(part, Part::New(_)))
    }

    /// The plan as an edit of what these settings have: nothing to do when it
    /// keeps all of that, in its order and spelling, and adds nothing.
    pub(super) fn against(self, current: Option<&Settings>) -> BundleEdit {
        let adds = self.authorizes_anew()
            || self.has_new_header()
            || self.signing_secrets.iter().any(|(_, part)| matches!(part, Part::New(_)));
        let keeps_all = current.map_or_else(|| self.is_empty(), |settings| self.keeps_all_of(settings));
        if keeps_all && !adds { BundleEdit::Keep } else { BundleEdit::Rebuild(self) }
    }

    fn is_empty(&self) -> bool {
        self.signing_secrets.is_empty() && self.authorization.is_none() && self.headers.is_empty()
    }

    fn keeps_all_of(&self, stored: &Settings) -> bool {
        let ids = self.signing_secrets.iter().map(|(id, _)| id);
        let names = self.headers.iter().map(|(name, _)| name.as_str());
        let stored_names = stored.headers.iter().filter(|line| line.secret()).map(|line| line.name.as_str());
        // Plain headers that grow beside kept secret ones could outgrow the
        // limit with them; only building the bundle can tell.
        let surely_fits = self.headers.is_empty() || self.plain_header_bytes <= plain_bytes(&stored.headers);
        ids.eq(stored.signing_secrets.iter().map(|secret| &secret.id))
            && self.authorization.is_some() == stored.authorization_scheme.is_some()
            && names.eq(stored_names)
            && surely_fits
    }
}

fn plain_bytes(row: &[StoredHeader]) -> usize {
    row.iter().filter_map(|line| Some(line.name.as_str().len() + line.value.as_ref()?.len())).sum()
}
