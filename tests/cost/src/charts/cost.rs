//! Dollars per million events as bars, a panel for each number of webhooks.

use crate::plot::{Axis, COLORS, FAINT, INK, Panel, Picture, Stands};
use crate::report::{AIM, Cost, Report};
use crate::text::dollars;

const SIZE: (f64, f64) = (960.0, 500.0);
const PANEL: (f64, f64) = (250.0, 320.0);
const TOP: f64 = 85.0;
const LEFT: f64 = 62.0;
const APART: f64 = 310.0;
const SMALL: &str = r#"font-size="11""#;
const GRAY: &str = r##"font-size="11" fill="#555555""##;

pub(super) fn chart(report: &Report) -> String {
    let mut picture = Picture::new(SIZE, "Dollars per million events, by service");
    let names: Vec<(&str, &str)> = COLORS.into_iter().zip(services(report)).collect();
    for (place, entry) in names.iter().enumerate() {
        picture.legend((LEFT + place as f64 * 100.0, 24.0), std::slice::from_ref(entry));
    }
    picture.text(
        (LEFT + 510.0, 24.0),
        Stands::Behind,
        GRAY,
        "each panel has its own scale; the log table stands below",
    );
    for (place, webhooks) in [1.0, 10.0, 100.0].into_iter().enumerate() {
        let bars: Vec<&Cost> = report.costs.iter().filter(|cost| cost.webhooks == webhooks).collect();
        panel(&mut picture, LEFT + place as f64 * APART, webhooks, &bars);
    }
    picture.svg()
}

fn services(report: &Report) -> Vec<&'static str> {
    let services = report.costs.first().map(|cost| cost.terms.services());
    services.into_iter().flatten().map(|(name, _)| name).collect()
}

fn panel(picture: &mut Picture, left: f64, webhooks: f64, bars: &[&Cost]) {
    let most = bars.iter().map(|cost| cost.terms.counted()).fold(0.0, f64::max) * 1.12;
    let panel = Panel { at: (left, TOP), size: PANEL, x: Axis::Even { most: 4.0 }, y: Axis::Even { most } };
    let title = if webhooks == 1.0 {
        "1 webhook an event".to_owned()
    } else {
        format!("{webhooks} webhooks an event")
    };
    panel.frame(picture, &title, "$ per million events");
    for (place, cost) in bars.iter().enumerate() {
        bar(picture, &panel, place as f64, cost);
    }
    if webhooks == 1.0 {
        panel.level(picture, AIM, &format!("aim ${AIM}"));
    }
    let floor = TOP + PANEL.1;
    for (half, name) in ["batches of 10", "batches of 1"].into_iter().enumerate() {
        let middle = left + PANEL.0 * (0.25 + 0.5 * half as f64);
        picture.text((middle, floor + 36.0), Stands::Around, r#"font-size="12" font-weight="bold""#, name);
    }
    picture.line(
        (left + PANEL.0 / 2.0, floor),
        (left + PANEL.0 / 2.0, floor + 62.0),
        &format!(r#"stroke="{FAINT}""#),
    );
    picture.text((left + PANEL.0 / 2.0, floor + 78.0), Stands::Around, GRAY, "log table, 30 days, apart");
}

fn bar(picture: &mut Picture, panel: &Panel, place: f64, cost: &Cost) {
    let width = panel.size.0 / 4.0;
    let left = panel.at.0 + place * width + width * 0.18;
    let mut below = 0.0;
    for ((_, usd), color) in cost.terms.services().into_iter().zip(COLORS) {
        let (_, top) = panel.place(0.0, below + usd);
        let (_, bottom) = panel.place(0.0, below);
        picture.bar((left, top), (width * 0.64, bottom - top), color);
        below += usd;
    }
    let middle = left + width * 0.32;
    let (_, top) = panel.place(0.0, below);
    picture.text(
        (middle, top - 5.0),
        Stands::Around,
        &format!(r#"{SMALL} font-weight="bold" stroke="none" fill="{INK}""#),
        &dollars(below),
    );
    let floor = panel.at.1 + panel.size.1;
    let receivers = if cost.dead_percent == 0.0 { "healthy" } else { "1 % hang" };
    picture.text((middle, floor + 16.0), Stands::Around, SMALL, receivers);
    picture.text(
        (middle, floor + 58.0),
        Stands::Around,
        GRAY,
        &format!("+{}", dollars(cost.terms.log_table())),
    );
}
