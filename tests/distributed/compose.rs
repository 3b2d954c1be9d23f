//! `docker-compose.yml` without containers: every role is started as Compose starts it, from the same environment file,
//! with the secrets and volumes that it mounts and no others, on servers that were prepared by the same scripts.

use crate::assert_each_once;
use mohor_tests::{
    house::{House, Outcome, Started},
    samples,
    servers::Servers,
    tools, tree,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
};

/// The file as Compose reads it, merged.
fn compose(python: &str) -> Value {
    let script = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let file = tree::root().join("docker-compose.yml");
    let text = tools::must(python, ["-c".as_ref(), script.as_ref(), file.as_os_str()]);
    serde_json::from_str(&text).expect("JSON")
}

/// The names of a service's `secrets` or `volumes`: where they are in the container, and what they are.
fn mounts(service: &Value) -> BTreeMap<String, String> {
    let secrets = service["secrets"].as_array().into_iter().flatten().filter_map(|secret| {
        Some((format!("/run/secrets/{}", secret["target"].as_str()?), secret["source"].as_str()?.to_owned()))
    });
    let volumes = service["volumes"].as_array().into_iter().flatten().filter_map(|volume| {
        let (name, place) = volume.as_str()?.split_once(':')?;
        Some((place.split(':').next()?.to_owned(), name.to_owned()))
    });
    secrets.chain(volumes).collect()
}

/// Where things are on this machine instead of in containers.
struct Here {
    secrets: PathBuf,
    keys: PathBuf,
    postgres: String,
    amqp: String,
    s3: String,
}

impl Here {
    /// The environment of a service, every place in it replaced by the one here. What is not mounted leads nowhere.
    fn environment(&self, service: &Value) -> BTreeMap<String, String> {
        let file = tree::root().join(service["env_file"].as_str().expect("an environment file"));
        let text = std::fs::read_to_string(file).expect("an environment file");
        let lines = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('='));
        let mut environment: BTreeMap<String, String> = lines.map(|(k, v)| (k.into(), v.into())).collect();
        for (key, value) in service["environment"].as_object().into_iter().flatten() {
            environment.insert(key.clone(), value.as_str().expect("a text").into());
        }
        let mounts = mounts(service);
        for value in environment.values_mut() {
            *value = value.replace("@postgres/", &format!("@{}/", self.postgres)).replace("rabbitmq:5672", &self.amqp);
            *value = value.replace("http://seaweedfs:8333", &self.s3);
            for (place, name) in &mounts {
                let here = if place == "/keys" { self.keys.clone() } else { self.secrets.join(name) };
                *value = value.replace(place, here.to_str().expect("a path"));
            }
        }
        environment
    }

    fn command(&self, service: &Value, environment: &BTreeMap<String, String>) -> Command {
        let mut command = Command::new(mohor_tests::house::binary());
        let words = service["command"].as_array().expect("a command").iter().map(|word| word.as_str().expect("a word"));
        command.args(words).env_clear().envs(environment).current_dir("/");
        command
    }

    fn once(&self, service: &Value) -> Outcome {
        Started::new(self.command(service, &self.environment(service))).finish()
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}

