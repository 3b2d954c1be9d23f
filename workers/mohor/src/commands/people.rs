//! `mohor people`: accounts. A password and a second factor are drawn here, shown once, and kept as a hash and a secret.

use crate::{
    cli::{GOOD, NO, PeopleAction},
    wire::{Parts, is_address},
};
use anyhow::{Context, Result, bail};
use mohor_domain::{
    civil::Instant,
    claims::unknown_bound,
    people::{Place, Post, bounded, is_demo, is_login},
};
use mohor_ports::ledger::{Act, Person, Proof};
use mohor_runtime::account::{self, Given};
use serde_json::{Value, json};

/// Characters of a name, at most.
const LONGEST: usize = 100;

/// Runs the chosen action.
pub async fn run(parts: Parts, action: PeopleAction, json: bool) -> Result<u8> {
    match action {
        PeopleAction::Add { login, name, post, department, district, office, bsk, email, sso } => {
            let bounds = Place { department, district, office, bsk };
            check(&parts, &login, &name, &bounds)?;
            if let Err(needs) = bounded(post, &bounds) {
                bail!("{}: {needs}", post.as_str());
            }
            if email.as_ref().is_some_and(|email| !is_address(email)) {
                bail!("`--email` is one mail address, like rekha.das@wb.gov.in");
            }
            let (given, person) = draw(&parts, &login, &name, post, bounds)?;
            let proof = if sso { Proof::Provider(None) } else { person.proof };
            let person = Person { email, proof, ..person };
            let way = if sso { " by single sign-on" } else { "" };
            let detail = format!("{} {}{way}", post.as_str(), person.bounds.words());
            if !parts.ledger.add_person(person, act("person.add", &login, detail.trim())).await? {
                tell!("`{login}` is taken; a login is one person, for ever: choose another, or reset that account");
                return Ok(NO);
            }
            show(&login, &given, sso, json);
            Ok(GOOD)
        }
        PeopleAction::Code { secret } => {
            // By the ledger's time, which is what signing in goes by.
            let code = account::code(&secret, parts.ledger.now().await?);
            say!("{}", code.context("this is no second factor; give it as it was shown, in base 32")?);
            Ok(GOOD)
        }
        PeopleAction::Reset { login } => {
            let given = account::draw(parts.entropy.as_ref(), &login)?;
            let hashed = account::hash(parts.entropy.as_ref(), &given.password)?;
            let Some(person) = parts.ledger.person(&login).await? else { return Ok(nobody(&login)) };
            let sso = matches!(person.proof, Proof::Provider(_));
            let (hashed, act) = ((!sso).then_some(hashed.as_str()), act("person.reset", &login, ""));
            if !parts.ledger.reset_person(&login, hashed, &given.totp, act).await? {
                return Ok(nobody(&login));
            }
            show(&login, &given, sso, json);
            Ok(GOOD)
        }
        PeopleAction::Unlock { login } => {
            if !parts.ledger.unlock_person(&login, act("person.unlock", &login, "")).await? {
                return Ok(nobody(&login));
            }
            match json {
                true => say!("{}", json!({"login": login, "locked": false})),
                false => say!("{login} is unlocked"),
            }
            Ok(GOOD)
        }
        PeopleAction::Email { login, address, .. } => {
            if address.as_ref().is_some_and(|address| !is_address(address)) {
                bail!("the address is one mail address, like rekha.das@wb.gov.in, or --none");
            }
            // The address itself is in no line: it is a person's.
            let detail = if address.is_some() { "changed" } else { "taken away" };
            if !parts.ledger.set_email(&login, address.as_deref(), act("person.email", &login, detail)).await? {
                return Ok(nobody(&login));
            }
            match json {
                true => say!("{}", json!({"login": login, "email": address})),
                false => say!(
                    "{login} is told {}",
                    address.map_or("nothing by mail".into(), |address| format!("at {address}"))
                ),
            }
            Ok(GOOD)
        }
        PeopleAction::Disable { login } => {
            if !parts.ledger.disable_person(&login, act("person.disable", &login, "")).await? {
                return Ok(nobody(&login));
            }
            if json {
                say!("{}", json!({"login": login, "disabled": true}));
            } else {
                say!("{login} is disabled");
            }
            Ok(GOOD)
        }
        PeopleAction::List => list(&parts, json).await,
    }
}

