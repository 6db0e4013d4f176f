//! cost.md, and what is printed.

use std::fmt::Write;

use crate::model::GB;
use crate::report::{AIM, CACHE_RATE, Report};
use crate::sections;
use crate::slack;
use crate::standing;
use crate::text::{about, dollars, percent, whole};

/// The whole page.
pub fn page(report: &Report) -> String {
    let mut page = String::from(
        "<!-- Made by `make cost` from measured.json and the dated inputs in tests/cost. Do not edit. -->\n\n",
    );
    for section in
        [opening(report), events(report), monthly(report), scale(report), limits(report), basis(report)]
    {
        page.push_str(&section);
        page.push('\n');
    }
    page.truncate(page.trim_end().len());
    page.push('\n');
    page
}

/// The tables alone, for a terminal.
pub fn tables(report: &Report) -> String {
    let sections = [
        ("Dollars per million events", sections::costs(report)),
        ("Dollars a month without events", sections::standing(report)),
        ("Dollars per million events over tenants, 1 webhook an event", sections::tenants(report)),
        ("Dollars per million events for reading bundles", sections::caches(report)),
        ("10,000 tenants", sections::rates(report)),
        ("The nearest limit", sections::nearest(report)),
        ("All limits", sections::limits(report)),
    ];
    let mut text = String::new();
    for (title, section) in sections {
        let _written = writeln!(text, "{title}\n\n{section}");
    }
    let _written = writeln!(text, "{}", aim(report));
    text
}

fn aim(report: &Report) -> String {
    let (verdict, mixed) = (if report.holds() { "it holds" } else { "it does not hold" }, &report.mixed);
    format!(
        "Aim: at most ${AIM} per million events for one webhook, in full batches of one tenant, beyond the sender's \
         own request, the log table and egress. It is {}: {verdict}. Full batches in which each event is another \
         tenant's cost {}, since each tenant's hourly counters are written once a batch ({} of it) and each roster \
         is read by itself. A tenant that sends an event a minute, each a batch of its own over a new connection, costs {}.",
        dollars(report.aimed()),
        dollars(mixed.terms.counted()),
        dollars(mixed.terms.counters),
        dollars(report.quiet.terms.counted()),
    )
}

fn opening(report: &Report) -> String {
    let (prices, measured) = (&report.inputs.prices, &report.measured);
    format!(
        "# What it costs\n\n{}\n\nPrices of {} in {}; measured on {} ({}), bodies of {} bytes. Free tiers, savings \
         plans, taxes, the sender's own SQS request and the API's traffic are left out.\n",
        aim(report),
        prices.date,
        prices.region,
        measured.date,
        measured.machine,
        whole(measured.body_bytes),
    )
}

fn events(report: &Report) -> String {
    let assumed = &report.inputs.assumptions.assumed;
    let code = &report.inputs.assumptions.code;
    format!(
        "## A million events\n\n![Dollars per million events](cost.svg)\n\n{}\n\
         - **Sum** leaves out the log table (a write for each delivery, then {} days of storage and point-in-time \
         recovery) and egress (the requests themselves, at the internet's price), which are for what the customer \
         asked for.\n\
         - Batches fill when events come faster than they leave; a quiet queue hands out one at a time. A batch \
         waits for its receivers: {} ms each, {} at once a tenant, over connections that were kept; one that was not \
         takes {} ms more. Where answers vary, it waits for the slowest: if that takes twice as long, so does the \
         receivers' part of Lambda's. A tenant has at most {} webhooks; 100 shows how it goes on.\n\
         - *1 % hang*: of a hundred receivers one does not answer. Its events go into its backlog, at a write and a read each. \
         Its first wait and its probes come to {} in {} days, and whoever returns costs a read and a deletion for \
         each event.\n\
         - The webhooks are custom ones. A message to Slack takes its turn, {} more a million; one that has to wait, \
         since a webhook gets one a second, has an invocation of its own: {} a million.\n\
         - A cold start bills {} ms more at least, {} for a million of them: so long a warm file takes here to its \
         first event; an environment lives for hours.\n",
        sections::costs(report),
        whole(code.log_days.value),
        whole(assumed.receiver_ms.value),
        whole(code.attempts_at_once.value),
        whole(assumed.dial_ms.value),
        whole(code.webhooks_per_tenant.value),
        dollars(standing::broken(&report.inputs)),
        whole(code.disabled_after_days.value),
        dollars(slack::turn(&report.inputs)),
        dollars(slack::waiting(&report.inputs)),
        about(report.measured.init_ms.dispatcher),
        dollars(cold_start(report) * 1_000_000.0),
    )
}

fn cold_start(report: &Report) -> f64 {
    let gb = report.inputs.assumptions.template.memory_mb.value / 1024.0;
    report.measured.init_ms.dispatcher / 1000.0 * gb * report.inputs.prices.prices.lambda_gb_second.each()
}

