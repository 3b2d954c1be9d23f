//! The distributed mode without rendering: what broker, ledger and vault themselves can carry on this machine.
//!
//!     cargo bench --workspace --bench infrastructure -- [COUNT...]
//!
//! Starts servers of its own (what `./infra/test` installs). Every stage is the real one but `store`: a step that exists
//! only here seals and puts bytes that were not rendered. Then the vaults apart, with documents of their real size. Of
//! several counts the last is divided by the first: how much longer a longer queue takes.

use async_trait::async_trait;
use mohor_bus_rabbitmq::RabbitBus;
use mohor_document::service::Services;
use mohor_domain::{
    calendar::Calendar,
    catalogue::Catalogue,
    plan::SealPlan,
    rules::{Ladder, Rules},
    stage::Stage,
    uin::Uin,
};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_pipeline::{
    check::Checks, intake::Intake, mint::Mint, notify::Notify, plan::Planner, relay::Relay, sign::Sign,
};
use mohor_ports::{
    bus::{Bus, Due},
    error::Result,
    ledger::{Door, Ledger, NewDelivery, Reference, Stored},
    signer::{SealAlgorithm, Signer},
    time::{Entropy, Stopwatch},
    vault::{Object, Vault},
};
use mohor_runtime::{
    ambient::{MachineClock, Monotonic, SystemEntropy, process_cpu_micros},
    runner::Runner,
    shutdown::Shutdown,
    step::{Outcome, Step},
    telemetry::Telemetry,
};
use mohor_signer_keyfile::KeyFileSigner;
use mohor_tests::{samples, servers::Servers};
use mohor_vault_folder::FolderVault;
use mohor_vault_s3::S3Vault;
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc, time::Duration};

/// `store` without a renderer.
struct Hollow {
    ledger: Arc<dyn Ledger>,
    vault: Arc<dyn Vault>,
}

#[async_trait]
impl Step for Hollow {
    fn stage(&self) -> Stage {
        Stage::Store
    }

    fn batch(&self) -> usize {
        128
    }

    async fn run(&self, items: &[String]) -> Result<Vec<Outcome>> {
        let uins: Vec<Uin> = items.iter().filter_map(|item| Uin::canonical(item).ok()).collect();
        let certificates = self.ledger.certificates(&uins).await?;
        let work = certificates.iter().map(|certificate| (certificate.uin, b"a seal".to_vec())).collect();
        self.ledger.commit_sealed(work).await?;
        let objects: Vec<Object> = certificates.iter().map(|c| object(c.uin.as_str().as_bytes())).collect();
        let stored = certificates.iter().zip(&objects).map(|(certificate, object)| Stored {
            uin: certificate.uin,
            sha256: object.sha256.clone(),
            size: object.bytes.len() as u64,
        });
        let stored = stored.collect();
        self.vault.put(objects).await.into_iter().collect::<Result<()>>()?;
        self.ledger.commit_stored(stored).await?;
        Ok(items.iter().map(|item| Outcome::Done(vec![item.clone()])).collect())
    }
}

fn object(bytes: &[u8]) -> Object {
    Object { sha256: hex::encode(Sha256::digest(bytes)), bytes: bytes.to_vec() }
}

/// The parts, as `wire.rs` of the program puts them together.
struct House {
    ledger: Arc<dyn Ledger>,
    bus: Arc<dyn Bus>,
    telemetry: Arc<Telemetry>,
    stopwatch: Arc<dyn Stopwatch>,
    shutdown: Shutdown,
    workers: Vec<tokio::task::JoinHandle<()>>,
}

