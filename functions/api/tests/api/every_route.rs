//! Every route, for every caller and every id: who is let in, who is told what,
//! and that a refused request changes nothing. The routes come from the served
//! document, so that a new one fails here until it has a row.

use std::collections::{BTreeMap, BTreeSet};

use crate::realm::{Estate, Realm, Standing};
use crate::route_table::{Delivery, Installation, Nothing, ROUTES, Route, Tenant, Webhook, document};
use crate::world::{Answer, World, token};
use axum::http::Method;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Nobody,
    /// With a token that is none.
    Forger,
    User,
    Admin,
}

const CALLERS: [Caller; 4] = [Caller::Nobody, Caller::Forger, Caller::User, Caller::Admin];

/// Whose thing the path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    Own,
    /// Another tenant's.
    Foreign,
    /// Nobody's.
    Unknown,
    /// No id at all.
    Malformed(&'static str),
    /// Of a delivery: another webhook's of the same tenant.
    Sibling,
    ForeignDelivery,
    UnknownDelivery,
    MalformedDelivery(&'static str),
}

const MALFORMED: [&str; 7] =
    ["x", "%FF", "%00", "..%2F..", "wh_", "WH_01ARYZ6S410000000000000000", "%3Cb%3E"];

impl Whose {
    /// Whether it is the delivery alone that is not there.
    fn names_own_webhook(self, standing: Standing) -> bool {
        let is_of_delivery = match self {
            Self::Own | Self::Foreign | Self::Unknown | Self::Malformed(_) => false,
            // A path that is not UTF-8 names nothing at all.
            Self::MalformedDelivery(id) => id != "%FF",
            Self::Sibling | Self::ForeignDelivery | Self::UnknownDelivery => true,
        };
        is_of_delivery && matches!(standing, Standing::Licensed | Standing::Unlicensed)
    }
}

impl Route {
    fn whose(&self) -> Vec<Whose> {
        let all = |malformed: fn(&'static str) -> Whose| MALFORMED.map(malformed).to_vec();
        match self.names {
            Nothing | Tenant => vec![Whose::Own],
            Webhook | Installation => {
                [vec![Whose::Own, Whose::Foreign, Whose::Unknown], all(Whose::Malformed)].concat()
            }
            Delivery => [
                vec![Whose::Own, Whose::Foreign, Whose::Unknown],
                vec![Whose::Sibling, Whose::ForeignDelivery, Whose::UnknownDelivery],
                all(Whose::Malformed),
                all(Whose::MalformedDelivery),
            ]
            .concat(),
        }
    }

    /// The path, with names of a tenant's in the query that must mean nothing.
    fn path(&self, own: &Estate, foreign: &Estate, whose: Whose) -> String {
        let nowhere = Estate::nowhere();
        let of = |estate: &Estate| match self.names {
            Installation => estate.installation.clone(),
            Nothing | Tenant | Webhook | Delivery => estate.webhook.clone(),
        };
        let (id, delivery) = match whose {
            Whose::Own => (of(own), own.delivery.clone()),
            Whose::Foreign => (of(foreign), foreign.delivery.clone()),
            Whose::Unknown => (of(&nowhere), own.delivery.clone()),
            Whose::Malformed(id) => (id.to_owned(), own.delivery.clone()),
            Whose::Sibling => (of(own), own.sibling.clone()),
            Whose::ForeignDelivery => (of(own), foreign.delivery.clone()),
            Whose::UnknownDelivery => (of(own), nowhere.delivery.clone()),
            Whose::MalformedDelivery(id) => (of(own), id.to_owned()),
        };
        let path = self.path.replace("{id}", &id).replace("{deliveryId}", &delivery);
        format!("{path}?tenant=acme&tenantId=plain-tenant{}", self.query)
    }

    async fn ask(&self, world: &World, path: &str, caller: Caller, tenant: &str) -> Answer {
        let method: Method = self.method.to_uppercase().parse().unwrap();
        let mut call = world.call(method, path).header("if-match", "*").header("x-tenant-id", "plain-tenant");
        if !self.body.is_empty() {
            call = call.header("content-type", "application/json").body(self.body);
        }
        match caller {
            Caller::Nobody => call.without("authorization"),
            Caller::Forger => call.token("e30.e30.e30"),
            Caller::User => call.token(&token(tenant, "u1", "user")),
            Caller::Admin => call.token(&token(tenant, "u1", "admin")),
        }
        .send()
        .await
    }

    /// What the contract says: sections 2, 3 and 8.
    fn expected(&self, caller: Caller, standing: Standing, whose: Whose) -> (u16, &'static str) {
        let has_nothing = matches!(standing, Standing::Unnamed | Standing::Removed);
        let is_found = self.names == Tenant || (whose == Whose::Own && !has_nothing);
        let is_licensed = matches!(standing, Standing::Licensed | Standing::Unnamed);
        match caller {
            Caller::Nobody | Caller::Forger => (401, "unauthorized"),
            Caller::User => (403, "not_admin"),
            Caller::Admin if !is_found => (404, "not_found"),
            Caller::Admin if self.writes && !is_licensed => (403, "license_required"),
            Caller::Admin => (self.success, ""),
        }
    }
}

#[tokio::test]
async fn every_route_tells_every_caller_what_the_contract_says_and_no_more() {
    let (document, mut cases) = (document().await, 0);
    for route in ROUTES.iter().filter(|route| route.names != Nothing) {
        let realm = Realm::new().await;
        let documented = &document["paths"][route.path][route.method]["responses"];
        let mut absent = BTreeMap::<bool, BTreeSet<String>>::new();
        let mut granted = Vec::new();
        for standing in Standing::ALL {
            for (caller, whose) in CALLERS
                .into_iter()
                .flat_map(|caller| route.whose().into_iter().map(move |whose| (caller, whose)))
            {
                cases += 1;
                if route.expected(caller, standing, whose) == (route.success, "") && route.method != "get" {
                    granted.push((caller, standing, whose));
                    continue;
                }
                let before = realm.world.memory.fingerprint();
                let answer = try_route(&realm, route, (caller, standing, whose)).await;
                assert_eq!(
                    realm.world.memory.fingerprint(),
                    before,
                    "{}",
                    at(route, (caller, standing, whose))
                );
                assert!(documented.get(answer.status.as_str()).is_some(), "{} {}", route.path, answer.status);
                if answer.status == 404 {
                    let told = answer.text.replace(answer.body["requestId"].as_str().unwrap(), "");
                    absent.entry(whose.names_own_webhook(standing)).or_default().insert(told);
                }
            }
        }
        assert!(absent.values().all(|bodies| bodies.len() == 1), "one body for all: {absent:?}");
        for case in granted {
            assert_changes_its_own_alone(&realm, route, case).await;
        }
    }
    assert!(cases >= 1_500, "{cases}");
}

type Case = (Caller, Standing, Whose);

fn at(route: &Route, (caller, standing, whose): Case) -> String {
    format!("{} {}, {caller:?} of {standing:?}, {whose:?}", route.method, route.path)
}

async fn try_route(realm: &Realm, route: &Route, case: Case) -> Answer {
    let ((caller, standing, whose), at) = (case, at(route, case));
    let foreign = if standing == Standing::Licensed { Standing::Unlicensed } else { Standing::Licensed };
    let path = route.path(realm.estate(standing), realm.estate(foreign), whose);
    let answer = route.ask(&realm.world, &path, caller, standing.tenant()).await;
    assert_eq!(answer.problem(), route.expected(caller, standing, whose), "{at}: {}", answer.text);
    realm.assert_names_no_other(standing, &answer.text, &at);
    answer
}

/// A write that is granted touches nothing of another tenant's.
async fn assert_changes_its_own_alone(realm: &Realm, route: &Route, case: Case) {
    let before: BTreeSet<_> = realm.world.memory.fingerprint().into_iter().collect();
    try_route(realm, route, case).await;
    let after: BTreeSet<_> = realm.world.memory.fingerprint().into_iter().collect();
    let is_stored = route.path != "/v1/signing-secrets/random";
    assert_eq!(before != after, is_stored, "{}", at(route, case));
    for line in before.symmetric_difference(&after) {
        realm.assert_names_no_other(case.1, line, &at(route, case));
    }
}

#[tokio::test]
async fn a_public_route_asks_nobody_who_they_are() {
    // The page is asked for without tokens by its own tests, and kept by browsers.
    for route in ROUTES.iter().filter(|route| route.names == Nothing && route.path != "/") {
        let realm = Realm::new().await;
        let before = realm.world.memory.fingerprint();
        for standing in Standing::ALL {
            for caller in CALLERS {
                let answer = route.ask(&realm.world, route.path, caller, standing.tenant()).await;
                assert_eq!(answer.status.as_u16(), route.success, "{} {caller:?}", route.path);
            }
        }
        assert_eq!(realm.world.memory.fingerprint(), before, "{}", route.path);
        assert_eq!(
            realm.world.issuer.fetches(),
            1,
            "{}: keys were fetched for the tenants alone",
            route.path
        );
    }
}
