//! A local issuer of tokens with a key of its own, made at start.
//!
//! - `GET /.well-known/jwks.json` is its key
//! - `POST /token {"tenant","subject","role","expiresIn"}` mints a token

use std::fmt;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rcgen::KeyPair;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::serve::{self, Server};

/// Whom its tokens are for.
pub const AUDIENCE: &str = "local";
const KEY_ID: &str = "local";
/// What a token lives unless told otherwise.
const DAY: i64 = 24 * 60 * 60;

/// What a token is to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Grant {
    /// The tenant.
    pub tenant: String,
    /// The user's account id.
    pub subject: String,
    /// `admin`, or anything else for a user who is none.
    pub role: String,
    /// How many seconds it is valid; a negative one has expired already.
    #[serde(default)]
    pub expires_in: Option<i64>,
}

impl Grant {
    /// An admin of this tenant, for a day.
    pub fn admin(tenant: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            subject: "admin".to_owned(),
            role: "admin".to_owned(),
            expires_in: None,
        }
    }
}

struct Signer {
    url: String,
    key: EncodingKey,
    jwks: Value,
}

/// A token issuer on loopback. It stops when it is dropped.
pub struct Issuer {
    signer: Arc<Signer>,
    _server: Server,
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").field("url", &self.signer.url).finish_non_exhaustive()
    }
}

impl Issuer {
    /// Starts one with a new key.
    ///
    /// # Errors
    /// When there is no port or no randomness for it.
    pub fn start() -> Result<Self> {
        let pair = KeyPair::generate().map_err(Error::crypto)?;
        let listener = serve::bind(0)?;
        let signer = Arc::new(Signer {
            url: format!("http://{}", listener.local_addr()?),
            key: EncodingKey::from_ec_der(&pair.serialize_der()),
            jwks: jwks(&pair)?,
        });
        let app = Router::new()
            .route(
                "/.well-known/jwks.json",
                get(async |State(signer): State<Arc<Signer>>| Json(signer.jwks.clone())),
            )
            .route("/token", post(mint))
            .with_state(Arc::clone(&signer));
        Ok(Self { signer, _server: Server::on(listener, app)? })
    }

    /// Its URL: the `iss` of its tokens.
    pub fn url(&self) -> &str {
        &self.signer.url
    }

    /// Where its key is.
    pub fn jwks_url(&self) -> String {
        format!("{}/.well-known/jwks.json", self.signer.url)
    }

    /// A token.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn token(&self, grant: &Grant) -> Result<String> {
        self.signer.token(grant)
    }

    /// A token with these claims and no others, right or wrong.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        self.signer.sign(claims)
    }
}

impl Signer {
    fn token(&self, grant: &Grant) -> Result<String> {
        let now = jiff::Timestamp::now().as_second();
        self.sign(&json!({
            "iss": self.url,
            "aud": AUDIENCE,
            "sub": grant.subject,
            "tenant": grant.tenant,
            "role": grant.role,
            "iat": now,
            "exp": now.saturating_add(grant.expires_in.unwrap_or(DAY)),
        }))
    }

    fn sign(&self, claims: &Value) -> Result<String> {
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(KEY_ID.to_owned());
        jsonwebtoken::encode(&header, claims, &self.key).map_err(Error::crypto)
    }
}

async fn mint(
    State(signer): State<Arc<Signer>>,
    Json(grant): Json<Grant>,
) -> std::result::Result<Json<Value>, StatusCode> {
    let token = signer.token(&grant).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(Json(json!({ "token": token })))
}

/// The public key as a JWK set. A P-256 point is 0x04 and two numbers of 32 bytes
/// (SEC 1, section 2.3.3).
fn jwks(pair: &KeyPair) -> Result<Value> {
    let point = pair.public_key_raw();
    let (Some(x), Some(y)) = (point.get(1..33), point.get(33..65)) else {
        return Err(Error::crypto("the key is none of P-256"));
    };
    let [x, y] = [x, y].map(|number| BASE64_URL_SAFE_NO_PAD.encode(number));
    let key =
        json!({"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": KEY_ID, "x": x, "y": y});
    Ok(json!({ "keys": [key] }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation, jwk::JwkSet};

    #[tokio::test]
    async fn its_tokens_stand_up_to_its_published_key() {
        let issuer = Issuer::start().unwrap();
        let http = crate::http_client();
        let keys: JwkSet = http.get(issuer.jwks_url()).send().await.unwrap().json().await.unwrap();
        let key = DecodingKey::from_jwk(&keys.keys[0]).unwrap();
        let mut rules = Validation::new(Algorithm::ES256);
        rules.set_audience(&[AUDIENCE]);
        rules.set_issuer(&[issuer.url()]);

        let grant = json!({"tenant": "acme", "subject": "u1", "role": "user"});
        let answer = http.post(format!("{}/token", issuer.url())).json(&grant).send().await.unwrap();
        let minted: Value = answer.json().await.unwrap();
        let read = jsonwebtoken::decode::<Value>(minted["token"].as_str().unwrap(), &key, &rules).unwrap();
        assert_eq!((&read.claims["tenant"], &read.claims["role"]), (&json!("acme"), &json!("user")));

        let expired = issuer.token(&Grant { expires_in: Some(-3600), ..Grant::admin("acme") }).unwrap();
        assert!(jsonwebtoken::decode::<Value>(&expired, &key, &rules).is_err());
    }
}
