//! Every bar of `make bench`. Change one on purpose, and say why in `docs/performance.md`.

use crate::gates::Bar;
use crate::gates::Kind::{Count, Ratio, Size};

/// Deliveries per CPU-second, as a share of what the limit makes.
pub const SHARE_OF_LIMIT: Bar =
    Bar::above("share_of_limit", "deliveries per CPU-second, share of the limit's", Ratio, (0.50, 0.65));
/// The same over the Node dispatcher with undici …
pub const OVER_UNDICI: Bar = Bar::above("over_undici", "the same, times Node with undici", Ratio, (4.0, 5.0));
/// … and the one with fetch.
pub const OVER_FETCH: Bar = Bar::above("over_fetch", "the same, times Node with fetch", Ratio, (18.0, 22.0));
/// CPU of a delivery in batches of 10, 100 and 1,000: the most that it is in a larger batch, over a
/// smaller one. It falls from 10 to 100, since deliveries share what a batch costs; only growth is barred.
pub const GROWTH: Bar = Bar::below(
    "growth_10_to_1000",
    "CPU a delivery, larger batch over smaller, 10 to 1,000 (may fall)",
    Ratio,
    (1.15, 1.10),
);
/// The first TLS handshake of a process, in milliseconds of CPU.
pub const FIRST_HANDSHAKE: Bar =
    Bar::below("first_handshake_ms", "CPU ms of a process's first TLS handshake", Ratio, (2.0, 1.0));
/// Start-up over that of a program that only asks for its first event.
pub const START_DISPATCHER: Bar =
    Bar::below("start_dispatcher", "start-up of the dispatcher over the floor", Ratio, (2.5, 2.0));
/// The same of the API.
pub const START_API: Bar = Bar::below("start_api", "start-up of the API over the floor", Ratio, (4.0, 3.0));
/// Resident at most, after batches of 1,000 deliveries.
pub const PEAK_MEMORY: Bar = Bar::below(
    "peak_memory_10x100",
    "peak memory, batches of 10 × 100",
    Size,
    (24.0 * 1_048_576.0, 16.0 * 1_048_576.0),
);
/// The program, stripped.
pub const SIZE_DISPATCHER: Bar =
    Bar::below("size_dispatcher", "stripped dispatcher", Size, (6_500_000.0, 5_500_000.0));
/// The program, stripped.
pub const SIZE_API: Bar = Bar::below("size_api", "stripped API", Size, (9_000_000.0, 7_500_000.0));
/// Ten signatures over ten bare hashes, the dearer of the two headers, of 1 KB …
pub const SIGNING_1_KB: Bar =
    Bar::below("signing_1_kb", "signing 1 KB with 10 secrets over 10 bare SHA-256", Ratio, (1.4, 1.28));
/// … and of 256 KB.
pub const SIGNING_256_KB: Bar =
    Bar::below("signing_256_kb", "signing 256 KB with 10 secrets over 10 bare SHA-256", Ratio, (1.02, 1.005));
/// In the steady state.
pub const SECRET_CALLS: Bar =
    Bar::below("secrets_manager_calls", "Secrets Manager calls a batch, steady state", Count, (0.0, 0.0));
/// With the cache off, since it would hide a second query of a batch. To fall below one takes the cache …
pub const QUERIES: Bar = Bar::below(
    "queries_per_tenant_and_batch",
    "DynamoDB queries per tenant and batch, cache off",
    Count,
    (1.0, 0.99),
);
/// … as it is deployed: the aim is for this one.
pub const QUERIES_CACHED: Bar =
    Bar::below("queries_per_tenant_and_batch_cached", "the same, cache on", Count, (1.0, 0.99));
/// What a batch with more deliveries logs more than one with few.
pub const LOG_BYTES: Bar =
    Bar::below("log_bytes_per_delivery", "log bytes per successful delivery", Count, (0.0, 0.0));
/// A million tenants against a thousand.
pub const TENANTS: Bar =
    Bar::below("memory_million_tenants", "memory with 10⁶ tenants seen over 10³", Ratio, (1.10, 1.0))
        .untimed();
/// GB-seconds with 1 % of the receivers dead, by formula.
pub const DEAD_RECEIVERS: Bar = Bar::below(
    "dead_receivers_gb_seconds",
    "GB-seconds, 1 of 100 receivers dead over none, 10 events/s",
    Ratio,
    (3.0, 1.5),
);
/// The API's list over a handler that returns the same bytes.
pub const API_LIST: Bar =
    Bar::below("api_list_50", "API: list of 50 webhooks over a bare axum handler", Ratio, (6.0, 3.0));

/// What a million events cost at most, the log table and egress apart.
pub const COST: Bar = Bar::below(
    "cost_per_million_events",
    "dollars per million events, 1 webhook, batch 10",
    Ratio,
    (0.45, 0.45),
);

/// A batch of 1 × 10 at receivers that speak HTTP/1.1: until the last one has its request's head,
/// over what the limit takes. 40 ms, a delayed acknowledgment, is the gate.
pub const fn head_http1(limit_ms: f64) -> Bar {
    small("head_http1", "1 × 10 to the last head, HTTP/1.1, over the limit's (gate: 40 ms)", limit_ms)
}

/// The same at receivers that prefer HTTP/2. Neither we nor the limit speak it, so they get HTTP/1.1.
pub const fn head_http2(limit_ms: f64) -> Bar {
    small("head_http2", "the same, receivers that prefer HTTP/2 and get HTTP/1.1", limit_ms)
}

/// Until the batch is answered, when all of it is written down; the limit's has all answers.
pub const fn answer_http1(limit_ms: f64) -> Bar {
    small("answer_http1", "answer to 1 × 10, HTTP/1.1, over the limit's (gate: 40 ms)", limit_ms)
}

/// The same at receivers that prefer HTTP/2.
pub const fn answer_http2(limit_ms: f64) -> Bar {
    small("answer_http2", "the same, receivers that prefer HTTP/2 and get HTTP/1.1", limit_ms)
}

const fn small(name: &'static str, what: &'static str, limit_ms: f64) -> Bar {
    Bar::below(name, what, Ratio, (40.0 / limit_ms, 2.0))
}
