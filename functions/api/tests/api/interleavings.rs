//! Edits of one webhook side by side, in seeded orders of their calls: one gets
//! through, and row and secrets are that one's.

use std::collections::HashSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use axum::http::StatusCode;
use domain::row::{Status, WebhookRow};
use serde_json::{Value, json};

use crate::canary::CANARY;
use crate::trial::{every_row_is_whole, orphans};
use crate::unreliable::{Moment, Trap};
use crate::world::{Answer, World};

/// Chance that follows from a seed: SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(count).unwrap()).unwrap()
    }
}

/// What one of the writers does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Deed {
    Rename,
    Move,
    Pause,
    /// Other secrets alone.
    Replace,
    /// A new signing secret before the stored one, which is read for it.
    Rotate,
    Clear,
    Delete,
}

const EDITS: [Deed; 6] = [Deed::Rename, Deed::Move, Deed::Pause, Deed::Replace, Deed::Rotate, Deed::Clear];

impl Deed {
    /// No two writers say the same.
    fn patch(self, writer: usize, stored: &WebhookRow) -> Value {
        let kept = &stored.settings.signing_secrets[0].id;
        let secret = format!("{CANARY}-signing-{writer}");
        let mut patch = match self {
            Self::Rename | Self::Delete => json!({}),
            Self::Move => json!({"url": format!("https://hec.example.com:8088/{writer}")}),
            Self::Pause => json!({"enabled": false}),
            Self::Replace => json!({
                "signingSecrets": [{"value": secret}], "authorization": format!("A {CANARY}-{writer}"),
                "headers": [{"name": "X-Key", "value": format!("{CANARY}-header-{writer}")}],
            }),
            Self::Rotate => json!({"signingSecrets": [{"value": secret}, {"id": kept}]}),
            Self::Clear => json!({"signingSecrets": [], "authorization": null, "headers": []}),
        };
        patch["displayName"] = json!(format!("writer {writer}"));
        patch
    }

    /// What the webhook's secrets are then: signing secrets, authorization, header.
    fn secrets(self, writer: usize) -> Vec<String> {
        let new = format!("{CANARY}-signing-{writer}");
        match self {
            Self::Rename | Self::Move | Self::Pause => before().map(str::to_owned).to_vec(),
            Self::Replace => vec![new, format!("A {CANARY}-{writer}"), format!("{CANARY}-header-{writer}")],
            Self::Rotate => [vec![new], before().map(str::to_owned).to_vec()].concat(),
            Self::Clear | Self::Delete => Vec::new(),
        }
    }
}

const fn before() -> [&'static str; 3] {
    ["hunter2-signing-old", "Splunk hunter2-old", "hunter2-header-old"]
}

async fn webhook(world: &World) -> String {
    let [signing, authorization, header] = before();
    let headers = json!([{"name": "X-Key", "value": header}]);
    let signing = json!([{"value": signing}]);
    world
        .webhook(&json!({"signingSecrets": signing, "authorization": authorization, "headers": headers}))
        .await
}

/// A race of writers with the same `If-Match`.
struct Race {
    id: String,
    answers: Vec<Answer>,
    /// Who had a turn, one after the other.
    order: Vec<usize>,
}

impl Race {
    /// Carries all of the deeds out side by side, in an order that chance makes.
    async fn run(world: &World, chance: &mut Chance, deeds: &[Deed], tag: &str) -> Self {
        let id = webhook(world).await;
        let stored = world.row(&id).await;
        let path = format!("/v1/webhooks/{id}");
        let requests = deeds.iter().enumerate().map(|(writer, deed)| {
            let call = match deed {
                Deed::Delete => world.delete(&path),
                edit => world.patch(&id, &edit.patch(writer, &stored)),
            };
            let request: Request<'_> = Box::pin(call.header("if-match", tag).send());
            request
        });
        let (answers, order) = interleave(chance, requests.collect()).await;
        Self { id, answers, order }
    }

