//! How quickly a small batch is delivered and answered: 1 event × 10 webhooks.

use crate::bars;
use crate::contender::{Contender, Shape};
use crate::gates::{Bar, Gates};
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::sink::Sink;
use crate::world::{At, World};

const TEN: Shape = Shape { events: 1, webhooks: 10 };
const WARM_UP: usize = 50;
const ROUNDS: usize = 300;

/// Receivers that speak HTTP/1.1 alone, and some that would rather speak HTTP/2. Neither we nor the
/// limit ask for that, so they get HTTP/1.1 all the same.
pub async fn measure(world: &World, gates: &mut Gates) {
    world.webhooks("answer-http1", TEN.webhooks, At::Http1).await;
    world.webhooks("answer-http2", TEN.webhooks, At::Http2).await;
    let mut rows = vec![row(["1 × 10, warm, p50 in ms", "HTTP/1.1 receiver", "prefers HTTP/2, gets 1.1"])];
    let (ours_1, limit_1) = at(world, &world.receiver, "answer-http1").await;
    let (ours_2, limit_2) = at(world, &world.http2, "answer-http2").await;
    rows.push(row(["dispatcher, last request's head", &ours_1[0].shown(2), &ours_2[0].shown(2)]));
    rows.push(row(["dispatcher, answer", &ours_1[1].shown(2), &ours_2[1].shown(2)]));
    rows.push(row(["limit, last request's head", &limit_1[0].shown(2), &limit_2[0].shown(2)]));
    rows.push(row(["limit, all answers", &limit_1[1].shown(2), &limit_2[1].shown(2)]));
    table("Latency from handing out the batch", &rows);
    let mut judge = |bar: fn(f64) -> Bar, ours: &Figure, limit: &Figure| {
        gates.judge(&bar(limit.median), ours.median / limit.median);
    };
    judge(bars::head_http1, &ours_1[0], &limit_1[0]);
    judge(bars::head_http2, &ours_2[0], &limit_2[0]);
    judge(bars::answer_http1, &ours_1[1], &limit_1[1]);
    judge(bars::answer_http2, &ours_2[1], &limit_2[1]);
}

/// Last head and answer, in milliseconds, of the dispatcher and of the limit.
async fn at(world: &World, receiver: &Sink, tenant: &str) -> ([Figure; 2], [Figure; 2]) {
    let mut contenders = [Contender::Function(world.dispatcher().await), Contender::limit(world, receiver)];
    for contender in &mut contenders {
        contender.deliver_to(world, receiver, (tenant, TEN), WARM_UP).await;
    }
    let mut times = [const { (Vec::new(), Vec::new()) }; 2];
    for _ in 0..ROUNDS {
        for (contender, (heads, answers)) in contenders.iter_mut().zip(&mut times) {
            let took = contender.deliver_to(world, receiver, (tenant, TEN), 1).await;
            heads.push(took.last_head.as_secs_f64() * 1e3);
            answers.push(took.answered.as_secs_f64() * 1e3);
        }
    }
    let [ours, limit] = times.map(|(heads, answers)| [Figure::of(heads), Figure::of(answers)]);
    (ours, limit)
}
