//! TLS to each server: trusted by the authority that is configured, and by nobody else's.

use crate::{assert_each_once, wait_until_ready};
use mohor_tests::{
    house::{House, Started},
    samples,
    servers::Servers,
    tools,
};
use std::path::PathBuf;

/// Ends TLS in front of servers: CERTIFICATE KEY TARGET... ; prints a port for each.
const ENDS_TLS: &str = r#"
import socket, ssl, sys, threading
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])

def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
    except OSError:
        pass
    for end in (source, sink):
        try: end.shutdown(socket.SHUT_RDWR)
        except OSError: pass

def serve(client, target):
    try:
        client = context.wrap_socket(client, server_side=True)
        server = socket.create_connection(target)
    except OSError:
        return
    for end in (client, server):
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    threading.Thread(target=pump, args=(client, server), daemon=True).start()
    pump(server, client)

def listen(listener, target):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, target), daemon=True).start()

for word in sys.argv[3:]:
    host, port = word.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    thread = threading.Thread(target=listen, args=(listener, (host, int(port))))
    thread.start()
"#;

/// A certificate for this machine, signed by itself: certificate and key.
fn certificate(house: &House, name: &str) -> (PathBuf, PathBuf) {
    let config = house.file("openssl.conf", "[req]\ndistinguished_name=name\n[name]\n");
    let (certificate, key) = (house.folder().join(format!("{name}.pem")), house.folder().join(format!("{name}.key")));
    let words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
                 -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -addext basicConstraints=critical,CA:FALSE";
    let mut command = tools::command("openssl");
    command
        .args(words.split_whitespace())
        .arg("-config")
        .arg(config)
        .arg("-out")
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key);
    let done = command.output().expect("openssl starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    (certificate, key)
}

fn place(url: &str) -> String {
    let rest = url.rsplit_once('@').map_or_else(|| url.trim_start_matches("http://"), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

#[test]
fn every_server_is_reached_by_tls_and_only_the_configured_authority_is_believed() {
    let python = tools::python("python");
    if !tools::ready(&[&python, "openssl"]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let (good, key) = certificate(&house, "good");
    let (other, _) = certificate(&house, "other");
    let script = house.file("ends_tls.py", ENDS_TLS);
    let mut command = tools::command(&python);
    command.arg(script).args([&good, &key]).args([place(&away.amqp), place(&away.s3)]);
    let mut proxy = Started::new(command);
    let ports = proxy.until("two ports", |this| {
        let ports: Vec<String> = this.heard().lines().map(str::to_owned).collect();
        (ports.len() == 2).then_some(ports)
    });
    let root = PathBuf::from(servers.setting("SERVERS")).join("postgres.pem");
    let environment = |authority: &PathBuf, root: &PathBuf| {
        let text = |path: &PathBuf| path.to_str().expect("a path").to_owned();
        let amqps =
            away.amqp.replace("amqp://", "amqps://").replace(&place(&away.amqp), &format!("localhost:{}", ports[0]));
        [
            ("MOHOR__LEDGER", format!("{}?sslmode=verify-full&sslrootcert={}", away.database, text(root))),
            ("MOHOR__BUS", amqps),
            ("MOHOR__BUS_CA_FILE", text(authority)),
            ("MOHOR__S3__ENDPOINT", format!("https://localhost:{}", ports[1])),
            ("MOHOR__S3__CA_FILE", text(authority)),
        ]
    };
    let run = |words: &[&str], authority: &PathBuf, root: &PathBuf| {
        let mut command = house.command(words);
        command.envs(environment(authority, root)).env("MOHOR_LOG", "info");
        Started::new(command)
    };
    let workers = [("all".to_owned(), run(&["run", "--listen", "127.0.0.1:0"], &good, &root))];
    let file = house.events(&(1..=5).map(samples::caste).collect::<Vec<_>>());
    let submitted = run(&["submit", file.to_str().expect("a path")], &good, &root).finish();
    assert_eq!(submitted.code, Some(0), "{submitted:?}");
    wait_until_ready(away, 5, &workers);
    let checked = run(&["check-config"], &good, &root).finish();
    assert_eq!(checked.code, Some(0), "{checked:?}");
    // Somebody in between, with a certificate of his own for the same name.
    let checked = run(&["check-config"], &other, &root).finish();
    assert_eq!(checked.code, Some(1), "{checked:?}");
    for (dependency, verdict) in [("ledger", "well"), ("bus", "FAILS"), ("vault", "FAILS")] {
        let line = checked.out.lines().find(|line| line.starts_with(dependency)).unwrap_or_default();
        assert!(line.contains(verdict), "{dependency}: {checked:?}");
    }
    let checked = run(&["check-config"], &good, &other).finish();
    assert_eq!(checked.code, Some(2), "a ledger that cannot be believed is not opened: {checked:?}");
    assert!(checked.err.contains("certificate"), "{checked:?}");
    drop(workers);
    assert_each_once(&house, 5);
}