fn place(url: &str) -> String {
    let rest = url.rsplit_once('@').map_or(url, |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

#[test]
fn every_role_runs_as_compose_starts_it() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::own() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let file = compose(&python);
    let here = Here {
        secrets: house.folder().join("secrets"),
        keys: house.folder().join("volume"),
        postgres: place(&away.database),
        amqp: place(&away.amqp),
        s3: away.s3.clone(),
    };
    prepare(&house, &here);
    let services = file["services"].as_object().expect("services");
    for name in ["migrate", "keys"] {
        let outcome = here.once(&services[name]);
        assert_eq!(outcome.code, Some(0), "{name}: {outcome:?}");
    }
    let mut roles: Vec<(&str, Started, BTreeMap<String, String>)> = Vec::new();
    for (name, service) in services {
        if service["command"][0] != "run" {
            continue;
        }
        let mut environment = here.environment(service);
        // Ports of this machine are shared with others; the store here has one key for both.
        for key in ["MOHOR__OPERATIONS__LISTEN", "MOHOR__PORTAL__LISTEN"] {
            environment.insert(key.into(), format!("127.0.0.1:{}", free_port()));
        }
        if environment.contains_key("MOHOR__S3__ACCESS_KEY_ID") {
            environment.insert("MOHOR__S3__ACCESS_KEY_ID".into(), "mohor".into());
        }
        roles.push((name, Started::new(here.command(service, &environment)), environment));
    }
    let names: Vec<&str> = roles.iter().map(|(name, ..)| *name).collect();
    assert_eq!(
        names,
        ["intake", "mint", "notify", "portal", "reconcile", "sign", "sla", "store"],
        "every role has its service"
    );
    let (_, door, _) = roles.iter_mut().find(|(name, ..)| *name == "portal").expect("the portal");
    let portal = door.portal();
    let count = 10;
    publish(&house, &here, &python, portal.address(), count);
    let ledger = format!("{}/mohor", away.database.rsplit_once('/').expect("a database").0);
    let ready = "SELECT coalesce(sum(value), 0) FROM tally WHERE name = 'ready'";
    let (_, store, _) = roles.iter_mut().find(|(name, ..)| *name == "store").expect("the store");
    store.until("all to be ready", |_| {
        (tools::must("psql", ["-qtAc", ready, &ledger]).trim() == count.to_string()).then_some(())
    });
    let uin = tools::must("psql", ["-qtAc", "SELECT min(uin) FROM certificate", &ledger]).trim().to_owned();
    assert_eq!(portal.get(&format!("/api/v1/verify/{uin}")).json()["verdict"], "genuine");
    for (name, role, environment) in &mut roles {
        let operations = role.operations();
        let said = role.until("/readyz", |_| {
            let answer = operations.get("/readyz");
            (answer.status == 200).then_some(answer.body)
        });
        assert!(said.contains("PostgreSQL"), "{name}: {said}");
        let mut check = Command::new(mohor_tests::house::binary());
        let checked = check.arg("healthcheck").env_clear().envs(&*environment).output().expect("it starts");
        assert!(checked.status.success(), "{name}: {checked:?}");
        // Compose sends SIGTERM first.
        role.signal("TERM");
    }
    for (name, role, _) in roles {
        let outcome = role.finish();
        assert_eq!(outcome.code, Some(0), "{name} drains: {}", outcome.err);
        assert!(!outcome.err.contains("panicked"), "{name}: {}", outcome.err);
    }
    let config = std::fs::read_to_string(&away.config).expect("a configuration");
    let config = config.replace(&away.database, &ledger).replace(&format!("s3://mohor/{}", away.vhost), "s3://mohor");
    std::fs::write(&away.config, config).expect("a configuration");
    assert_each_once(&house, count);
}

/// Secrets, database users and the broker's definitions, by the scripts that Compose uses.
fn prepare(house: &House, here: &Here) {
    let away = house.away().expect("servers");
    tools::must(tree::root().join("infra/secrets/make").to_str().expect("a path"), [&here.secrets]);
    std::fs::create_dir(&here.keys).expect("a folder");
    let (host, port) = here.postgres.split_once(':').expect("a port");
    let password = away.database.split(':').nth(2).and_then(|rest| rest.split('@').next()).expect("a password");
    let init = tree::root().join("infra/postgres/init.sh");
    // Twice: what is there stays.
    for _ in 0..2 {
        let done = Command::new(&init)
            .envs([("PGHOST", host), ("PGPORT", port), ("PGUSER", "postgres"), ("PGPASSWORD", password)])
            .env("SECRETS", &here.secrets)
            .output()
            .expect("the script starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
    for name in ["s3_store", "s3_portal"] {
        let key = std::fs::copy(house.folder().join("s3.secret"), here.secrets.join(name));
        key.expect("the key of the store here");
    }
    let definitions = std::fs::read_to_string(here.secrets.join("rabbitmq_definitions")).expect("definitions");
    let definitions: Value = serde_json::from_str(&definitions).expect("JSON");
    assert_eq!(definitions["users"].as_array().map(Vec::len), Some(1));
    away.broker("POST", "definitions", Some(json!(definitions)));
}

/// A department's key is registered by the operator, and its client sends.
fn publish(house: &House, here: &Here, python: &str, portal: &str, count: usize) {
    let key = house.folder().join("bcw.key.pem");
    let password = std::fs::read_to_string(here.secrets.join("ledger_operator")).expect("a password");
    let mut register = house.command(["keys", "department", "BCW", "--out", key.to_str().expect("a path")]);
    register.env("MOHOR__LEDGER", format!("postgres://mohor_operator:{password}@{}/mohor", here.postgres));
    let made = register.output().expect("it starts");
    assert!(made.status.success(), "{made:?}");
    let events: Vec<Value> = (1..=count).map(samples::caste).collect();
    let file = house.events(&events);
    let script = tree::root().join("infra/examples/publish_http.py");
    let arguments: [&Path; 4] = [&script, Path::new(portal), &key, &file];
    tools::must(python, arguments);
}