    fn count(&self, problem: (u16, &str)) -> usize {
        self.answers.iter().filter(|answer| answer.problem() == problem).count()
    }

    /// The one writer whose edit got through.
    fn winner(&self) -> Option<usize> {
        assert!(self.count((200, "")) <= 1);
        self.answers.iter().position(|answer| answer.status == StatusCode::OK)
    }
}

pub(crate) type Request<'a> = Pin<Box<dyn Future<Output = Answer> + 'a>>;

/// A turn takes a request to its next call of a port.
pub(crate) async fn interleave(chance: &mut Chance, requests: Vec<Request<'_>>) -> (Vec<Answer>, Vec<usize>) {
    let mut answers: Vec<_> = requests.iter().map(|_| None).collect();
    let (mut order, mut left): (Vec<usize>, Vec<_>) =
        (Vec::new(), requests.into_iter().enumerate().collect());
    // Within a task, since parts of the router ask the runtime for it. Nobody
    // waits for anything but a turn, so nobody needs to be woken.
    poll_fn(|_| {
        while !left.is_empty() {
            let next = chance.below(left.len());
            order.push(left[next].0);
            let polled = left[next].1.as_mut().poll(&mut Context::from_waker(Waker::noop()));
            if let Poll::Ready(answer) = polled {
                answers[left.swap_remove(next).0] = Some(answer);
            }
        }
        Poll::Ready(())
    })
    .await;
    (answers.into_iter().map(Option::unwrap).collect(), order)
}

pub(crate) async fn in_turns() -> World {
    let trap = Trap::new(Moment::Before);
    let world = World::over(|ports| trap.over(ports)).await;
    trap.take_turns();
    world
}

/// All values of the webhook's bundle.
async fn secrets(world: &World, id: &str) -> Vec<String> {
    let Some(name) = world.row(id).await.bundle else { return Vec::new() };
    let bundle = world.memory.ports().secrets.read(&name).await.unwrap();
    let signing = bundle.signing_secrets.iter().map(|(_, key)| key.secret());
    let others = bundle.authorization.iter().chain(bundle.headers.iter().map(|(_, value)| value));
    signing.chain(others).map(|value| value.expose().to_owned()).collect()
}

/// Row and secrets are the winner's, and nobody else has left anything.
async fn assert_won(world: &World, race: &Race, deeds: &[Deed], at: &str) {
    let winner = race.winner().unwrap();
    let row = world.row(&race.id).await;
    assert_eq!(row.version, 2, "{at}");
    assert_eq!(row.settings.display_name.as_str(), format!("writer {winner}"), "{at}");
    assert_eq!(row.status == Status::Paused, deeds[winner] == Deed::Pause, "{at}");
    let url = row.settings.target.url().unwrap().as_str().to_owned();
    assert_eq!(url.ends_with(&format!("/{winner}")), deeds[winner] == Deed::Move, "{at}");
    assert_eq!(secrets(world, &race.id).await, deeds[winner].secrets(winner), "{at}");
    assert_eq!(race.answers[winner].header("etag"), Some("\"2\""), "{at}");
    every_row_is_whole(world, at).await;
    assert!(orphans(world).await.is_empty(), "{at}: no loser leaves secrets");
    let others = race.count((412, "precondition_failed"));
    assert_eq!(others, deeds.len() - 1, "{at}");
    assert_eq!(world.memory.take_deliveries().len(), usize::from(row.status == Status::On), "{at}");
}

async fn clear(world: &World, id: &str) {
    world.delete(&format!("/v1/webhooks/{id}")).header("if-match", "*").send().await;
    assert!(world.memory.bundle_names().is_empty());
}

