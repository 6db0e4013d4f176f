//! The tables of cost.md.

use crate::inputs::Quota;
use crate::limits::Use;
use crate::report::{self, CACHE_RATE, Limits, RATES, Report, STEPS, USUAL_TENANTS};
use crate::scale::Point;
use crate::standing::{self, Line};
use crate::text::{about, dollars, percent, short, table, whole, words};

/// Dollars per million events, by service.
pub(crate) fn costs(report: &Report) -> String {
    let head = [
        "Webhooks",
        "Events a batch",
        "Receivers",
        "ms a batch",
        "Lambda",
        "SQS",
        "DynamoDB",
        "Logs",
        "Secrets",
        "**Sum**",
        "Log table",
        "Egress",
    ];
    let rows: Vec<Vec<String>> = report
        .costs
        .iter()
        .map(|cost| {
            let receivers = if cost.dead_percent == 0.0 { "healthy" } else { "1 % hang" };
            let mut row =
                vec![whole(cost.webhooks), whole(cost.events), receivers.to_owned(), whole(cost.batch_ms)];
            row.extend(cost.terms.services().map(|(_, usd)| dollars(usd)));
            row.push(format!("**{}**", dollars(cost.terms.counted())));
            row.extend([dollars(cost.terms.log_table()), dollars(cost.terms.egress)]);
            row
        })
        .collect();
    table(&head, &rows)
}

/// What is paid without events.
pub(crate) fn standing(report: &Report) -> String {
    let most = report.inputs.assumptions.code.webhooks_per_tenant.value;
    let tenants = [1.0, 10.0, most].map(|webhooks| standing::tenant(&report.inputs, webhooks));
    let mut rows = Vec::new();
    for (place, (name, _)) in tenants[0].iter().enumerate() {
        let mut row = vec![(*name).to_owned()];
        row.extend(
            tenants.iter().map(|lines| lines.get(place).map_or(String::new(), |line| dollars(line.1))),
        );
        rows.push(row);
    }
    let sums = tenants.iter().map(|lines| format!("**{}**", dollars(standing::sum(lines))));
    rows.push(std::iter::once("**a tenant and month**".to_owned()).chain(sums).collect());
    let most = format!("{} webhooks, the most", whole(most));
    let of_tenant = table(&["A tenant with", "1 webhook", "10 webhooks", &most], &rows);

    let lines = standing::deployment(&report.inputs);
    let sum = ("**a deployment and month**", standing::sum(&lines));
    let shown =
        |(name, usd): &Line, bold: &str| vec![(*name).to_owned(), format!("{bold}{}{bold}", dollars(*usd))];
    let mut rows: Vec<_> = lines.iter().map(|line| shown(line, "")).collect();
    rows.push(shown(&sum, "**"));
    format!("{of_tenant}\n{}", table(&["A deployment", ""], &rows))
}

