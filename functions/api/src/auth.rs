//! Who is asking: the bearer token of a request, verified here in full. API
//! Gateway's own authorizer cannot do it, since the issuer of a Forge token is
//! no URL.
//!
//! An [`Admin`] can only be had by verification, so a route that has one has a
//! caller whose tenant, account and role come from the token alone.

mod claims;
mod issuer;
mod keys;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use domain::ids::{AccountId, TenantId};
use domain::time::Timestamp;
use jsonwebtoken::Algorithm;
use platform::settings::AuthSettings;

use self::claims::Caller;
use self::issuer::Issuer;
use crate::Api;
use crate::outbound::Outbound;
use crate::problem::{Challenge, Problem};

/// A caller who was proved to be an admin of a tenant.
#[derive(Clone, Debug)]
pub struct Admin {
    tenant: TenantId,
    account: AccountId,
}

impl Admin {
    /// The tenant, and with it all that the caller may see.
    pub const fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The person.
    pub const fn account(&self) -> &AccountId {
        &self.account
    }
}

impl FromRequestParts<Api> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Problem> {
        api.authenticator.admin(&parts.headers, api.ports.clock.now()).await
    }
}

/// Verifies tokens by the issuer's keys.
pub struct Authenticator {
    settings: AuthSettings,
    issuer: Issuer,
}

impl Authenticator {
    /// Fetches nothing yet.
    pub fn new(settings: AuthSettings, outbound: Outbound) -> Self {
        let issuer = Issuer::new(settings.jwks_url.clone(), outbound);
        Self { settings, issuer }
    }

    async fn admin(&self, headers: &HeaderMap, now: Timestamp) -> Result<Admin, Problem> {
        let token = bearer_token(headers)?;
        let caller = self.verify(token, now).await?;
        match caller {
            Caller::Admin { tenant, account } => Ok(Admin { tenant, account }),
            Caller::NotAdmin => Err(Problem::NotAdmin),
        }
    }

    async fn verify(&self, token: &str, now: Timestamp) -> Result<Caller, Problem> {
        let (key_id, algorithm) = read_header(token).ok_or(REFUSED)?;
        let keys = self.issuer.keys(&key_id, now).await.ok_or(REFUSED)?;
        let claims = keys.claims(token, &key_id, algorithm).ok_or(REFUSED)?;
        Caller::of(&claims, &self.settings, now).ok_or(REFUSED)
    }
}

const REFUSED: Problem = Problem::Unauthorized(Challenge::InvalidToken);
/// A token is a few hundred bytes; more is only work for us.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// The one token of a request. Two headers are refused: whoever else looks at
/// the request might look at the other one.
fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Problem::Unauthorized(Challenge::NoToken))?;
    if values.next().is_some() {
        return Err(REFUSED);
    }
    let (scheme, token) = value.to_str().ok().and_then(|text| text.split_once(' ')).ok_or(REFUSED)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Problem::Unauthorized(Challenge::NoToken));
    }
    let token = token.trim_matches(' ');
    if token.is_empty() || token.len() > MAX_TOKEN_BYTES { Err(REFUSED) } else { Ok(token) }
}

/// The key's id and the algorithm that a token names, if they are acceptable.
fn read_header(token: &str) -> Option<(String, Algorithm)> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    // RFC 7515 §4.1.11: what is critical and not understood is refused. We understand none.
    if header.crit.is_some() {
        return None;
    }
    let algorithm = match header.alg {
        Algorithm::RS256 | Algorithm::ES256 => header.alg,
        _ => return None,
    };
    header.kid.map(|key_id| (key_id, algorithm))
}
