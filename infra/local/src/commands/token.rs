//! `local token`: prints a token of the local issuer and nothing else.

use serde_json::Value;

use super::folder;
use crate::environment::Environment;
use crate::error::{Error, Result};
use crate::issuer::Grant;
use crate::stack_file::StackFile;

pub(super) async fn token(environment: &Environment, flags: &[&str]) -> Result<()> {
    let asked = with_flags(environment, flags)?;
    let file = StackFile::read(&folder(&asked))?;
    println!("{}", mint(&file, &grant(&asked, &file.tenant_id)?).await?);
    Ok(())
}

/// Asks the running stack's issuer.
pub(super) async fn mint(file: &StackFile, grant: &Grant) -> Result<String> {
    let answer = crate::http_client().post(format!("{}/token", file.issuer)).json(grant).send().await;
    let answer: Option<Value> = match answer {
        Ok(answer) => answer.json().await.ok(),
        Err(_) => None,
    };
    let token = answer.as_ref().and_then(|answer| answer.get("token")).and_then(Value::as_str);
    token.map(str::to_owned).ok_or_else(|| Error::NotReady("The token issuer does not answer".to_owned()))
}

fn grant(asked: &Environment, tenant: &str) -> Result<Grant> {
    let or = |name: &str, default: &str| asked.get(name).map_or(default, String::as_str).to_owned();
    let expires_in = match asked.get("EXPIRES") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::BadSetting {
            name: "EXPIRES".to_owned(),
            why: format!("{text} is no number of seconds"),
        })?),
    };
    Ok(Grant {
        tenant: or("TENANT", tenant),
        subject: or("SUBJECT", "admin"),
        role: or("ROLE", "admin"),
        expires_in,
    })
}

/// `--tenant acme` is the same as TENANT=acme.
fn with_flags(environment: &Environment, flags: &[&str]) -> Result<Environment> {
    let mut asked = environment.clone();
    for flag in flags.chunks(2) {
        let name = flag.first().and_then(|name| name.strip_prefix("--")).map(str::to_ascii_uppercase);
        let name = name.filter(|name| matches!(name.as_str(), "TENANT" | "SUBJECT" | "ROLE" | "EXPIRES"));
        match (name, flag.get(1)) {
            (Some(name), Some(value)) => asked.insert(name, (*value).to_owned()),
            _ => {
                let why = "--tenant, --subject, --role and --expires are known, each with a value";
                return Err(Error::BadSetting { name: flag.join(" "), why: why.to_owned() });
            }
        };
    }
    Ok(asked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_environment_and_the_rest_has_defaults() {
        let environment = [("TENANT", "a"), ("ROLE", "user"), ("EXPIRES", "60")];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let asked = with_flags(&environment, &["--tenant", "b"]).unwrap();
        let grant = grant(&asked, "acme").unwrap();
        assert_eq!((grant.tenant.as_str(), grant.subject.as_str()), ("b", "admin"));
        assert_eq!((grant.role.as_str(), grant.expires_in), ("user", Some(60)));
        assert!(with_flags(&environment, &["--tenant"]).is_err());
        assert!(with_flags(&environment, &["--what", "x"]).is_err());
    }
}
