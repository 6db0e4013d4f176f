//! Tokens that the issuer signed, but not for us, not for now, or for nobody.

use serde_json::Value;

use crate::forgeries::{Forgery, changed, named};
use crate::issuer::rsa;
use crate::world::start;

/// A claim, and lists of values that it must not have; `{now}` is now, and
/// `{soon}` is a second beyond how far the issuer's clock may be ahead.
const VALUES: &[(&str, &str)] = &[
    ("iss", r#"["https://other.example", "https://issuer.example/", "HTTPS://ISSUER.EXAMPLE", ""]"#),
    ("iss", r#"[["https://issuer.example"], {"iss": "https://issuer.example"}, null, 1, true]"#),
    ("aud", r#"["other", ["other"], [], [["webhooks"]], "webhooks,other", "Webhooks", "webhooks2"]"#),
    ("aud", r#"[{"webhooks": true}, null, 7, true, ""]"#),
    ("exp", r#"[{now}, 1, 0, -1, -1e300, "{soon}", "2030-01-01T00:00:00Z"]"#),
    ("exp", r#"[null, true, [{soon}], {"exp": {soon}}]"#),
    ("nbf", r#"[{soon}, 1e300, "0", null, false, [0]]"#),
    ("iat", r#"["{now}", null, true, [{now}], {}]"#),
    ("tenant", r#"["", ["acme"], {"id": "acme"}, 7, null, true]"#),
    ("tenant", r#"["acme/other", "ac me", "acme\n", "äcme"]"#),
    ("sub", r#"["", ["u1"], 1, null, false, "u 1", "u1\r\n"]"#),
];

/// Claims that are not even an object of the right members.
const WHOLE: &[(&str, &str)] = &[
    ("claims that are a list", "[]"),
    ("claims that are a text", "\"admin\""),
    ("claims that are a number", "7"),
    ("claims that are null", "null"),
    ("no claims", ""),
    ("claims that are no JSON", "tenant=acme"),
    ("claims cut off", r#"{"tenant":"acme""#),
    ("empty claims", "{}"),
    ("an expiry that no number can be", r#"{"exp":1e999}"#),
];

/// Refused by their claims.
pub(crate) fn by_claims() -> Vec<Forgery> {
    let mut all = Vec::new();
    let (now, soon) = (start().as_seconds().to_string(), (start().as_seconds() + 31).to_string());
    for (claim, values) in VALUES {
        let values = values.replace("{now}", &now).replace("{soon}", &soon);
        for value in serde_json::from_str::<Vec<Value>>(&values).unwrap() {
            all.push(named(format!("{claim} {value}"), rsa().sign(&changed(claim, Some(value)))));
        }
    }
    for claim in ["iss", "aud", "exp", "tenant", "sub"] {
        all.push(named(format!("no {claim}"), rsa().sign(&changed(claim, None))));
    }
    for (claim, most) in [("tenant", 128), ("sub", 256)] {
        let longer = Value::from("x".repeat(most + 1));
        all.push(named(format!("{claim} of {most} and one"), rsa().sign(&changed(claim, Some(longer)))));
    }
    let nested = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
    let header = r#"{"alg":"RS256","kid":"rsa-1"}"#;
    for (name, claims) in WHOLE.iter().chain(&[("claims of 200 lists", nested.as_str())]) {
        all.push(named(*name, rsa().sign_parts(header, claims)));
    }
    all
}