fn monthly(report: &Report) -> String {
    format!(
        "## A month without events\n\n{}\n\
         - **Secrets are by far the most:** each webhook's secrets are one object in Secrets Manager. A thousand \
         webhooks cost {} a month before the first event.\n\
         - Lambda polls each queue with five long polls even when nothing comes; with a maximum concurrency it does \
         not go below that.\n\
         - A receiver that hangs costs a probe each quarter of an hour until its webhook is disabled after {} days: \
         {} in all.\n",
        sections::standing(report),
        dollars(1000.0 * report.inputs.prices.prices.secret_month.each()),
        whole(report.inputs.assumptions.code.disabled_after_days.value),
        dollars(standing::broken(&report.inputs)),
    )
}

fn scale(report: &Report) -> String {
    let code = &report.inputs.assumptions.code;
    let measured = &report.measured;
    let rosters = measured.memory_per_tenant_bytes * code.rosters_cached.value / 1_048_576.0;
    format!(
        "## Many tenants\n\n![Cost and limits over tenants and rates](scale.svg)\n\n\
         Dollars per million events, one webhook each, tenants that send equally much. Real tenants do not, and \
         hit the caches more often: this is the dear end. How far one machine goes is measured: \
         [performance.md](performance.md#load).\n\n{}\n\
         **What tenants add is the reading of secrets.** An environment keeps bundles in a quarter of its memory, \
         about {} with one signing secret each at {} MB. One that is not there is read from Secrets Manager: {} per \
         million events and webhook. What `MemorySize` leaves of that, at {} events/s:\n\n{}\n\
         Most of what remains is each environment's first reading of each bundle. Beside the bundles, the \
         dispatcher's peak was {} MiB, and {} rosters add {} MiB.\n\n\
         How batches form, how long they take, and what the caches find, with 10,000 tenants:\n\n{}\n\
         - *Busy* is the part of EventsMaximumConcurrency that full batches take. *Mean wait* is that of M/M/c, \
         *grows* that more arrives than is done. An event is on its way for its wait and its receiver's answer.\n\
         - *Growth takes*: from five pollers on, Lambda adds 300 a minute.\n",
        sections::tenants(report),
        about(report.inputs.bundles_cached()),
        whole(report.inputs.assumptions.template.memory_mb.value),
        dollars(report.inputs.prices.prices.secret_call.each() * 1_000_000.0),
        whole(CACHE_RATE),
        sections::caches(report),
        whole(measured.peak_memory_mib),
        whole(code.rosters_cached.value),
        about(rosters),
        sections::rates(report),
    )
}

fn limits(report: &Report) -> String {
    let quotas = &report.inputs.quotas.quotas;
    format!(
        "## What is met first\n\n{}\n{}\n\
         - A new table takes {} writes a second and doubles by itself; warm it before a launch that needs more.\n\
         - One tenant alone meets its webhook's own log first: a partition of a table takes {} writes a second. Of \
         this nothing gets more; the rest waits in the queue.\n\
         - {} secrets are as many webhooks, at any rate of events. The quota comes before a million tenants do.\n\n\
         The nearest limit of each load, a new table's apart, and how much of it is taken:\n\n{}",
        first(report),
        sections::limits(report),
        whole(quotas.table_first_writes.value),
        whole(quotas.partition_writes.value),
        whole(quotas.secrets.value),
        sections::nearest(report),
    )
}

/// For each number of webhooks a line of what is met first in the beginning, and one of what is in the long run.
fn first(report: &Report) -> String {
    let mut text = String::new();
    for limits in &report.limits {
        let webhooks = if limits.webhooks == 1.0 { "webhook" } else { "webhooks" };
        for (when, in_the_end) in [("with new tables", false), ("when these have grown", true)] {
            let met = limits.met.iter().filter(|(limit, _)| !(in_the_end && limit.passes));
            let met = met.filter_map(|(limit, rate)| rate.map(|rate| (limit, rate)));
            let Some((limit, rate)) = met.min_by(|one, other| one.1.total_cmp(&other.1)) else { continue };
            let _written = writeln!(
                text,
                "- {} {webhooks} an event, {when}: **{}**, at about {} events a second. Moved by: {}.",
                limits.webhooks,
                limit.name,
                about(rate),
                limit.moved_by
            );
        }
    }
    text
}

fn basis(report: &Report) -> String {
    let (prices, quotas) = (&report.inputs.prices, &report.inputs.quotas);
    let cpu =
        report.inputs.assumptions.template.memory_mb.value / report.inputs.assumptions.assumed.vcpu_mb.value;
    format!(
        "## What this rests on\n\nThe formula stands at the top of `tests/cost/src/model.rs`. GB are {} bytes. CPU \
         time is measured on a whole core and stretched to the {} of one that comes with the function's memory.\n\n\
         Prices, {}, {}. {}\n\n{}\nQuotas, {}, {}, each AWS's default:\n\n{}\nSettings and assumptions, {}:\n\n{}",
        whole(GB),
        percent(cpu),
        prices.date,
        prices.region,
        prices.checked,
        sections::prices(report),
        quotas.date,
        quotas.region,
        quotas_list(report),
        report.inputs.assumptions.date,
        sections::assumptions(report),
    )
}

fn quotas_list(report: &Report) -> String {
    let quotas = report.inputs.quotas.quotas.list();
    let line = |quota: &crate::inputs::Quota| {
        format!("- [{}]({}): {} {}\n", quota.name, quota.source, whole(quota.value), quota.unit)
    };
    quotas.into_iter().map(|(_, quota)| line(quota)).collect()
}
