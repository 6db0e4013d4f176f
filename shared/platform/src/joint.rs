//! Writes that are ready at the same moment, in one call. A call costs the
//! processor ten times what an item in it does.
//!
//! Nothing is collected for later: an item goes out at once, or, while a call is
//! under way, with the next one: when that call has ended or takes too long, or
//! when there is enough for another. Whoever waits for an item makes the calls, so there is no
//! task of its own that could outlive an invocation.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::ports::PortResult;
use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio::sync::{Semaphore, oneshot};

use crate::error::{DYNAMODB, port_error};
use crate::fields::Fields;
use crate::item::Item;
use crate::table::{Table, not_built};
use crate::tables::Key;

/// What BatchWriteItem takes in one call
/// (<https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html>).
const TOGETHER: usize = 25;
/// Nobody waits longer for another's call, ten times what one takes: items of
/// all tenants travel together, and one call may hang.
const PATIENCE: Duration = Duration::from_millis(50);

/// Puts items into a table, over what was there, several in a call.
pub(crate) struct Joint {
    table: Table,
    waiting: Mutex<VecDeque<Entry>>,
    turn: Semaphore,
}

/// An item that waits, and who has to know what came of it. If nobody is told,
/// it was not written.
struct Entry {
    key: Key,
    item: Item,
    owner: oneshot::Sender<PortResult<()>>,
}

impl Joint {
    pub(crate) fn new(table: Table) -> Self {
        Self { table, waiting: Mutex::default(), turn: Semaphore::new(1) }
    }

    /// Puts the item that `make` makes of its key.
    pub(crate) async fn put(
        &self,
        key: impl Fn() -> Key,
        make: impl Fn(Key) -> PortResult<Item>,
    ) -> PortResult<()> {
        let own = key();
        if let Some(outcome) = self.joined(own.clone(), make(own)?).await {
            return outcome;
        }
        // It was left out, or a call of several failed: perhaps by one of them, which alone
        // hinders no other.
        self.table.put(make(key())?).boxed().await
    }

    async fn joined(&self, key: Key, item: Item) -> Option<PortResult<()>> {
        let (owner, mut outcome) = oneshot::channel();
        let is_enough = {
            let mut waiting = self.waiting();
            waiting.push_back(Entry { key, item, owner });
            waiting.len() >= TOGETHER
        };
        if is_enough {
            self.write(self.next()).await;
        }
        loop {
            let turn = tokio::select! {
                biased;
                outcome = &mut outcome => return outcome.ok(),
                turn = self.turn.acquire() => turn.ok(),
                () = tokio::time::sleep(PATIENCE) => None,
            };
            if turn.is_some() {
                self.let_others_join().await;
            }
            let entries = self.next();
            if entries.is_empty() {
                // Another call has it.
                drop(turn);
                return outcome.await.ok();
            }
            self.write(entries).await;
        }
    }

    /// Lets come along what becomes ready now: as long as each look at the sockets brings more.
    async fn let_others_join(&self) {
        let mut before = 0;
        loop {
            let count = self.waiting().len();
            if count <= before || count >= TOGETHER {
                return;
            }
            before = count;
            tokio::task::yield_now().await;
        }
    }

    /// What the next call takes: no key twice, which would refuse the call.
    fn next(&self) -> Vec<Entry> {
        let mut waiting = self.waiting();
        let (mut taken, mut left) = (Vec::<Entry>::new(), VecDeque::new());
        while taken.len() < TOGETHER
            && let Some(entry) = waiting.pop_front()
        {
            if taken.iter().any(|other| other.key == entry.key) {
                left.push_back(entry);
            } else if !entry.owner.is_closed() {
                taken.push(entry);
            }
        }
        left.append(&mut waiting);
        *waiting = left;
        taken
    }

    /// On the heap: the SDK's part is large, and of many that wait one writes.
    fn write(&self, entries: Vec<Entry>) -> BoxFuture<'_, ()> {
        self.call(entries).boxed()
    }

    async fn call(&self, entries: Vec<Entry>) {
        let (mut requests, mut owners) =
            (Vec::with_capacity(entries.len()), Vec::with_capacity(entries.len()));
        for Entry { key, item, owner } in entries {
            let Ok(request) = put(item) else { continue };
            requests.push(request);
            owners.push((key, owner));
        }
        let call = self.table.client.batch_write_item().request_items(&self.table.name, requests);
        let answer = match call.send().await {
            Ok(answer) => answer,
            Err(error) => {
                if owners.len() == 1 {
                    tell(owners, || Err(port_error(DYNAMODB, "BatchWriteItem", &error)));
                }
                return;
            }
        };
        let left =
            answer.unprocessed_items.and_then(|mut left| left.remove(&self.table.name)).unwrap_or_default();
        let left: Vec<Key> =
            left.iter().filter_map(|request| Fields(request.put_request()?.item()).key().ok()).collect();
        owners.retain(|(key, _)| !left.contains(key));
        tell(owners, || Ok(()));
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Entry>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn tell(owners: Vec<(Key, oneshot::Sender<PortResult<()>>)>, outcome: impl Fn() -> PortResult<()>) {
    for (_, owner) in owners {
        // It may have gone.
        owner.send(outcome()).ok();
    }
}

fn put(item: Item) -> PortResult<WriteRequest> {
    let request =
        PutRequest::builder().set_item(Some(item)).build().map_err(|_| not_built("BatchWriteItem"))?;
    Ok(WriteRequest::builder().put_request(request).build())
}
