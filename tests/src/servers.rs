//! PostgreSQL, RabbitMQ and S3: those that `./infra/test` started, or some of a test's own that it may break.

use crate::{tools, tree};
use base64ct::{Base64, Encoding};
use mohor_ports::suite::{
    need,
    servers::{name, server},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};
use tempfile::TempDir;

/// The users at the database: one for each role of the program, and one for the person at the command line.
const ROLES: [&str; 9] = ["intake", "mint", "sign", "store", "notify", "sla", "reconcile", "portal", "operator"];
const ROLE_PASSWORD: &str = "roles";

/// An id as the program makes them (RFC 9562, version 7) as an expression of SQL, of two others: the milliseconds it was
/// made at and a number. What came later sorts later, so the rows of one time lie beside one another.
pub fn id_at(millis: &str, number: &str) -> String {
    format!("(lpad(to_hex(({millis})::bigint), 12, '0') || '70008' || lpad(to_hex(({number})::bigint), 15, '0'))::uuid")
}

/// Running servers.
pub struct Servers {
    settings: BTreeMap<String, String>,
    own: Option<TempDir>,
}

/// A database, a virtual host and a folder of the bucket: nobody else's.
pub struct Away {
    /// The configuration that names them.
    pub config: PathBuf,
    /// Where the S3 server keeps this house's objects.
    pub documents: PathBuf,
    /// The database's URL.
    pub database: String,
    /// The virtual host's name.
    pub vhost: String,
    /// The virtual host's URL, as Mohor's own user.
    pub amqp: String,
    /// The object store's URL.
    pub s3: String,
    http: String,
}

impl Servers {
    /// Those that all tests share; none in a quick run without servers.
    pub fn shared() -> Option<Self> {
        let names = ["SERVERS", "POSTGRES", "AMQP", "AMQP_HTTP", "S3", "S3_ACCESS_KEY", "S3_SECRET_KEY", "S3_FOLDER"];
        let settings = names.iter().map(|name| {
            let name = format!("MOHOR_TEST_{name}");
            server(&name).map(|value| (name, value))
        });
        let settings = settings.collect::<Option<_>>()?;
        need::tools(&["psql"]).then_some(Self { settings, own: None })
    }

    /// Servers of this test's own, ended with it; none in a quick run without servers.
    pub fn own() -> Option<Self> {
        server("MOHOR_TEST_SERVERS")?;
        need::tools(&["psql"]).then(Self::start)
    }

    /// The same, whether or not there are others.
    pub fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("mohor-own").tempdir().expect("a temporary folder");
        act(folder.path(), &["up"]);
        let text = std::fs::read_to_string(folder.path().join("env")).expect("env");
        let settings =
            text.lines().filter_map(|line| line.split_once('=')).map(|(k, v)| (k.into(), v.into())).collect();
        Self { settings, own: Some(folder) }
    }

    /// `infra/servers VERB SERVICE` on servers of this test's own.
    pub fn act(&self, verb: &str, service: &str) {
        let folder = self.own.as_ref().expect("servers that are shared are not broken");
        act(folder.path(), &[verb, service]);
    }

    /// Whether the broker's list of its queues is on its disk. It writes that within seconds, and marks its files as whole;
    /// killed before, it comes up with some queues half there, which then answer nobody.
    pub fn broker_has_written(&self) -> bool {
        /// Where a table of Erlang's `dets` says that it was left whole, and how it says so.
        const WHOLE: (std::ops::Range<usize>, [u8; 4]) = (8..12, [0, 0, 0, 1]);
        let folder = self.own.as_ref().expect("servers that are shared are not broken").path();
        let inside = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
        let nodes =
            inside(&folder.join("rabbitmq/data")).flat_map(|node| inside(&node.join("quorum")).collect::<Vec<_>>());
        let tables: Vec<_> = nodes.flat_map(|node| ["names.dets", "meta.dets"].map(|table| node.join(table))).collect();
        let whole = |table: &std::path::PathBuf| {
            std::fs::read(table).is_ok_and(|bytes| bytes.get(WHOLE.0) == Some(WHOLE.1.as_slice()))
        };
        tables.len() == 2 && tables.iter().all(whole)
    }

    /// What `infra/servers` says of its servers: `MOHOR_TEST_` and this.
    pub fn setting(&self, name: &str) -> &str {
        self.settings.get(&format!("MOHOR_TEST_{name}")).map(String::as_str).unwrap_or_default()
    }

    /// The database's users, one for each role of the program; two tests may make them at once.
    fn make_roles(&self) {
        for role in ROLES {
            let sql = format!(
                "DO $$ BEGIN CREATE ROLE mohor_{role} LOGIN PASSWORD '{ROLE_PASSWORD}';
                 EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            tools::must("psql", ["-qc", &sql, self.setting("POSTGRES")]);
        }
    }

    /// Makes a database and a virtual host, and writes the configuration into `folder`.
    pub fn place(&self, folder: &Path) -> Away {
        let name = name();
        let server = self.setting("POSTGRES");
        self.make_roles();
        tools::must("psql", ["-qc", &format!("CREATE DATABASE \"{name}\""), server]);
        let database = format!("{}/{name}", server.trim_end_matches("/postgres"));
        let amqp = self.setting("AMQP").replace("%2f", &name);
        let secret = folder.join("s3.secret");
        std::fs::write(&secret, self.setting("S3_SECRET_KEY")).expect("a file");
        let config = folder.join("mohor.toml");
        let text = format!(
            "ledger = \"{database}\"\nbus = \"{amqp}\"\nvault = \"s3://mohor/{name}\"\nsigner = \"keyfile:{keys}\"\n\
             generate_demo_keys = true\nlocal_operator = true\n\n\
             [s3]\nendpoint = \"{endpoint}\"\naccess_key_id = \"{key}\"\nsecret_access_key_file = \"{secret}\"\n",
            keys = folder.join("keys").display(),
            endpoint = self.setting("S3"),
            key = self.setting("S3_ACCESS_KEY"),
            secret = secret.display(),
        );
        std::fs::write(&config, text).expect("a file");
        let documents = Path::new(self.setting("S3_FOLDER")).join("mohor").join(&name);
        let http = self.setting("AMQP_HTTP").to_owned();
        let away = Away { config, documents, database, vhost: name, amqp, s3: self.setting("S3").into(), http };
        away.broker("PUT", &format!("vhosts/{}", away.vhost), Some(json!({})));
        away
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(folder) = &self.own {
            act(folder.path(), &["down"]);
        }
    }
}

