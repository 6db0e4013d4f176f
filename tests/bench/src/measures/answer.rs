//! How quickly a small batch is delivered and answered: 1 event × 10 webhooks.

use crate::bars;
use crate::contender::{Contender, Shape};
use crate::gates::Gates;
use crate::report::{row, table};
use crate::rounds::Figure;
use crate::sink::Sink;
use crate::world::{At, World};

const TEN: Shape = Shape { events: 1, webhooks: 10 };
const WARM_UP: usize = 50;
const ROUNDS: usize = 300;

/// Both kinds of receiver.
pub async fn measure(world: &World, gates: &mut Gates) {
    world.webhooks("answer-http1", TEN.webhooks, At::Http1).await;
    world.webhooks("answer-http2", TEN.webhooks, At::Http2).await;
    let mut rows = vec![row(["1 × 10, warm, p50 in ms", "HTTP/1.1 receiver", "HTTP/2 receiver"])];
    let (ours_1, limit_1) = at(world, &world.receiver, "answer-http1").await;
    let (ours_2, limit_2) = at(world, &world.http2, "answer-http2").await;
    rows.push(row(["dispatcher, last request's head", &ours_1[0].shown(2), &ours_2[0].shown(2)]));
    rows.push(row(["dispatcher, answer", &ours_1[1].shown(2), &ours_2[1].shown(2)]));
    rows.push(row(["limit, last request's head", &limit_1[0].shown(2), &limit_2[0].shown(2)]));
    rows.push(row(["limit, all answers", &limit_1[1].shown(2), &limit_2[1].shown(2)]));
    table("Latency from handing out the batch", &rows);
    let http1 = bars::answer(
        "answer_http1",
        "answer to 1 × 10, HTTP/1.1, over the limit's (gate: 40 ms)",
        limit_1[1].median,
    );
    gates.judge(&http1, ours_1[1].median / limit_1[1].median);
    let http2 = bars::answer(
        "answer_http2",
        "answer to 1 × 10, HTTP/2, over the limit's (gate: 40 ms)",
        limit_2[1].median,
    );
    gates.judge(&http2, ours_2[1].median / limit_2[1].median);
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
