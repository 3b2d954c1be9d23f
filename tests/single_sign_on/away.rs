//! A provider that is away, slow or endless, and what `check-config` says of it.

use super::{Place, STRONG, is_in, is_refused, run, supervisor};
use mohor_tests::{
    account::Account,
    house::House,
    provider::{Provider, Walk, free_port, ready},
    until,
};
use serde_json::json;
use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};

#[test]
fn a_provider_that_is_away_slow_or_endless_leaves_the_password() {
    if !ready() {
        return;
    }
    let mut place = Place::open(House::new(), "RS256", &format!("user_info = true\nprovision = true\n{STRONG}"));
    place.provider.say(|known| known["user_info"] = json!(true));
    place.provider.restart();
    place.provider.person("rekha", "urn:two", supervisor("BCW"));
    is_in(&place.sign_in(&mut Walk::new(), "rekha"));
    place.provider.forge("userinfo");
    is_refused(&place.sign_in(&mut Walk::new(), "rekha"), "UserInfo of somebody else");
    place.provider.forge("");

    // Gone between the way there and the way back.
    let mut walk = Walk::new();
    let back = walk.away(&place.portal, "rekha");
    place.provider.stop();
    let page = walk.get(&back);
    assert!(page.status == 503 && page.body.contains("cannot be reached right now"), "{page:?}");
    let form = Account::supervisor(&place.house, "state", &[]).form(&place.house);
    let mut walk = Walk::new();
    assert_eq!(walk.post(&format!("{}/sign-in", place.portal), &form).status, 303, "the password opens");
    assert_eq!(place.office(&mut walk).status, 200);

    // Back with other keys: they are asked for anew, though not with every sign-in.
    place.provider.restart();
    let page = until("a sign-in by the new keys", || {
        Some(place.sign_in(&mut Walk::new(), "rekha")).filter(|page| ![403, 503].contains(&page.status))
    });
    is_in(&page);
    drop(place);

    // One that says nothing, and one that does not end.
    let more = format!("provision = true\n{STRONG}");
    for endless in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let asked = Arc::new(AtomicU32::new(0));
        let counted = asked.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::SeqCst);
                say_nothing_or_no_end(stream, endless);
            }
        });
        let house = House::new();
        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let (own, folder) = (free_port(), house.folder().join("provider"));
        std::fs::create_dir_all(&folder).expect("a folder");
        let portal = format!("http://127.0.0.1:{own}");
        let settings = format!(
            "[oidc]\nissuer = \"http://localhost:{port}\"\nclient_id = \"mohor\"\nportal = {portal:?}\n{more}\n\
             [[oidc.rules]]\nclaim = \"groups\"\nvalues = [\"x\"]\npost = \"supervisor\"\n"
        );
        let _runner = run(&house, own, &settings);
        // Sooner than a browser gives up: this one waits for half a minute.
        let page = Walk::new().get(&format!("{portal}/sign-in/away"));
        assert_eq!(page.status, 503, "{page:?}");
        let once = asked.load(Ordering::SeqCst);
        assert!(once > 0, "it was asked");
        assert_eq!(Walk::new().get(&format!("{portal}/sign-in/away")).status, 503);
        assert_eq!(asked.load(Ordering::SeqCst), once, "whoever comes next does not wait: nobody is asked for it");
    }
}

fn say_nothing_or_no_end(mut stream: std::net::TcpStream, endless: bool) {
    thread::spawn(move || {
        let mut asked = [0; 1024];
        let _ = stream.read(&mut asked);
        if !endless {
            thread::sleep(Duration::from_secs(30));
            return;
        }
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let mut more = stream.write_all(head.as_bytes());
        // Sixteen megabytes at most: whoever reads on has read too much long before.
        for _ in 0..1024 {
            more = more.and_then(|()| stream.write_all(format!("4000\r\n{}\r\n", " ".repeat(0x4000)).as_bytes()));
        }
    });
}

#[test]
fn check_config_names_the_provider_or_what_is_wrong() {
    if !ready() {
        return;
    }
    let house = House::new();
    assert_eq!(house.run(["keys", "demo"]).code, Some(0));
    let mut provider = Provider::start(&house, "http://127.0.0.1:8470", "RS256");
    let settings = provider.settings(STRONG);
    let check = |settings: &str| {
        let file = house.file("oidc.toml", settings);
        let output = house.command(["check-config"]).env("MOHOR_CONFIG", file).output().expect("it starts");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        (output.status.code(), said)
    };
    let (code, said) = check(&settings);
    assert!(code == Some(0) && said.contains(&provider.issuer()) && said.contains("RS256 ES256"), "{said}");
    provider.stop();
    let (code, said) = check(&settings);
    assert!(code == Some(1) && said.contains("cannot be reached"), "{said}");
    let (code, said) = check(&settings.replace("http://localhost", "http://sso.example.in"));
    assert!(code != Some(0) && said.contains("oidc.issuer") && said.contains("https"), "{said}");
    let (code, said) = check(&settings.replace("department = \"department\"", "office = \"department\""));
    assert!(code == Some(2) && said.contains("rule 1 of `oidc.rules`"), "{said}");
}
