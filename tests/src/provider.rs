//! A sign-in provider that others wrote and had certified, and a browser without scripts that goes there and comes back.

use crate::{
    house::{House, Started},
    patience::PATIENCE,
    tools, tree,
};
use mohor_ports::suite::need;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::PathBuf,
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
};

/// The provider as a process, and what it knows.
pub struct Provider {
    started: Option<Started>,
    folder: PathBuf,
    port: u16,
    portal: String,
    known: Value,
}

/// A port that is free now, and that the system gives to nobody by itself: those begin at 32768.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let own = std::process::id().wrapping_mul(61);
    let mut ports =
        (0..10_000).map(|_| 20_000 + (own.wrapping_add(NEXT.fetch_add(1, Ordering::SeqCst)) % 12_000) as u16);
    ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
}

/// Whether the provider can be started here.
pub fn ready() -> bool {
    tools::ready(&["node", &package()])
}

fn package() -> String {
    tools::packages("provider").join("oidc-provider/package.json").to_string_lossy().into_owned()
}

impl Provider {
    /// Starts one for a portal at that address; it signs with `alg`.
    pub fn start(house: &House, portal: &str, alg: &str) -> Self {
        let folder = house.folder().join("provider");
        std::fs::create_dir_all(&folder).expect("a folder");
        let known = json!({"alg": alg, "people": {}, "forge": null, "user_info": false});
        let mut provider = Self { started: None, folder, port: free_port(), portal: portal.into(), known };
        provider.say(|_| {});
        provider.restart();
        provider
    }

    /// Starts it, at the same address, knowing what it was told.
    pub fn restart(&mut self) {
        self.started = None;
        need::assert_asked(&package());
        let mut command = tools::command("node");
        command.arg(tree::root().join("tests/provider/provider.mjs")).arg(&self.folder);
        command.arg(self.port.to_string()).arg(&self.portal).stdin(Stdio::null());
        command.env("MOHOR_PROVIDER_PACKAGES", tools::packages("provider"));
        let mut started = Started::new(command);
        started.wait_for("listening");
        self.started = Some(started);
    }

    /// It is gone.
    pub fn stop(&mut self) {
        self.started = None;
    }

    /// Where it is; another site than the portal's 127.0.0.1.
    pub fn issuer(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    /// Changes what it knows.
    pub fn say(&mut self, change: impl FnOnce(&mut Value)) {
        change(&mut self.known);
        std::fs::write(self.folder.join("control.json"), self.known.to_string()).expect("written");
    }

    /// Somebody with these claims, who signs in there with this strength.
    pub fn person(&mut self, login: &str, acr: &str, claims: Value) {
        self.say(|known| known["people"][login] = json!({"acr": acr, "claims": claims}));
    }

    /// How tokens are spoilt from now on; empty: not at all.
    pub fn forge(&mut self, how: &str) {
        self.say(|known| known["forge"] = json!(how));
    }

    /// The configuration that names it, with two rules: supervisors of a department, and of the State.
    pub fn settings(&self, more: &str) -> String {
        let secret = self.folder.join("secret");
        std::fs::write(&secret, format!("a secret of the tests, {}\n", "x".repeat(32))).expect("written");
        format!(
            "[oidc]\nissuer = {:?}\nclient_id = \"mohor\"\nclient_secret_file = {secret:?}\nportal = {:?}\n\
             name = \"Bangla SSO\"\nname_bn = \"বাংলা প্রবেশ\"\nscopes = [\"profile\", \"mohor\"]\n{more}\n\
             [[oidc.rules]]\nclaim = \"groups\"\nvalues = [\"mohor-supervisor\"]\npost = \"supervisor\"\n\
             department = \"department\"\n\
             [[oidc.rules]]\nclaim = \"groups\"\nvalues = [\"mohor-state\"]\npost = \"supervisor\"\n",
            self.issuer(),
            self.portal
        )
    }
}

/// An answer.
#[derive(Debug)]
pub struct Page {
    /// Its status.
    pub status: u16,
    /// Where it leads.
    pub location: String,
    /// Its text.
    pub body: String,
    /// Its cookies, whole.
    pub cookies: Vec<String>,
}

/// A browser that keeps cookies and follows nothing by itself.
pub struct Walk {
    agent: ureq::Agent,
    /// By address, then by name: value, and whether it stays at home when one comes from another site.
    jar: BTreeMap<String, BTreeMap<String, (String, bool)>>,
}

impl Default for Walk {
    fn default() -> Self {
        Self::new()
    }
}

impl Walk {
    /// One without any cookie.
    pub fn new() -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self { agent, jar: BTreeMap::new() }
    }

    /// GET.
    pub fn get(&mut self, url: &str) -> Page {
        self.go(url, None)
    }

    /// POST of a form.
    pub fn post(&mut self, url: &str, form: &str) -> Page {
        self.go(url, Some(form))
    }

    /// The value of a cookie.
    pub fn cookie(&self, address: &str, name: &str) -> Option<String> {
        self.jar.get(address)?.get(name).map(|(value, _)| value.clone())
    }

    fn go(&mut self, url: &str, form: Option<&str>) -> Page {
        let address = address(url);
        let from_elsewhere = url.contains("/sign-in/back");
        let jar = self.jar.entry(address.to_owned()).or_default();
        let brought = jar.iter().filter(|(_, (_, strict))| !(from_elsewhere && *strict));
        let cookies: Vec<String> = brought.map(|(name, (value, _))| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let result = match form {
            None => self.agent.get(url).header("cookie", &cookies).call(),
            Some(form) => self
                .agent
                .post(url)
                .header("cookie", &cookies)
                .header("content-type", "application/x-www-form-urlencoded")
                .send(form),
        };
        let mut answer = result.unwrap_or_else(|error| panic!("{url}: {error}"));
        let texts = |name: &str| -> Vec<String> {
            let values = answer.headers().get_all(name).iter();
            values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
        };
        let (cookies, location) = (texts("set-cookie"), texts("location").pop().unwrap_or_default());
        for cookie in &cookies {
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let attributes = attributes.to_lowercase();
            if value.is_empty() || attributes.contains("max-age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.into(), (value.into(), attributes.contains("samesite=strict")));
            }
        }
        let location = if location.starts_with('/') { format!("{address}{location}") } else { location };
        let status = answer.status().as_u16();
        Page { status, location, body: answer.body_mut().read_to_string().expect("text"), cookies }
    }

    /// Leaves the portal for the provider, signs in there as this user, and gives the address that leads back.
    pub fn away(&mut self, portal: &str, user: &str) -> String {
        let mut page = self.get(&format!("{portal}/sign-in/away"));
        for _ in 0..8 {
            assert!(matches!(page.status, 302 | 303), "{page:?}");
            let here = page.location.clone();
            if here.starts_with(portal) {
                return here;
            }
            page = self.get(&here);
            if page.status == 200 {
                page = self.post(&here, &format!("user={user}"));
            }
        }
        panic!("the provider leads nowhere: {page:?}");
    }
}

fn address(url: &str) -> &str {
    let after = url.find("://").map_or(0, |at| at + 3);
    let end = url[after..].find(['/', '?']).map_or(url.len(), |at| after + at);
    &url[..end]
}
