//! The connections to the broker, and the supervisor that keeps them.

use crate::topology;
use backon::{BackoffBuilder, ExponentialBuilder};
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ConfirmSelectOptions, QueueDeclareOptions},
    tcp::OwnedTLSConfig,
    types::FieldTable,
    uri::AMQPUri,
};
use mohor_domain::stage::Stage;
use mohor_ports::error::{Error, Result};
use std::{
    collections::BTreeSet,
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};

/// Making a connection with its channels and the topology, at most.
const CONNECT: Duration = Duration::from_secs(15);
/// How long a caller waits for a connection that is just being made.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often the supervisor looks at a connection besides what it is told.
const LOOK: Duration = Duration::from_millis(250);
/// Waits between attempts.
const WAITS: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// A peer that is silent for twice as long is gone.
const HEARTBEAT_SECONDS: u16 = 10;

/// How to reach the broker.
#[derive(Clone)]
pub struct Settings {
    /// `amqp://USER@HOST:PORT/VHOST`, or `amqps:`.
    pub url: String,
    /// The password, if the URL has none.
    pub password: Option<String>,
    /// PEM of the authorities that are trusted for `amqps:` besides the system's.
    pub authorities: Option<String>,
    /// Whether this process makes what is missing at the broker. Only one that then hints again what was in a lost queue
    /// may: another would hide the loss.
    pub keeper: bool,
    /// Messages in hand per stage, at most: about twice the batch of each of its workers.
    pub prefetch: fn(Stage) -> u16,
}

/// A working link; a new one has a new generation.
pub(crate) struct Live {
    pub(crate) generation: u64,
    pub(crate) outward: Connection,
    pub(crate) inward: Connection,
    /// In confirm mode.
    pub(crate) publisher: Channel,
    broken: AtomicBool,
    told: Arc<Notify>,
}

impl Live {
    fn works(&self) -> bool {
        let connected = [&self.outward, &self.inward].iter().all(|connection| connection.status().connected());
        connected && self.publisher.status().connected() && !self.broken.load(Ordering::SeqCst)
    }

    /// It cannot be relied on: the supervisor makes another.
    pub(crate) fn give_up(&self) {
        self.broken.store(true, Ordering::SeqCst);
        self.told.notify_one();
    }
}

/// The way to whatever link there is now.
pub(crate) struct Link {
    /// Host, port and virtual host.
    pub(crate) name: String,
    live: watch::Receiver<Option<Arc<Live>>>,
    lost: Arc<Mutex<BTreeSet<Stage>>>,
    ending: watch::Sender<bool>,
}

impl Link {
    /// Starts the supervisor, which ends with this value. `Fatal` when the URL is none.
    pub(crate) fn open(settings: &Settings) -> Result<Self> {
        let mut uri = AMQPUri::from_str(&settings.url).map_err(|error| {
            Error::fatal(format!("`bus` is no AMQP URL: {error}; it is amqp://USER@HOST:PORT/VHOST"))
        })?;
        if let Some(password) = &settings.password {
            uri.authority.userinfo.password.clone_from(password);
        }
        uri.query.heartbeat.get_or_insert(HEARTBEAT_SECONDS);
        uri.query.connection_timeout.get_or_insert(5_000);
        let name = format!("{}:{}{}", uri.authority.host, uri.authority.port, vhost(&uri.vhost));
        let (sender, live) = watch::channel(None);
        let lost = Arc::default();
        let (ending, ended) = watch::channel(false);
        let supervisor = Supervisor {
            ended,
            uri,
            authorities: settings.authorities.clone(),
            keeper: settings.keeper,
            name: name.clone(),
            lost: Arc::clone(&lost),
        };
        tokio::spawn(supervisor.run(sender));
        Ok(Self { name, live, lost, ending })
    }

    /// Ends the supervisor and waits until the broker has been told, but never for long.
    pub(crate) async fn close(&self) {
        self.ending.send_replace(true);
        let mut live = self.live.clone();
        // The supervisor lets go of its end when it is done.
        let over = async { while live.changed().await.is_ok() {} };
        let _ = timeout(Duration::from_secs(3), over).await;
    }

    /// The link, waiting a little for one that is being made.
    pub(crate) async fn live(&self) -> Result<Arc<Live>> {
        let mut live = self.live.clone();
        let found = timeout(PATIENCE, live.wait_for(|live| live.as_ref().is_some_and(|live| live.works()))).await;
        match found {
            Ok(Ok(live)) => live.clone().ok_or_else(|| self.away()),
            _ => Err(self.away()),
        }
    }

    /// The generation of the link there is now; 0 while there is none.
    pub(crate) fn generation(&self) -> u64 {
        self.live.borrow().as_ref().filter(|live| live.works()).map_or(0, |live| live.generation)
    }

