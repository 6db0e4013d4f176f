//! `POST /v1/signing-secrets/random`

use axum::Json;
use axum::extract::State;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Api;
use crate::openapi::ReadProblems;
use crate::problem::Problem;
use crate::scope::Scope;

/// A secret that is stored nowhere.
#[derive(Serialize, ToSchema)]
pub(crate) struct RandomSecret {
    /// 32 random bytes in Base64.
    value: String,
}

/// A new random signing secret
#[utoipa::path(
    post,
    path = "/v1/signing-secrets/random",
    operation_id = "makeSigningSecret",
    responses((status = OK, description = "Another one each time.", body = RandomSecret), ReadProblems),
)]
pub(crate) async fn random(State(api): State<Api>, scope: Scope) -> Result<Json<RandomSecret>, Problem> {
    scope.require_license(&api)?;
    let dice = &api.ports.dice;
    let bytes = [dice.roll().to_be_bytes(), dice.roll().to_be_bytes()].concat();
    Ok(Json(RandomSecret { value: STANDARD.encode(bytes) }))
}