/// Dollars over tenants and rates.
pub(crate) fn tenants(report: &Report) -> String {
    let mut head = vec!["Tenants, at events a second".to_owned()];
    head.extend(RATES.map(|rate| format!("{}/s", whole(rate))));
    let cell = |point: &Point| dollars(point.usual.terms.counted());
    let rows: Vec<Vec<String>> = decades()
        .map(|(place, tenants)| {
            let points = report.over_tenants.iter().map(|row| row.get(place).map_or(String::new(), cell));
            std::iter::once(whole(tenants)).chain(points).collect()
        })
        .collect();
    table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

/// Whole powers of ten, each with its place among all.
fn decades() -> impl Iterator<Item = (usize, f64)> {
    report::tenants().enumerate().step_by(STEPS as usize)
}

/// What more memory for bundles saves.
pub(crate) fn caches(report: &Report) -> String {
    let mut head = vec![format!("Webhooks, {} events/s", whole(CACHE_RATE))];
    head.extend(report.caches.iter().map(|cache| format!("MemorySize: {} MB", whole(cache.memory_mb))));
    let rows: Vec<Vec<String>> = decades()
        .skip(2)
        .map(|(place, tenants)| {
            let cells = report
                .caches
                .iter()
                .map(|cache| cache.usd.get(place).copied().map_or(String::new(), dollars));
            std::iter::once(whole(tenants)).chain(cells).collect()
        })
        .collect();
    table(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

/// How a load is handled, from rate to rate.
pub(crate) fn rates(report: &Report) -> String {
    let head = [
        "Webhooks",
        "Events/s",
        "Events a batch",
        "ms a batch",
        "Batches at once",
        "The same, full batches",
        "Busy",
        "Mean wait",
        "Rosters found",
        "Bundles found",
        "Connections kept",
        "Growth takes",
    ];
    let template = &report.inputs.assumptions.template;
    let growth = report.inputs.quotas.quotas.poller_growth.value / 60.0;
    let idle = report.inputs.assumptions.assumed.idle_pollers.value;
    let row = |point: &Point| {
        let grows = (point.usual.concurrency.min(template.events_concurrency.value) - idle).max(0.0) / growth;
        vec![
            whole(point.load.webhooks),
            whole(point.load.events_per_second),
            whole(point.usual.batch.events),
            whole(point.usual.batch_ms),
            short(point.usual.concurrency),
            short(point.full.concurrency),
            percent(point.full.concurrency / template.events_concurrency.value),
            point.wait_seconds.map_or("grows".to_owned(), |wait| format!("{} ms", whole(wait * 1000.0))),
            percent(point.usual.roster_hits),
            percent(point.usual.bundle_hits),
            percent(point.usual.kept),
            format!("{} s", whole(grows)),
        ]
    };
    table(&head, &report.over_rates.iter().flatten().map(row).collect::<Vec<_>>())
}

/// The nearest limit of each load.
pub(crate) fn nearest(report: &Report) -> String {
    let cell = |limit: &Use| {
        let bold = if limit.share() >= 1.0 { "**" } else { "" };
        format!("{bold}{}: {}{bold}", limit.name, percent(limit.share()))
    };
    let mut head = vec!["Webhooks, tenants, at events a second".to_owned()];
    head.extend(RATES.map(|rate| format!("{}/s", whole(rate))));
    let rows: Vec<Vec<String>> = report
        .nearest
        .chunks(RATES.len())
        .map(|row| {
            let load =
                row.first().map(|(load, _)| format!("{}, {}", whole(load.webhooks), whole(load.tenants)));
            load.into_iter().chain(row.iter().map(|(_, limit)| cell(limit))).collect()
        })
        .collect();
    words(&head.iter().map(String::as_str).collect::<Vec<_>>(), &rows)
}

/// All limits, in the order in which they are met.
pub(crate) fn limits(report: &Report) -> String {
    let [one, ten] = report.limits.as_slice() else { return String::new() };
    let mut places: Vec<usize> = (0..one.met.len()).collect();
    let rate = |limits: &Limits, place: usize| limits.met.get(place).and_then(|(_, rate)| *rate);
    let rank = |place: usize| rate(one, place).or(rate(ten, place)).unwrap_or(f64::INFINITY);
    places.sort_by(|left, right| rank(*left).total_cmp(&rank(*right)));
    let quotas = &report.inputs.quotas.quotas;
    let shown = |limits: &Limits, place: usize| match rate(limits, place) {
        Some(rate) => about(rate),
        None if is(&quotas.secrets, limits, place) => {
            format!("with {} tenants", whole(quotas.secrets.value / limits.webhooks))
        }
        None if is(&quotas.partition_writes, limits, place) => {
            format!("{} of one tenant", whole(quotas.partition_writes.value))
        }
        None => "not met".to_owned(),
    };
    let rows: Vec<Vec<String>> = places
        .into_iter()
        .filter_map(|place| {
            let (limit, _) = one.met.get(place)?;
            let value = format!("{} {}", whole(limit.most), limit.unit);
            Some(vec![
                limit.name.clone(),
                value,
                shown(one, place),
                shown(ten, place),
                limit.moved_by.clone(),
            ])
        })
        .collect();
    let tenants = whole(USUAL_TENANTS);
    let head = ["Limit", "Most", "Met at events/s, 1 webhook", "10 webhooks", "Moved by"];
    format!("With {tenants} tenants:\n\n{}", words(&head, &rows))
}

fn is(quota: &Quota, limits: &Limits, place: usize) -> bool {
    limits.met.get(place).is_some_and(|(limit, _)| limit.name == quota.name)
}

/// All prices with their sources.
pub(crate) fn prices(report: &Report) -> String {
    let rows: Vec<Vec<String>> = report
        .inputs
        .prices
        .prices
        .list()
        .into_iter()
        .map(|(_, price)| {
            let per = if price.per == 1.0 { String::new() } else { format!(" for {}", whole(price.per)) };
            let usd =
                if price.usd < 0.001 { format!("${}", price.usd) } else { format!("${:.3}", price.usd) };
            let usd = usd.strip_suffix('0').unwrap_or(&usd);
            let note = price.note.as_deref().unwrap_or_default().to_owned();
            vec![format!("[{}]({})", price.unit, price.source), format!("{usd}{per}"), note]
        })
        .collect();
    words(&["Unit", "Price", "Note"], &rows)
}

/// Settings and assumptions with their sources.
pub(crate) fn assumptions(report: &Report) -> String {
    let given = &report.inputs.assumptions;
    let all = [given.template.list(), given.code.list(), given.assumed.list()].concat();
    let rows: Vec<Vec<String>> = all
        .into_iter()
        .map(|(name, figure)| {
            let source = if figure.source.starts_with("https://") {
                format!("[AWS]({})", figure.source)
            } else {
                figure.source.clone()
            };
            vec![
                name.replace('_', " "),
                format!("{} {}", figure.value, figure.unit),
                figure.why.clone(),
                source,
            ]
        })
        .collect();
    words(&["What", "Value", "Why", "Source"], &rows)
}
