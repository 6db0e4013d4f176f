//! What grows with tenants and events: four panels.

use crate::limits;
use crate::plot::{Axis, COLORS, Panel, Picture, Stands};
use crate::report::{self, CACHE_RATE, Report, USUAL_TENANTS};
use crate::scale::Point;
use crate::text::{about, whole};

const SIZE: (f64, f64) = (980.0, 860.0);
const PANEL: (f64, f64) = (390.0, 290.0);
const LEFT: [f64; 2] = [60.0, 550.0];
const TOP: [f64; 2] = [60.0, 490.0];
const TENANT_AXIS: Axis = Axis::Powers { least: 1.0, most: 1_000_000.0 };
const RATE_AXIS: Axis = Axis::Powers { least: 1.0, most: 10_000.0 };
const DASHES: &str = "6 4";

pub(super) fn chart(report: &Report) -> String {
    let mut picture =
        Picture::new(SIZE, "Cost and limits from 1 to a million tenants and up to 10,000 events a second");
    over_tenants(&mut picture, report);
    caches(&mut picture, report);
    concurrency(&mut picture, report);
    shares(&mut picture, report);
    picture.svg()
}

fn over_tenants(picture: &mut Picture, report: &Report) {
    let costs = report.over_tenants.iter().flatten().map(|point| point.usual.terms.counted());
    let y = Axis::Even { most: costs.fold(0.0, f64::max) * 1.15 };
    let panel = Panel { at: (LEFT[0], TOP[0]), size: PANEL, x: TENANT_AXIS, y };
    panel.frame(picture, "What tenants cost: 1 webhook each", "$ per million events, without the log table");
    panel.along(picture, "tenants that send equally much");
    let quota = report.inputs.quotas.quotas.secrets.value;
    let (x, _) = panel.place(quota, 0.0);
    picture.line((x, TOP[0]), (x, TOP[0] + PANEL.1), r##"stroke="#222222" stroke-dasharray="5 3""##);
    picture.text(
        (x - 5.0, TOP[0] + PANEL.1 - 8.0),
        Stands::Before,
        r#"font-size="11""#,
        &format!("{} secrets a region", whole(quota)),
    );
    // That of 10 events a second would lie upon that of 100.
    let apart = |row: &&Vec<Point>| rate_of(row) != 10.0;
    let mut names = Vec::new();
    for (row, color) in report.over_tenants.iter().filter(apart).zip(COLORS) {
        names.push(format!("{} event{}/s", whole(rate_of(row)), if rate_of(row) == 1.0 { "" } else { "s" }));
        let values: Vec<_> =
            row.iter().map(|point| (point.load.tenants, point.usual.terms.counted())).collect();
        panel.curve(picture, &values, color, "");
    }
    let entries: Vec<_> = COLORS.into_iter().zip(names.iter().map(String::as_str)).collect();
    picture.legend((LEFT[0] + 14.0, TOP[0] + 16.0), &entries);
}

fn rate_of(row: &[Point]) -> f64 {
    row.first().map_or(0.0, |point| point.load.events_per_second)
}

fn caches(picture: &mut Picture, report: &Report) {
    let panel = Panel { at: (LEFT[1], TOP[0]), size: PANEL, x: TENANT_AXIS, y: Axis::Even { most: 5.6 } };
    let title = format!("Reading secrets, at {} events/s", whole(CACHE_RATE));
    panel.frame(picture, &title, "$ per million events and webhook");
    panel.along(picture, "webhooks, of tenants that send equally much");
    let each = report.inputs.prices.prices.secret_call.each() * 1_000_000.0;
    panel.level(picture, each, "every bundle read anew");
    let mut names = Vec::new();
    for (cache, color) in report.caches.iter().zip(COLORS) {
        let values: Vec<_> = report::tenants().zip(cache.usd.iter().copied()).collect();
        panel.curve(picture, &values, color, "");
        names.push(format!("MemorySize: {} MB, {} bundles", whole(cache.memory_mb), about(cache.bundles)));
    }
    let entries: Vec<_> = COLORS.into_iter().zip(names.iter().map(String::as_str)).collect();
    picture.legend((LEFT[1] + 14.0, TOP[0] + 50.0), &entries);
}

fn concurrency(picture: &mut Picture, report: &Report) {
    let y = Axis::Powers { least: 0.01, most: 10_000.0 };
    let panel = Panel { at: (LEFT[0], TOP[1]), size: PANEL, x: RATE_AXIS, y };
    panel.frame(
        picture,
        &format!("Batches at once, {} tenants", whole(USUAL_TENANTS)),
        "in full batches of 10 events",
    );
    panel.along(picture, "events a second");
    panel.level(
        picture,
        report.inputs.assumptions.template.events_concurrency.value,
        "EventsMaximumConcurrency",
    );
    panel.level(picture, report.inputs.quotas.quotas.account_concurrency.value, "the account's concurrency");
    for (row, color) in report.over_rates.iter().zip(COLORS) {
        let values: Vec<_> =
            row.iter().map(|point| (point.load.events_per_second, point.full.concurrency)).collect();
        panel.curve(picture, &values, color, "");
    }
    let entries = [(COLORS[0], "1 webhook an event"), (COLORS[1], "10 webhooks an event")];
    picture.legend((LEFT[0] + 230.0, TOP[1] + PANEL.1 - 28.0), &entries);
}

fn shares(picture: &mut Picture, report: &Report) {
    let y = Axis::Powers { least: 0.001, most: 10_000.0 };
    let panel = Panel { at: (LEFT[1], TOP[1]), size: PANEL, x: RATE_AXIS, y };
    panel.frame(
        picture,
        &format!("Limits, {} tenants", whole(USUAL_TENANTS)),
        "% taken; solid 1 webhook an event, dashed 10",
    );
    panel.along(picture, "events a second");
    panel.level(picture, 100.0, "met");
    let shown = [
        "EventsMaximumConcurrency",
        "DynamoDB, a new table's writes",
        "DynamoDB, a table's writes",
        "Secrets Manager, GetSecretValue",
    ];
    for (row, dashes) in report.over_rates.iter().zip(["", DASHES]) {
        for (name, color) in shown.into_iter().zip(COLORS) {
            let values: Vec<_> =
                row.iter().map(|point| (point.load.events_per_second, share(report, point, name))).collect();
            panel.curve(picture, &values, color, dashes);
        }
    }
    let entries: Vec<_> = COLORS.into_iter().zip(shown).collect();
    picture.legend((LEFT[1] + 190.0, TOP[1] + PANEL.1 - 58.0), &entries);
}

fn share(report: &Report, point: &Point, name: &str) -> f64 {
    let uses = limits::uses(&report.inputs, point);
    uses.iter().find(|one| one.name == name).map_or(0.0, |one| one.share() * 100.0)
}