impl House {
    async fn open(servers: &Servers, folder: &Path) -> Self {
        let away = servers.place(folder);
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let schemas: std::collections::BTreeMap<&str, &[u8]> =
            mohor_schemas::FILES.iter().map(|(path, bytes)| (*path, *bytes)).collect();
        let catalogue = Catalogue::read(|name| schemas.get(format!("catalogue/{name}").as_str()).copied());
        let catalogue = Arc::new(catalogue.expect("a catalogue"));
        let of = |folder: &'static str| {
            schemas.iter().filter_map(move |(path, bytes)| Some((path.strip_prefix(folder)?, *bytes)))
        };
        let services = Arc::new(Services::load(of("services/"), &catalogue).expect("services"));
        let checks = Checks::new(catalogue.clone(), services.clone(), of("events/")).expect("checks");
        let districts = catalogue.bsks.values().map(|bsk| (bsk.code.clone(), bsk.district.clone())).collect();
        let file = |name: &str| *schemas.get(format!("catalogue/{name}").as_str()).expect("a file");
        let calendar = Calendar::read(file("holidays.csv")).expect("holidays");
        let rules = Rules::read(file("limits.csv"), calendar, Ladder::default()).expect("limits");
        let reference = Reference { districts, rules, names: None };
        let reach = Reach { url: format!("{}?sslmode=disable", away.database), password: None, connections: 16 };
        let postgres = PostgresLedger::connect(&reach, entropy.clone(), reference).expect("a ledger");
        postgres.migrate().await.expect("a schema");
        let ledger: Arc<dyn Ledger> = Arc::new(postgres);
        let settings = mohor_bus_rabbitmq::Settings {
            url: away.amqp.clone(),
            password: None,
            authorities: None,
            keeper: true,
            prefetch: |_| 512,
        };
        let bus: Arc<dyn Bus> = Arc::new(RabbitBus::open(&settings).expect("a bus"));
        let vault: Arc<dyn Vault> = Arc::new(FolderVault::open(folder.join("vault")).expect("a vault"));
        let telemetry = Arc::new(Telemetry::new().expect("metrics"));
        let now = ledger.now().await.expect("the time");
        let keys = folder.join("keys");
        let signer = KeyFileSigner::open_or_generate(&keys, SealAlgorithm::EcdsaP256, now, entropy.as_ref());
        let signer: Arc<dyn Signer> = Arc::new(signer.expect("keys"));
        ledger.add_credential_key(signer.credential_key()).await.expect("a key");
        let planner = Planner {
            services,
            catalogue,
            verify_host: "verify.mohor.example".into(),
            credential_kid: signer.credential_key().kid,
            seal: SealPlan {
                key_id: signer.seal_key().key_id,
                chain: vec![],
                sub_filter: "ETSI.CAdES.detached".into(),
            },
            specimen: true,
        };
        let (l, t) = (|| ledger.clone(), || telemetry.clone());
        let steps: Vec<Arc<dyn Step>> = vec![
            Arc::new(Intake { ledger: l(), checks: Arc::new(checks), telemetry: t(), local: true }),
            Arc::new(Mint { ledger: l(), planner: Arc::new(planner), entropy, telemetry: t() }),
            Arc::new(Sign { ledger: l(), signer, telemetry: t() }),
            // As many as the program has on two cores.
            Arc::new(Hollow { ledger: l(), vault: vault.clone() }),
            Arc::new(Hollow { ledger: l(), vault: vault.clone() }),
            Arc::new(Hollow { ledger: l(), vault }),
            Arc::new(Notify { ledger: l() }),
        ];
        let (shutdown, stopwatch): (Shutdown, Arc<dyn Stopwatch>) =
            (Shutdown::default(), Arc::new(Monotonic::default()));
        let bell: Arc<tokio::sync::Notify> = Arc::default();
        let runner = Runner {
            bus: bus.clone(),
            inbox: l(),
            bell: bell.clone(),
            upkeep: l(),
            telemetry: t(),
            stopwatch: stopwatch.clone(),
            shutdown: shutdown.clone(),
        };
        while bus.probe().await.is_err() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        let mut workers: Vec<_> = steps.into_iter().map(|step| tokio::spawn(runner.clone().run(step))).collect();
        workers.push(tokio::spawn(Relay { ledger: l(), bus: bus.clone(), bell }.run(shutdown.clone())));
        Self { ledger, bus, telemetry, stopwatch, shutdown, workers }
    }

    /// First submission to last notice; seconds.
    async fn drain(&self, first: usize, count: usize) -> f64 {
        let bodies: Vec<Vec<u8>> =
            samples::many(first + count).into_iter().skip(first).map(|event| event.to_string().into_bytes()).collect();
        let began = self.stopwatch.micros();
        for chunk in bodies.chunks(256) {
            let new = chunk.iter().map(|body| NewDelivery { door: Door::Local, batch: false, body: body.clone() });
            let ids = self.ledger.receive(new.collect()).await.expect("received");
            let due: Vec<Due> = ids.iter().map(|id| id.to_string().into()).collect();
            self.bus.publish(Stage::Intake, &due).await.expect("published");
        }
        for _ in 0..60_000 {
            let census = self.ledger.census().await.expect("a census");
            assert_eq!(census.parked, 0, "nothing is parked");
            if census.ready == (first + count) as u64 {
                return (self.stopwatch.micros() - began) as f64 / 1e6;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it does not drain: {:?}", self.ledger.census().await);
    }
}

/// So many documents of their real size through a vault, as three workers of `store` put them; objects a second.
async fn put(vault: Arc<dyn Vault>, stopwatch: &dyn Stopwatch) -> f64 {
    const DOCUMENTS: usize = 1_500;
    let began = stopwatch.micros();
    let workers = (0..3usize).map(|worker| {
        let vault = vault.clone();
        tokio::spawn(async move {
            for batch in 0..DOCUMENTS / 3 / 8 {
                let bytes = |n: usize| {
                    let mut bytes = vec![b'x'; 54_000];
                    bytes[..24].copy_from_slice(format!("{worker:08}{batch:08}{n:08}").as_bytes());
                    object(&bytes)
                };
                let results = vault.put((0..8).map(bytes).collect()).await;
                assert!(results.iter().all(Result::is_ok), "every document is put");
            }
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.await.expect("a worker");
    }
    (DOCUMENTS / 3 / 8 * 8 * 3) as f64 / ((stopwatch.micros() - began) as f64 / 1e6)
}

fn main() {
    let counts: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let counts = if counts.is_empty() { vec![2_000, 20_000] } else { counts };
    let servers = Servers::start();
    let folder = tempfile::tempdir().expect("a folder");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let house = House::open(&servers, folder.path()).await;
        // Connections, statements and pages warm up.
        house.drain(0, 500).await;
        let (mut first, mut times) = (500, Vec::new());
        for count in &counts {
            house.telemetry.keep_samples();
            let cpu = process_cpu_micros();
            let seconds = house.drain(first, *count).await;
            first += count;
            let cpu = (process_cpu_micros() - cpu) as f64 / 1e3 / *count as f64;
            println!(
                "{count} certificates in {seconds:.1} s: {:.0}/s, {cpu:.2} CPU-ms each here",
                *count as f64 / seconds
            );
            for stage in Stage::ALL {
                if let Some((_, p50, p99)) = house.telemetry.percentiles(stage) {
                    println!("  {:>6}: a batch takes {p50:.0} ms, one in a hundred {p99:.0} ms", stage.as_str());
                }
            }
            times.push(seconds);
        }
        if let (Some(one), Some(last)) = (times.first(), times.last()) {
            println!("the last took {:.1} times as long as the first", last / one);
        }
        house.shutdown.begin();
        for worker in house.workers {
            worker.await.expect("a worker");
        }
        house.bus.close().await;
        let documents: Arc<dyn Vault> = Arc::new(FolderVault::open(folder.path().join("apart")).expect("a vault"));
        println!("folder vault, 54 KB each: {:.0} objects/s", put(documents, house.stopwatch.as_ref()).await);
        let settings = mohor_vault_s3::Settings {
            bucket: "mohor".into(),
            prefix: "apart/".into(),
            endpoint: servers.setting("S3").into(),
            region: "us-east-1".into(),
            path_style: true,
            access_key_id: servers.setting("S3_ACCESS_KEY").into(),
            secret_access_key: servers.setting("S3_SECRET_KEY").into(),
            authorities: vec![],
            read_only: false,
        };
        let s3 = S3Vault::open(settings, Arc::new(SystemEntropy), Arc::new(MachineClock)).expect("a vault");
        println!("S3 vault (s3s-fs), 54 KB each: {:.0} objects/s", put(Arc::new(s3), house.stopwatch.as_ref()).await);
    });
    std::mem::forget(runtime);
}
