//! What is written: the same each time, small, and nothing but text and shapes.

use cost::inputs::Inputs;
use cost::measured::Measured;
use cost::report::{AIM, Report};
use cost::{charts, page};

const SAMPLE: &str = include_str!("measured.json");

fn report() -> Report {
    Report::new(Inputs::built_in().unwrap(), Measured::parse(SAMPLE).unwrap()).unwrap()
}

#[test]
fn the_same_figures_give_the_same_documents() {
    let (one, other) = (report(), report());
    assert_eq!(page::page(&one), page::page(&other));
    assert_eq!(charts::cost(&one), charts::cost(&other));
    assert_eq!(charts::scale(&one), charts::scale(&other));
}

#[test]
fn a_chart_is_small_and_asks_for_nothing_else() {
    let report = report();
    for chart in [charts::cost(&report), charts::scale(&report)] {
        assert!(chart.len() < 30_000, "{}", chart.len());
        assert!(chart.starts_with("<svg xmlns=") && chart.ends_with("</svg>\n"));
        for foreign in ["<script", "href", "@import", "url(", "NaN", "inf"] {
            assert!(!chart.contains(foreign), "{foreign}");
        }
    }
}

#[test]
fn the_page_says_that_it_is_made_and_what_was_left_out() {
    let report = report();
    let page = page::page(&report);
    assert!(page.lines().next().unwrap().contains("Do not edit"));
    for said in ["(cost.svg)", "(scale.svg)", "sender's own", "egress", "Free tiers", "2026-11", "us-east-1"]
    {
        assert!(page.contains(said), "{said}");
    }
    assert!(!page.contains("NaN") && !page.contains("inf "), "{page}");
    for said in [
        "- 1 webhook an event, with new tables: **DynamoDB, a new table's writes**, at about 2,000 events",
        "- 1 webhook an event, when these have grown: **EventsMaximumConcurrency**",
    ] {
        assert!(page.contains(said), "{said}");
    }
    for (name, price) in report.inputs.prices.prices.list() {
        assert!(page.contains(&price.source), "{name}");
    }
    for (name, quota) in report.inputs.quotas.quotas.list() {
        assert!(page.contains(&quota.source), "{name}");
    }
}

#[test]
fn every_row_of_a_table_has_as_many_cells_as_its_head() {
    let page = page::page(&report());
    let mut width = None;
    for line in page.lines() {
        let cells = line.starts_with('|').then(|| line.matches('|').count());
        assert!(width.is_none() || cells.is_none() || width == cells, "{line}");
        width = cells;
    }
}

#[test]
fn a_quiet_tenant_pays_for_reading_its_webhooks_each_time() {
    let report = report();
    // Half a unit, for eleven events of twelve.
    assert!(report.quiet.terms.reads > 0.05, "{}", report.quiet.terms.reads);
}

#[test]
fn the_gate_says_whether_the_aim_is_reached() {
    let report = report();
    let gate = &report.gates()["gates"]["cost_per_million_events_1_webhook_batch_10"];
    assert_eq!((gate["kind"].as_str(), gate["aim"].as_f64()), (Some("ratio"), Some(AIM)));
    assert_eq!(gate["value"].as_f64(), Some(0.2797));
    assert_eq!(gate["holds"].as_bool(), Some(true));

    let slow = SAMPLE.replacen("\"billed_ms\": 3.07", "\"billed_ms\": 1000", 1);
    let slow = Report::new(Inputs::built_in().unwrap(), Measured::parse(&slow).unwrap()).unwrap();
    assert!(!slow.holds());
    assert!(page::page(&slow).contains("it does not hold"));
}