    /// Stages whose queue was made anew since this was last asked.
    pub(crate) fn lost(&self) -> Vec<Stage> {
        std::mem::take(&mut *self.lost.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }

    pub(crate) fn away(&self) -> Error {
        Error::outage(format!("the broker {} cannot be reached", self.name))
    }

    /// What a broken operation means: the link is given up, the caller waits.
    pub(crate) fn trouble(&self, live: &Live, error: lapin::Error) -> Error {
        live.give_up();
        Error::outage(format!("the broker {} does not do its part", self.name)).because(error)
    }
}

fn vhost(name: &str) -> String {
    if name == "/" { String::new() } else { format!("/{name}") }
}

struct Supervisor {
    /// True when it is to end; closed when nobody needs it any more.
    ended: watch::Receiver<bool>,
    uri: AMQPUri,
    authorities: Option<String>,
    keeper: bool,
    name: String,
    lost: Arc<Mutex<BTreeSet<Stage>>>,
}

impl Supervisor {
    /// Makes a link, keeps it while it works, makes another.
    async fn run(self, sender: watch::Sender<Option<Arc<Live>>>) {
        static GENERATION: AtomicU64 = AtomicU64::new(1);
        let builder = ExponentialBuilder::default()
            .with_min_delay(WAITS.0)
            .with_max_delay(WAITS.1)
            .with_jitter()
            .without_max_times();
        let mut waits = builder.build();
        let mut ended = self.ended.clone();
        while !self.over() {
            let generation = GENERATION.fetch_add(1, Ordering::SeqCst);
            match timeout(CONNECT, self.connect(generation)).await {
                Ok(Ok(live)) => {
                    tracing::info!(broker = self.name, "connected");
                    waits = builder.build();
                    let live = Arc::new(live);
                    sender.send_replace(Some(live.clone()));
                    while live.works() && !self.over() {
                        tokio::select! {
                            () = live.told.notified() => (), () = tokio::time::sleep(LOOK) => (), _ = ended.changed() => (),
                        }
                    }
                    close(&live).await;
                    sender.send_replace(None);
                    if !self.over() {
                        tracing::warn!(broker = self.name, "the connection is lost; another is made");
                    }
                    continue;
                }
                Ok(Err(error)) => tracing::warn!(broker = self.name, "no connection: {error}"),
                Err(_) => tracing::warn!(broker = self.name, "no connection within {} s", CONNECT.as_secs()),
            }
            let wait = waits.next().unwrap_or(WAITS.1);
            tokio::select! { () = tokio::time::sleep(wait) => (), _ = ended.changed() => () }
        }
    }

    fn over(&self) -> bool {
        *self.ended.borrow() || self.ended.has_changed().is_err()
    }

    async fn connect(&self, generation: u64) -> lapin::Result<Live> {
        let (outward, inward) = (self.connection("out").await?, self.connection("in").await?);
        let publisher = outward.create_channel().await?;
        if self.keeper {
            self.look_for_lost(&inward).await?;
            topology::declare(&publisher).await?;
        }
        publisher.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Live { generation, outward, inward, publisher, broken: AtomicBool::new(false), told: Arc::default() })
    }

    async fn connection(&self, direction: &str) -> lapin::Result<Connection> {
        let name = format!("mohor {} {direction}", std::process::id());
        let properties = ConnectionProperties::default().with_connection_name(name.into());
        let tls = OwnedTLSConfig { identity: None, cert_chain: self.authorities.clone() };
        Connection::connect_uri_with_config(self.uri.clone(), properties, tls, lapin::runtime::default_runtime()?).await
    }

    /// A queue that is not there before it is declared has been lost, or is declared for the first time.
    async fn look_for_lost(&self, connection: &Connection) -> lapin::Result<()> {
        for stage in Stage::ALL {
            // A queue that is not there closes the channel.
            let channel = connection.create_channel().await?;
            let options = QueueDeclareOptions { passive: true, durable: true, ..Default::default() };
            match channel.queue_declare(stage.as_str().into(), options, FieldTable::default()).await {
                Ok(_) => drop(channel.close(200, "looked".into()).await),
                // A queue that is there and has no leader yet (the broker has just started) is answered with 404 as well: it
                // is waited for, and never declared while it is coming up.
                Err(error) if error.to_string().contains("no queue") => {
                    self.lost.lock().unwrap_or_else(PoisonError::into_inner).insert(stage);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// In order where the broker still listens, and never for long.
async fn close(live: &Live) {
    for connection in [&live.outward, &live.inward] {
        let _ = timeout(Duration::from_secs(1), connection.close(200, "another is made".into())).await;
    }
}
