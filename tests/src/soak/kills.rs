//! Dispatchers that die while they work.

use std::time::Duration;

use domain::memory::Memory;
use domain::ports::Dice as _;
use domain::time::Timestamp;
use local::Stack;
use tokio::time::{Instant, sleep, sleep_until};

use super::now;
use super::plan::{Plan, QueuePlan};

/// Kills as many invocations of each queue as planned, at moments that the seed
/// chooses; tells `killed` when each was dead, in milliseconds since the epoch.
pub(super) async fn kill(plan: &Plan, stack: &Stack, killed: impl Fn(i64)) {
    let chance = Memory::new(Timestamp::from_millis(0), plan.seed);
    let began = Instant::now();
    // Neither before there is work nor when it ends.
    let (first, last) = (plan.push_for / 20, plan.push_for * 9 / 10);
    let moment = |_| first + Duration::from_millis(below(&chance, (last - first).as_millis()).unwrap_or(0));
    let mut moments: Vec<(Duration, QueuePlan)> = plan
        .queues
        .iter()
        .flat_map(|queue| (0..queue.kills).map(moment).map(|at| (at, *queue)).collect::<Vec<_>>())
        .collect();
    moments.sort_by_key(|(at, _)| *at);
    for (at, queue) in moments {
        sleep_until(began + at).await;
        killed(kill_one(stack, queue.name, &chance).await);
    }
}

/// Kills one process in the middle of an invocation.
async fn kill_one(stack: &Stack, queue: &str, chance: &Memory) -> i64 {
    loop {
        let busy = stack.dispatchers(queue).into_iter().filter(|process| process.is_busy);
        let busy: Vec<u32> = busy.map(|process| process.pid).collect();
        let Some(victim) = below(chance, busy.len() as u128) else {
            sleep(Duration::from_millis(2)).await;
            continue;
        };
        let before = stack.crashes(queue);
        send_kill(busy[usize::try_from(victim).unwrap()]).await;
        let at = now();
        // It may have finished a moment before: then another one dies.
        for _ in 0..100 {
            if stack.crashes(queue) > before {
                return at;
            }
            sleep(Duration::from_millis(5)).await;
        }
    }
}

/// SIGKILL, which a process cannot hear. Rust's own library only kills its children.
async fn send_kill(pid: u32) {
    let script = ["-c", "kill -KILL \"$0\"", &pid.to_string()].map(str::to_owned);
    // It may have ended already.
    tokio::process::Command::new("sh")
        .args(script)
        .stderr(std::process::Stdio::null())
        .status()
        .await
        .unwrap();
}

/// A number below this one; none below zero.
fn below(chance: &Memory, end: u128) -> Option<u64> {
    chance.roll().checked_rem(end).map(|number| u64::try_from(number).unwrap())
}
