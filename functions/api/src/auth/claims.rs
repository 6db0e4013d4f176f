//! What a token's claims say, once its signature is verified. Pure.

use std::time::Duration;

use domain::ids::{AccountId, TenantId};
use domain::time::Timestamp;
use platform::settings::AuthSettings;
use serde_json::Value;

/// Who a token is from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// An admin of a tenant.
    Admin {
        /// Which tenant.
        tenant: TenantId,
        /// The person.
        account: AccountId,
    },
    /// Somebody else.
    NotAdmin,
}

/// How far the issuer's clock may be off.
const LEEWAY: Duration = Duration::from_secs(30);

impl Caller {
    /// Reads the claims; none when the token is not for us, not valid now, or
    /// does not say whose it is.
    pub(super) fn of(claims: &Value, settings: &AuthSettings, now: Timestamp) -> Option<Self> {
        let is_ours = claims.get("iss")?.as_str() == Some(&settings.issuer)
            && is_or_holds(claims.get("aud")?, &settings.audience);
        if !is_ours || !is_valid_at(claims, now) {
            return None;
        }
        let text = |pointer: &str| claims.pointer(pointer).and_then(Value::as_str);
        let tenant = TenantId::parse(text(&settings.tenant_claim)?).ok()?;
        let account = AccountId::parse(text(&settings.user_claim)?).ok()?;
        let is_admin = claims
            .pointer(&settings.admin_claim)
            .is_some_and(|role| is_or_holds(role, &settings.admin_value));
        Some(if is_admin { Self::Admin { tenant, account } } else { Self::NotAdmin })
    }
}

/// Whether the claim is the value, or a list that has it (RFC 7519 §4.1.3 for
/// `aud`; issuers write roles alike). A truth value is compared by its word.
fn is_or_holds(claim: &Value, wanted: &str) -> bool {
    match claim {
        Value::String(text) => text == wanted,
        Value::Bool(truth) => wanted == if *truth { "true" } else { "false" },
        Value::Array(entries) => entries.iter().any(|entry| entry.as_str() == Some(wanted)),
        Value::Null | Value::Number(_) | Value::Object(_) => false,
    }
}

/// `exp` must be there, `nbf` and `iat` may be (RFC 7519 §4.1.4 to §4.1.6); a
/// time that is none says that the issuer meant something else. An issuer's
/// clock may be ahead of ours, but no token outlives its expiry.
fn is_valid_at(claims: &Value, now: Timestamp) -> bool {
    let before = now.plus(LEEWAY).as_millis();
    let expires = claims.get("exp").and_then(millis);
    let begins = claims.get("nbf").map(millis);
    let issued = claims.get("iat").map(millis);
    expires.is_some_and(|end| end > now.as_millis())
        && issued.is_none_or(|issued| issued.is_some())
        && begins.is_none_or(|begin| begin.is_some_and(|begin| begin <= before))
}

/// A `NumericDate` is in seconds and may have a fraction (RFC 7519 §2).
fn millis(claim: &Value) -> Option<i64> {
    if let Some(seconds) = claim.as_i64() {
        return seconds.checked_mul(1_000);
    }
    let millis = claim.as_f64()? * 1_000.0;
    // A float that no i64 holds becomes its bounds, which is what is meant.
    #[expect(clippy::cast_possible_truncation, reason = "`as` saturates")]
    millis.is_finite().then_some(millis as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn settings() -> AuthSettings {
        AuthSettings {
            issuer: "forge/invocation-token".to_owned(),
            jwks_url: "http://127.0.0.1/".parse().unwrap(),
            audience: "ari:app".to_owned(),
            tenant_claim: "/context/cloudId".to_owned(),
            user_claim: "/principal".to_owned(),
            admin_claim: "/roles".to_owned(),
            admin_value: "admin".to_owned(),
        }
    }

    fn claims() -> Value {
        json!({
            "iss": "forge/invocation-token", "aud": "ari:app", "exp": 1_000, "nbf": 900,
            "context": {"cloudId": "cloud-1"}, "principal": "5b10", "roles": ["user", "admin"],
        })
    }

    fn read(changes: &Value, seconds: i64) -> Option<Caller> {
        let mut all = claims();
        for (name, value) in changes.as_object().unwrap() {
            all[name] = value.clone();
        }
        Caller::of(&all, &settings(), Timestamp::from_millis(seconds * 1_000))
    }

    #[test]
    fn tenant_account_and_role_are_where_the_pointers_say() {
        let admin = Caller::Admin {
            tenant: TenantId::parse("cloud-1").unwrap(),
            account: AccountId::parse("5b10").unwrap(),
        };
        assert_eq!(read(&json!({}), 950), Some(admin.clone()));
        assert_eq!(read(&json!({"roles": "admin"}), 950), Some(admin.clone()));
        assert_eq!(read(&json!({"aud": ["other", "ari:app"]}), 950), Some(admin));
        for roles in
            [json!("user"), json!(["user"]), json!(null), json!({"admin": true}), json!(true), json!("Admin")]
        {
            assert_eq!(read(&json!({"roles": roles}), 950), Some(Caller::NotAdmin), "{roles}");
        }
    }

    #[test]
    fn a_truth_value_is_an_admin_when_that_is_the_word() {
        let settings = AuthSettings { admin_value: "true".to_owned(), ..settings() };
        let read = |role: Value| {
            let mut all = claims();
            all["roles"] = role;
            Caller::of(&all, &settings, Timestamp::from_millis(950_000))
        };
        assert!(matches!(read(json!(true)), Some(Caller::Admin { .. })));
        assert_eq!(read(json!(false)), Some(Caller::NotAdmin));
    }

    #[test]
    fn a_token_for_others_or_without_an_owner_is_nobody_s() {
        for change in [
            json!({"iss": "other"}),
            json!({"iss": ["forge/invocation-token"]}),
            json!({"iss": null}),
            json!({"aud": "other"}),
            json!({"aud": []}),
            json!({"aud": null}),
            json!({"context": {}}),
            json!({"context": {"cloudId": 7}}),
            json!({"context": {"cloudId": "a/b"}}),
            json!({"principal": ""}),
            json!({"principal": null}),
        ] {
            assert_eq!(read(&change, 950), None, "{change}");
        }
    }

    #[test]
    fn a_token_is_valid_from_30_seconds_before_nbf_to_exp() {
        for (seconds, valid) in [(869, false), (870, true), (999, true), (1_000, false)] {
            assert_eq!(read(&json!({}), seconds).is_some(), valid, "{seconds}");
        }
        assert!(read(&json!({"exp": 1_000.5}), 1_000).is_some());
        for change in [
            json!({"exp": null}),
            json!({"exp": "1000"}),
            json!({"nbf": "900"}),
            json!({"iat": "900"}),
            json!({"exp": -1e300}),
        ] {
            assert!(read(&change, 950).is_none(), "{change}");
        }
    }
}
