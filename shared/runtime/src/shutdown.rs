//! Stopping in order: the batch in hand is finished, nothing new is taken, and what does not end holds nobody.

use std::{
    io,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};
use tokio::{
    runtime::Builder,
    signal::unix::{Signal, SignalKind, signal},
    sync::watch,
};

/// How long what is in hand may take to its end. Longer than the portal's farewell, which is ten seconds; shorter than the
/// thirty after which containers are killed (`stop_grace_period` of docker-compose.yml, and Kubernetes by default). A server
/// that is silent is waited for longer elsewhere. What is cut is no worse than a crash: nothing that was accepted is lost.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// Told to all tasks at once.
#[derive(Clone)]
pub struct Shutdown {
    sender: Arc<watch::Sender<bool>>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Default for Shutdown {
    fn default() -> Self {
        Self { sender: Arc::new(watch::channel(false).0), failure: Arc::default() }
    }
}

impl Shutdown {
    /// Asks everybody to finish.
    pub fn begin(&self) {
        self.sender.send_replace(true);
    }

    /// Stops because the state is unknown; the first reason is kept.
    pub fn fail(&self, reason: String) {
        if let Ok(mut failure) = self.failure.lock() {
            failure.get_or_insert(reason);
        }
        self.begin();
    }

    /// Why it stopped, if it was not asked to.
    pub fn failure(&self) -> Option<String> {
        self.failure.lock().ok().and_then(|failure| failure.clone())
    }

    /// Whether it has begun.
    pub fn begun(&self) -> bool {
        *self.sender.borrow()
    }

    /// Returns once it has begun.
    pub async fn wait(&self) {
        let mut receiver = self.sender.subscribe();
        // The sender lives in self, so waiting cannot fail.
        let _ = receiver.wait_for(|begun| *begun).await;
    }

    /// Hears SIGINT and SIGTERM from now on, on a thread of its own: whatever blocks, a signal is heard.
    ///
    /// `orderly`: there is something to finish. Then the first signal begins the shutdown, which has [`DEADLINE`] to come to its
    /// end; after it, as after a failure that does not end, the process leaves with the code `late`. A second signal ends it at once.
    /// Where there is nothing to finish the first one does, with the code that a shell gives to whatever a signal ended. The
    /// system would do as much by itself, but not for the first process of a container.
    pub fn on_signals(&self, orderly: bool, late: u8) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let signals = {
            let _inside = runtime.enter();
            Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? }
        };
        let heeding = self.clone().heed(signals, orderly, late);
        thread::Builder::new().name("signals".into()).spawn(move || runtime.block_on(heeding)).map(drop)
    }

    async fn heed(self, mut signals: Signals, orderly: bool, late: u8) {
        tokio::select! {
            code = signals.next() => if !orderly { leave(code) },
            () = self.failed() => (),
        }
        self.begin();
        tokio::select! {
            code = signals.next() => leave(code),
            () = tokio::time::sleep(DEADLINE) => {
                aside(|| tracing::error!("what is in hand does not end within {DEADLINE:?}: it is left, and comes again at the next start"));
                leave(i32::from(late));
            }
        }
    }

    async fn failed(&self) {
        self.wait().await;
        if self.failure().is_none() {
            std::future::pending::<()>().await;
        }
    }
}

/// SIGINT and SIGTERM as they come.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// The exit code of whatever the next one ends: 128 and its number.
    async fn next(&mut self) -> i32 {
        let kind = tokio::select! {
            _ = self.interrupt.recv() => SignalKind::interrupt(),
            _ = self.terminate.recv() => SignalKind::terminate(),
        };
        128 + kind.as_raw_value()
    }
}

fn leave(code: i32) -> ! {
    std::process::exit(code)
}

/// Says something, unless it is not read: a full pipe must not keep the process.
fn aside(say: impl FnOnce() + Send + 'static) {
    let (said, heard) = mpsc::channel();
    thread::spawn(move || {
        say();
        said.send(())
    });
    let _ = heard.recv_timeout(Duration::from_millis(500));
}
