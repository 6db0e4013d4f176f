//! Which crate may use what: `domain ← platform ← {api, dispatcher} ← {local, tests}`.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What this machine has built, so that nothing has to be fetched.
fn metadata() -> Value {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let version = String::from_utf8(rustc.stdout).unwrap();
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let cargo = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--offline", "--filter-platform", host])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(cargo.status.success(), "{}", String::from_utf8_lossy(&cargo.stderr));
    serde_json::from_slice(&cargo.stdout).unwrap()
}

/// The names of what each member of the workspace depends on, tests aside.
fn direct_dependencies(metadata: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let members: BTreeSet<&str> =
        metadata["workspace_members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let packages = metadata["packages"].as_array().unwrap();
    let of_member = packages.iter().filter(|package| members.contains(package["id"].as_str().unwrap()));
    of_member
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let normal = dependencies.iter().filter(|dependency| dependency["kind"].is_null());
            let names = normal.map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (package["name"].as_str().unwrap().to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn only_platform_talks_to_aws() {
    for (member, dependencies) in direct_dependencies(&metadata()) {
        let aws: Vec<_> = dependencies
            .iter()
            .filter(|name| name.starts_with("aws-") || name.starts_with("serde_dynamo"))
            .collect();
        assert_eq!(aws.is_empty(), member != "platform", "{member}: {aws:?}");
    }
}

/// The names of all that is linked into a member, tests aside.
fn linked(metadata: &Value, member: &str) -> BTreeSet<String> {
    let list = |value: &Value| value.as_array().unwrap().clone();
    let name_of: BTreeMap<String, String> = list(&metadata["packages"])
        .iter()
        .map(|package| (package["id"].to_string(), package["name"].as_str().unwrap().to_owned()))
        .collect();
    let nodes = list(&metadata["resolve"]["nodes"]);
    let (mut names, mut ahead) = (BTreeSet::new(), vec![member.to_owned()]);
    while let Some(name) = ahead.pop() {
        let of_name = nodes.iter().filter(|node| name_of[&node["id"].to_string()] == name);
        let normal = of_name
            .flat_map(|node| list(&node["deps"]))
            .filter(|dependency| list(&dependency["dep_kinds"]).iter().any(|kind| kind["kind"].is_null()));
        let next: Vec<_> = normal.map(|dependency| name_of[&dependency["pkg"].to_string()].clone()).collect();
        ahead.extend(next.into_iter().filter(|next| names.insert(next.clone())));
    }
    names
}

#[test]
fn the_api_links_no_resolver_of_names() {
    let metadata = metadata();
    let resolvers = ["hickory-resolver", "hickory-proto", "trust-dns-resolver", "dns-lookup", "c-ares"];
    let of = |member| {
        let linked = linked(&metadata, member);
        assert!(linked.contains("tokio"), "{member}");
        resolvers.into_iter().filter(|name| linked.contains(*name)).collect::<Vec<_>>()
    };
    assert_eq!(of("api"), [] as [&str; 0]);
    assert_eq!(of("dispatcher"), ["hickory-resolver", "hickory-proto"], "else the list is out of date");
}

#[test]
fn members_depend_on_each_other_in_one_direction() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("domain", &[] as &[&str]),
        ("platform", &["domain"]),
        ("api", &["domain", "platform"]),
        ("dispatcher", &["domain", "platform"]),
        ("local", &["domain", "platform"]),
        ("e2e", &["domain", "platform", "api", "dispatcher", "local"]),
        ("bench", &["domain", "platform", "local", "e2e", "cost"]),
        ("baseline", &["domain"]),
        ("cost", &[]),
    ]);
    let dependencies = direct_dependencies(&metadata());
    assert_eq!(
        dependencies.keys().map(String::as_str).collect::<BTreeSet<_>>(),
        allowed.keys().copied().collect()
    );
    for (member, names) in &dependencies {
        for name in names.iter().filter(|name| allowed.contains_key(name.as_str())) {
            assert!(allowed[member.as_str()].contains(&name.as_str()), "{member} depends on {name}");
        }
    }
}

#[test]
fn the_domain_is_pure() {
    let impure =
        ["tokio", "reqwest", "hyper", "axum", "lambda_runtime", "rand", "getrandom", "tracing", "rustls"];
    let domain = &direct_dependencies(&metadata())["domain"];
    let found: Vec<_> = impure.iter().filter(|name| domain.contains(**name)).collect();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_crate_has_a_permissive_license() {
    let allowed = [
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "BSL-1.0",
        "CC0-1.0",
        "CDLA-Permissive-2.0",
        "ISC",
        "MIT",
        "MIT-0",
        "Unicode-3.0",
        "Unlicense",
        "Zlib",
    ];
    for package in metadata()["packages"].as_array().unwrap() {
        let license = package["license"].as_str().unwrap_or_default().replace('/', " OR ");
        let license = license.replace(" WITH LLVM-exception", "").replace(['(', ')'], "");
        // All of what is joined by AND, and one of what is joined by OR.
        let fine =
            license.split(" AND ").all(|part| part.split(" OR ").any(|one| allowed.contains(&one.trim())));
        assert!(fine, "{}: {license}", package["name"]);
    }
}

#[test]
fn no_second_tls_stack_is_linked() {
    let metadata = metadata();
    let names: BTreeSet<&str> =
        metadata["packages"].as_array().unwrap().iter().filter_map(|p| p["name"].as_str()).collect();
    for banned in ["openssl-sys", "native-tls", "hyper-tls"] {
        assert!(!names.contains(banned), "{banned}");
    }
}
