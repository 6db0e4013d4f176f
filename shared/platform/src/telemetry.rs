//! Log lines: one flat JSON object each, on standard output, as Lambda and
//! CloudWatch Logs Insights like them
//! (<https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html>).

use std::io::Write;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::environment;

/// Sends every log line of this process to standard output, from the level on
/// that `AWS_LAMBDA_LOG_LEVEL`, else `RUST_LOG`, names (`info` by default, and the
/// finest that a release build has). A second call does nothing.
pub fn init() {
    let word = environment("AWS_LAMBDA_LOG_LEVEL").or_else(|| environment("RUST_LOG"));
    let level = level(word.as_deref().unwrap_or_default());
    // Fails only when there is a subscriber already.
    let _already_set = subscriber(level, std::io::stdout).try_init();
}

/// What is ours. Of the crates below us nothing finer than a warning is ever
/// written: at `debug` the SDK and the HTTP stack log requests, secrets included.
const OURS: [&str; 5] = ["api", "dispatcher", "domain", "local", "platform"];

fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
    for<'w> <W as MakeWriter<'w>>::Writer: Write,
{
    let targets = Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_targets(OURS.map(|target| (target, level)));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry().with(targets).with(lines)
}

/// Lambda's words for levels and Rust's; anything else is `info`.
fn level(word: &str) -> LevelFilter {
    match word.trim().to_ascii_lowercase().as_str() {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "warn" | "warning" => LevelFilter::WARN,
        "error" | "fatal" => LevelFilter::ERROR,
        "off" => LevelFilter::OFF,
        _ => LevelFilter::INFO,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn logged(level: LevelFilter, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        tracing::subscriber::with_default(subscriber(level, move || writer.clone()), log);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_one_flat_object() {
        let lines =
            logged(LevelFilter::INFO, || tracing::info!(target: "dispatcher", delivered = 3, "batch"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["level"], "INFO");
        assert_eq!(lines[0]["message"], "batch");
        assert_eq!(lines[0]["delivered"], 3);
        assert!(lines[0]["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn the_crates_below_us_never_say_more_than_a_warning() {
        let lines = logged(LevelFilter::TRACE, || {
            tracing::debug!(target: "aws_smithy_runtime", "request with a secret");
            tracing::info!(target: "hyper_util", "connected");
            tracing::warn!(target: "aws_config", "warning");
            tracing::trace!(target: "api::router", "ours");
        });
        let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
        assert_eq!(messages, ["warning", "ours"]);
    }

    #[test]
    fn levels_have_lambda_s_words_and_rust_s() {
        for (word, expected) in [
            ("DEBUG", LevelFilter::DEBUG),
            ("fatal", LevelFilter::ERROR),
            (" warn ", LevelFilter::WARN),
            ("", LevelFilter::INFO),
            ("dispatcher=debug", LevelFilter::INFO),
        ] {
            assert_eq!(level(word), expected, "{word}");
        }
    }
}
