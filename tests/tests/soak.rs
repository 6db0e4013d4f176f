//! `make soak` in small: receivers refuse, break and hang, dispatchers are killed.

use e2e::soak::{Places, Plan, Soak};

#[tokio::test]
async fn nothing_is_lost_or_crosses_over_while_receivers_break_and_dispatchers_are_killed() {
    let state_dir = std::env::temp_dir().join(format!("soak-{}", std::process::id()));
    let places = Places { bin_dir: None, state_dir: state_dir.clone() };
    let soak = Soak::start(Plan::small(), places).await;
    let report = soak.run().await;
    soak.stop().await;
    assert_eq!(report.faults(), Vec::<String>::new(), "{report}");
    assert!(report.expected >= 400, "{report}");
    std::fs::remove_dir_all(state_dir).unwrap();
}