fn act(folder: &Path, words: &[&str]) {
    let mut command = Command::new(tree::root().join("infra/servers"));
    command.arg(words[0]).arg(folder).args(&words[1..]).stdin(Stdio::null());
    if words[0] == "down" {
        command.env("MOHOR_SERVERS_REMOVE", "1");
    }
    let output = command.output().expect("infra/servers starts");
    assert!(output.status.success(), "infra/servers {words:?}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Away {
    /// Asks the database; the first column of the first row.
    pub fn sql(&self, sql: &str) -> String {
        tools::must("psql", ["-qtAc", sql, &self.database]).trim().to_owned()
    }

    /// Runs the statements of a file.
    pub fn read_in(&self, file: &Path) {
        tools::must("psql", ["-qX", "-v", "ON_ERROR_STOP=1", "-f", &file.display().to_string(), &self.database]);
    }

    /// The database's URL as the user of one role, who may do what that role has to do and nothing else.
    pub fn as_role(&self, role: &str) -> String {
        let place = self.database.split_once('@').expect("a user").1;
        format!("postgres://mohor_{role}:{ROLE_PASSWORD}@{place}")
    }

    /// Asks the database as a role's user: the answer, or why not.
    pub fn sql_as(&self, role: &str, sql: &str) -> Result<String, String> {
        let output = tools::command("psql").args(["-qtAc", sql, &self.as_role(role)]).output().expect("psql starts");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        }
    }

    /// A figure of the ledger.
    pub fn figure(&self, name: &str) -> i64 {
        let sql = format!("SELECT coalesce(sum(value), 0) FROM tally WHERE name = '{name}'");
        self.sql(&sql).parse().expect("a number")
    }

    /// Asks the broker's management interface; the answer, or the status that is none of success.
    pub fn broker(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let (user, place) = self.http.trim_start_matches("http://").split_once('@').expect("a user");
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{place}/api/{path}"))
            .header("authorization", format!("Basic {}", Base64::encode_string(user.as_bytes())))
            .header("content-type", "application/json");
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut answer = agent.run(request.body(body).expect("a request")).expect("the broker answers");
        assert!(answer.status().is_success(), "{method} {path}: {}", answer.status());
        serde_json::from_str(&answer.body_mut().read_to_string().unwrap_or_default()).unwrap_or_default()
    }

    /// Waits until a worker has declared every queue and binding there is to be: before, a message finds no queue.
    pub fn until_declared(&self) {
        let definitions = std::fs::read_to_string(crate::tree::root().join("infra/rabbitmq/definitions.json"));
        let definitions: Value = serde_json::from_str(&definitions.expect("definitions")).expect("JSON");
        let bindings = |all: &Value| -> BTreeSet<[String; 3]> {
            let word = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
            let read = |it: &Value| ["source", "destination", "routing_key"].map(|name| word(it, name));
            all.as_array().into_iter().flatten().map(read).collect()
        };
        let wanted = bindings(&definitions["bindings"]);
        assert!(!wanted.is_empty(), "there are bindings");
        let path = format!("bindings/{}", self.vhost);
        crate::until("the workers to declare the broker's queues", || {
            bindings(&self.broker("GET", &path, None)).is_superset(&wanted).then_some(())
        });
    }

    /// Does at the broker what `mohor keys department --amqp` printed for its administrator; the user's URL.
    pub fn grant(&self, commands: &[String], password: &str) -> String {
        let words = |command: &String| -> Vec<String> {
            command.split_whitespace().map(|word| word.trim_matches('\'').to_owned()).collect()
        };
        let mut user = String::new();
        for command in commands {
            let words = words(command);
            match words[1].as_str() {
                "add_user" => {
                    user.clone_from(&words[2]);
                    self.broker("PUT", &format!("users/{user}"), Some(json!({"password": password, "tags": ""})));
                }
                "set_permissions" => {
                    assert_eq!(words[3], self.vhost);
                    let body = json!({"configure": words[5], "write": words[6], "read": words[7]});
                    self.broker("PUT", &format!("permissions/{}/{user}", self.vhost), Some(body));
                }
                "set_topic_permissions" => {
                    let body = json!({"exchange": words[5], "write": words[6], "read": words[7]});
                    self.broker("PUT", &format!("topic-permissions/{}/{user}", self.vhost), Some(body));
                }
                other => panic!("an unknown command: {other}"),
            }
        }
        let place = self.amqp.split_once('@').expect("a place").1;
        format!("amqp://{user}:{password}@{place}")
    }
}