#[tokio::test]
async fn of_racing_edits_one_gets_through_and_row_and_secrets_are_its_own() {
    let (mut world, mut orders, mut winners) = (in_turns().await, HashSet::new(), HashSet::new());
    let mut sizes = HashSet::new();
    for seed in 0..1_050 {
        // What a world has sent is looked through after every race.
        if seed % 50 == 0 {
            world = in_turns().await;
        }
        let mut chance = Chance(seed);
        let writers = 2 + chance.below(15).min(chance.below(15));
        sizes.insert(writers);
        let deeds: Vec<Deed> = (0..writers).map(|_| EDITS[chance.below(EDITS.len())]).collect();
        let at = format!("seed {seed}: {deeds:?}");
        let before = world.memory.sent_events().len();
        let race = Race::run(&world, &mut chance, &deeds, "\"1\"").await;
        assert_won(&world, &race, &deeds, &at).await;
        assert_eq!(world.memory.sent_events().len(), before + 2, "{at}: created, and updated once");
        clear(&world, &race.id).await;
        winners.insert((race.winner(), deeds[race.winner().unwrap()]));
        orders.insert(race.order);
    }
    assert!(orders.len() >= 1_000, "{} different orders", orders.len());
    assert!((2..=16).all(|writers| sizes.contains(&writers)), "{sizes:?}");
    assert!(winners.len() >= 70, "most places win with most deeds: {}", winners.len());
}

#[tokio::test]
async fn of_edits_that_race_with_deletions_one_gets_through_or_none() {
    let (world, mut orders, mut deleted) = (in_turns().await, HashSet::new(), 0);
    for seed in 0..400 {
        let mut chance = Chance(seed + 1_000_000);
        let writers = 2 + chance.below(15);
        let mut deeds: Vec<Deed> = (0..writers).map(|_| EDITS[chance.below(EDITS.len())]).collect();
        for _ in 0..=chance.below(3) {
            deeds[chance.below(writers)] = Deed::Delete;
        }
        let at = format!("seed {seed}: {deeds:?}");
        let race = Race::run(&world, &mut chance, &deeds, "\"1\"").await;
        if race.winner().is_some() {
            assert_won(&world, &race, &deeds, &at).await;
        } else {
            deleted += 1;
            assert!(world.rows("acme").await.is_empty(), "{at}");
            assert!(orphans(&world).await.is_empty(), "{at}: no loser leaves secrets");
            // Whoever deletes what somebody else has just deleted has got what they wanted.
            let (gone, absent) = (race.count((204, "")), race.count((404, "not_found")));
            assert!(gone >= 1 && gone + absent == writers, "{at}");
            let is_told = |(answer, deed): (&Answer, &Deed)| answer.status != 204 || *deed == Deed::Delete;
            assert!(race.answers.iter().zip(&deeds).all(is_told), "{at}");
            assert!(world.memory.take_deliveries().is_empty(), "{at}");
            let told = world.memory.sent_events();
            let told = told.iter().filter(|event| event.contains(&format!("{}.1.deleted", race.id)));
            assert_eq!(told.count(), 1, "{at}: it was deleted once");
        }
        clear(&world, &race.id).await;
        orders.insert(race.order);
    }
    assert!(orders.len() >= 390 && (40..360).contains(&deleted), "{} {deleted}", orders.len());
}

#[tokio::test]
async fn edits_of_whatever_version_there_is_come_one_after_the_other() {
    let world = in_turns().await;
    for seed in 0..150 {
        let mut chance = Chance(seed + 2_000_000);
        let writers = 2 + chance.below(7);
        let deeds: Vec<Deed> = (0..writers).map(|_| EDITS[chance.below(EDITS.len())]).collect();
        let at = format!("seed {seed}: {deeds:?}");
        let race = Race::run(&world, &mut chance, &deeds, "*").await;
        let done = race.count((200, ""));
        // The signing secret that a rotation keeps may be gone by then.
        let refused = race.count((422, "validation_failed"));
        let rotations = deeds.iter().filter(|deed| **deed == Deed::Rotate).count();
        assert!(done + refused == writers && refused <= rotations, "{at}");
        assert_eq!(world.row(&race.id).await.version, 1 + u64::try_from(done).unwrap(), "{at}");
        every_row_is_whole(&world, &at).await;
        assert!(orphans(&world).await.is_empty(), "{at}");
        clear(&world, &race.id).await;
    }
}