async fn list(parts: &Parts, json: bool) -> Result<u8> {
    let people = parts.ledger.people().await?;
    if json {
        say!("{}", people.iter().map(row).collect::<Value>());
        return Ok(GOOD);
    }
    if people.is_empty() {
        say!("there is no account yet; `mohor people add LOGIN --post POST --name NAME` makes one");
    }
    for person in &people {
        let state = match (person.disabled_at, person.locked_until) {
            (Some(at), _) => format!("disabled since {}", at.rfc3339()),
            (None, Some(until)) => format!("locked until {}", until.rfc3339()),
            (None, None) => "enabled".into(),
        };
        let (login, post, name) = (&person.login, person.post.as_str(), &person.name);
        let way = if matches!(person.proof, Proof::Provider(_)) { "  single sign-on" } else { "" };
        say!("{login}  {post}  {}  {state}{way}  {name}", person.bounds.words());
    }
    Ok(GOOD)
}

/// An account with a password and a second factor that are drawn now.
pub fn draw(parts: &Parts, login: &str, name: &str, post: Post, bounds: Place) -> Result<(Given, Person)> {
    let given = account::draw(parts.entropy.as_ref(), login)?;
    let person = Person {
        login: login.into(),
        name: name.into(),
        post,
        bounds,
        proof: Proof::Password(account::hash(parts.entropy.as_ref(), &given.password)?),
        totp: Some(given.totp.clone()),
        failures: 0,
        locked_until: None,
        last_step: 0,
        added_at: Instant::from_millis(0),
        disabled_at: None,
        email: None,
    };
    Ok((given, person))
}

/// Logins and names are plain, and the bounds exist.
fn check(parts: &Parts, login: &str, name: &str, bounds: &Place) -> Result<()> {
    if is_demo(login) {
        bail!("a login that begins `demo-` is a demo's, and opens nothing but that; choose another");
    }
    if !is_login(login) {
        bail!(
            "`login` has 3 to 64 small letters, digits, dots, hyphens or underscores, and begins with a letter or digit; \
             a mail address of such characters is one too, and `DOMAIN\\NAME` is written NAME@DOMAIN"
        );
    }
    let printable = name.chars().count() <= LONGEST && mohor_domain::text::fault(name).is_none();
    if name.trim().is_empty() || !printable {
        bail!("`--name` has 1 to {LONGEST} characters that can be printed");
    }
    match unknown_bound(bounds, &parts.catalogue) {
        Some("office") => {
            bail!("`--office` has 1 to 64 printable ASCII characters, as the department's events name it")
        }
        Some(field) => {
            let (code, what) = match field {
                "department" => (&bounds.department, "department"),
                "district" => (&bounds.district, "district"),
                _ => (&bounds.bsk, "centre"),
            };
            let code = code.as_deref().unwrap_or_default();
            bail!("`--{field} {code}` is no {what}; schemas/catalogue/{field}s.csv lists them")
        }
        None => {}
    }
    Ok(())
}

fn act(word: &str, login: &str, detail: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: login.into(), detail: detail.into() }
}

fn nobody(login: &str) -> u8 {
    tell!("no enabled account has the login `{login}`; `mohor people list` shows all");
    NO
}

fn show(login: &str, given: &Given, sso: bool, json: bool) {
    let password = (!sso).then_some(&given.password);
    if json {
        say!("{}", json!({"login": login, "password": password, "totp_secret": given.totp, "totp_url": given.url}));
    } else {
        say!("login          {login}");
        say!("password       {}", password.map_or("none: by single sign-on", String::as_str));
        say!("second factor  {}", given.totp);
        say!("for the app    {}", given.url);
        say!("This is shown once. Hand it over in person; `mohor people reset {login}` draws anew.");
    }
}

fn row(person: &Person) -> Value {
    json!({
        "login": person.login, "name": person.name, "post": person.post, "department": person.bounds.department,
        "email": person.email, "district": person.bounds.district, "office": person.bounds.office, "bsk": person.bounds.bsk,
        "sso": matches!(person.proof, Proof::Provider(_)), "added_at": person.added_at, "disabled_at": person.disabled_at, "locked_until": person.locked_until,
    })
}
