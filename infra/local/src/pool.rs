//! The processes of one function that serve one source of events: as many
//! invocations at once as there are processes, started when needed, kept warm.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinSet;

use crate::error::Error;
use crate::sandbox::{Function, FunctionError, Sandbox};

/// A process of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its id.
    pub pid: u32,
    /// Whether an invocation runs in it.
    pub is_busy: bool,
}

/// Runs invocations of one function, so many at once.
#[derive(Debug)]
pub(crate) struct Pool {
    inner: Arc<Inner>,
    /// Invocations run on their own: one whose caller has gone still ends, as in Lambda.
    running: Mutex<JoinSet<()>>,
    stopping: watch::Sender<bool>,
}

#[derive(Debug)]
struct Inner {
    function: Function,
    free: Semaphore,
    idle: Mutex<Vec<Sandbox>>,
    busy: Mutex<BTreeSet<u32>>,
    crashes: AtomicUsize,
}

impl Pool {
    pub(crate) fn new(function: Function, at_once: usize) -> Self {
        let inner = Inner {
            function,
            free: Semaphore::new(at_once),
            idle: Mutex::default(),
            busy: Mutex::default(),
            crashes: AtomicUsize::new(0),
        };
        Self {
            inner: Arc::new(inner),
            running: Mutex::new(JoinSet::new()),
            stopping: watch::Sender::new(false),
        }
    }

    /// Starts the first process, so that a function that cannot start is known at once.
    pub(crate) async fn warm(&self) -> Result<(), Error> {
        match Sandbox::start(&self.inner.function).await {
            Ok(sandbox) => {
                self.inner.put_back(sandbox);
                Ok(())
            }
            Err(source) => {
                let Function { name, log, .. } = self.inner.function.clone();
                Err(Error::Function { name, source, log })
            }
        }
    }

    /// Runs one invocation, once a process is free for it.
    pub(crate) async fn invoke(&self, event: Bytes) -> Result<Bytes, FunctionError> {
        let (sender, answer) = oneshot::channel();
        let (inner, stopping) = (Arc::clone(&self.inner), self.stopping.subscribe());
        {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(async move {
                // Whoever asked may have gone.
                sender.send(inner.run(event, stopping).await).ok();
            });
        }
        answer.await.unwrap_or(Err(FunctionError::Stopped))
    }

    /// Its processes, less those that start just now.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let busy = self.inner.busy();
        let idle = idle.iter().filter_map(Sandbox::pid).map(|pid| Process { pid, is_busy: false });
        idle.chain(busy.iter().map(|pid| Process { pid: *pid, is_busy: true })).collect()
    }

    /// How many invocations have ended with their process.
    pub(crate) fn crashes(&self) -> usize {
        self.inner.crashes.load(Ordering::Relaxed)
    }

    /// Ends all invocations and processes, and waits until they are gone.
    pub(crate) async fn stop(&self) {
        self.stopping.send_replace(true);
        let running = std::mem::take(&mut *self.running.lock().unwrap_or_else(PoisonError::into_inner));
        running.join_all().await;
        let idle = std::mem::take(&mut *self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner));
        for sandbox in idle {
            sandbox.stop().await;
        }
    }
}

impl Inner {
    async fn run(&self, event: Bytes, mut stopping: watch::Receiver<bool>) -> Result<Bytes, FunctionError> {
        let mut stopped = std::pin::pin!(stopping.wait_for(|stopping| *stopping));
        let _permit = tokio::select! {
            biased;
            _ = &mut stopped => return Err(FunctionError::Stopped),
            permit = self.free.acquire() => permit.map_err(|_| FunctionError::Stopped)?,
        };
        let sandbox = tokio::select! {
            biased;
            _ = &mut stopped => return Err(FunctionError::Stopped),
            sandbox = self.take_or_start() => sandbox,
        };
        let mut sandbox = sandbox.inspect_err(|error| self.report(error))?;
        let pid = sandbox.pid();
        self.busy().extend(pid);
        let answer = tokio::select! {
            biased;
            _ = &mut stopped => Err(FunctionError::Stopped),
            answer = sandbox.invoke(event) => answer,
        };
        self.busy().retain(|busy| Some(*busy) != pid);
        if matches!(answer, Err(FunctionError::Crashed(_))) {
            self.crashes.fetch_add(1, Ordering::Relaxed);
        }
        match &answer {
            Ok(_) => self.put_back(sandbox),
            Err(error @ FunctionError::Reported(_)) => {
                self.report(error);
                self.put_back(sandbox);
            }
            Err(
                error @ (FunctionError::Crashed(_) | FunctionError::TimedOut(_) | FunctionError::Init(_)),
            ) => {
                self.report(error);
                sandbox.stop().await;
            }
            Err(FunctionError::Stopped) => sandbox.stop().await,
        }
        answer
    }

    async fn take_or_start(&self) -> Result<Sandbox, FunctionError> {
        while let Some(mut sandbox) = self.take() {
            if sandbox.is_alive() {
                return Ok(sandbox);
            }
        }
        Sandbox::start(&self.function).await
    }

    fn take(&self) -> Option<Sandbox> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn put_back(&self, sandbox: Sandbox) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(sandbox);
    }

    fn busy(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn report(&self, error: &FunctionError) {
        tracing::warn!(log = %self.function.log.display(), "{} {error}", self.function.name);
    }
}

#[cfg(test)]
mod tests;
