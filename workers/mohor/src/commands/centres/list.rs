//! The list of centres: loaded as a whole, and which is in use.

use crate::{
    cli::{GOOD, NO},
    commands::directory::{contents, refused},
    wire::Parts,
};
use anyhow::Result;
use mohor_domain::{
    catalogue::Catalogue,
    centres::{self, CentreChange, MAX_LIST_BYTES},
};
use mohor_ports::ledger::{Act, CentresLoad, CentresLoaded};
use serde_json::{Value, json};
use std::{collections::BTreeMap, path::Path};

/// Codes of one line, at most; the rest is counted.
const SAID: usize = 20;

/// Loads the State's own list, or says what is wrong with it or what it would change.
pub(super) async fn load(parts: &Parts, file: &Path, check: bool, json: bool) -> Result<u8> {
    let bytes = contents(file, MAX_LIST_BYTES)?;
    let read = match centres::read(&bytes, &parts.catalogue.districts) {
        Ok(read) => read,
        Err(faults) => return Ok(refused(&faults, json)),
    };
    let change = read.list.change(&parts.catalogue.bsks);
    let (name, count) = (read.list.name.clone(), read.list.centres.len());
    let detail = format!(
        "{count} centres: {} new, {} gone, {} renamed, {} in another district",
        change.new.len(),
        change.gone.len(),
        change.renamed.len(),
        change.moved.len()
    );
    // Who is bound to a centre that is gone sees nothing any more: somebody has to move or disable these.
    let people = parts.ledger.people().await?;
    let bound = people.iter().filter(|person| person.disabled_at.is_none()).filter_map(|person| {
        let bsk = person.bounds.bsk.as_ref().filter(|bsk| !read.list.centres.contains_key(*bsk))?;
        Some((bsk.clone(), person.login.clone()))
    });
    let accounts: Vec<(String, String)> = bound.collect();
    let act = Act {
        actor: "operator:local".into(),
        act: "centres.load".into(),
        subject: "centres".into(),
        detail: detail.clone(),
    };
    let loaded = parts.ledger.load_centres(read.list, act, check).await?;
    let (word, version) = match &loaded {
        CentresLoaded::New(version) if check => ("could be loaded", *version),
        CentresLoaded::New(version) => ("is loaded", *version),
        CentresLoaded::Same(version) => ("is loaded already", *version),
        CentresLoaded::Waiting(waiting) => return Ok(still_there(waiting, json)),
    };
    let same = matches!(loaded, CentresLoaded::Same(_));
    // Of a list that is loaded already nothing changes, whatever this process began with.
    let change = if same { CentreChange::default() } else { change };
    if json {
        let accounts: Value = accounts.iter().map(|(bsk, login)| json!({"bsk": bsk, "login": login})).collect();
        say!(
            "{}",
            json!({"list": name, "version": version, "centres": count, "specimen": centres::is_specimen(&name),
                   "checked": check, "same": same, "change": change, "accounts_of_gone": accounts,
                   "passed_over": read.passed_over, "restart": !check && !same})
        );
        return Ok(GOOD);
    }
    say!("version {version} of the list of centres {word}: {count} centres");
    if !same {
        say!("{detail}");
        for (what, codes) in [("gone", &change.gone), ("in another district", &change.moved)] {
            if !codes.is_empty() {
                say!("{what}: {}", some(codes));
            }
        }
    }
    if !read.passed_over.is_empty() {
        say!("columns that were passed over: {}", read.passed_over.join(", "));
    }
    for (bsk, login) in accounts.iter().take(SAID) {
        say!("the account {login} is bound to {bsk}, which is not in the list; `mohor people disable {login}`");
    }
    if accounts.len() > SAID {
        say!("and {} accounts more", accounts.len() - SAID);
    }
    if centres::is_specimen(&name) {
        say!("it calls itself {name}: its centres are made up");
    }
    if !check && !same {
        say!("a process reads the list when it starts: restart the roles (`mohor run`) that are running");
    }
    Ok(GOOD)
}

/// Certificates wait at centres that the list does not have.
fn still_there(waiting: &[(String, u64)], json: bool) -> u8 {
    if json {
        let rows: Value = waiting.iter().map(|(bsk, count)| json!({"bsk": bsk, "certificates": count})).collect();
        say!("{}", json!({"waiting": rows}));
        return NO;
    }
    for (bsk, count) in waiting {
        tell!(
            "{bsk} is not in the list, and {count} certificates wait there; `mohor centres reroute {bsk} TO --reason centre_closed`"
        );
    }
    tell!("nothing was loaded; send on what waits there, then load the list again");
    NO
}

/// Prints which list is in use.
pub(super) fn show(parts: &Parts, json: bool) -> Result<u8> {
    let catalogue = &parts.catalogue;
    let mut districts: BTreeMap<&str, u64> = BTreeMap::new();
    for bsk in catalogue.bsks.values() {
        *districts.entry(&bsk.district).or_default() += 1;
    }
    if json {
        let mut object = object(catalogue, parts.loaded.as_ref());
        object["by_district"] = json!(districts);
        say!("{object}");
        return Ok(GOOD);
    }
    say!("{}", words(catalogue, parts.loaded.as_ref()));
    for (district, count) in districts {
        let name = catalogue.districts.get(district).map_or("", |name| name.en.as_str());
        say!("{district}  {count:>6}  {name}");
    }
    Ok(GOOD)
}

/// The list in use, in words.
pub(in crate::commands) fn words(catalogue: &Catalogue, loaded: Option<&CentresLoad>) -> String {
    let count = catalogue.bsks.len();
    let list = if catalogue.list.is_empty() { String::new() } else { format!(" `{}`", catalogue.list) };
    let made_up = catalogue.centres_are_made_up();
    match loaded {
        Some(load) => format!(
            "{count} centres, version {} of the list{list}, loaded {} by {}{}",
            load.version,
            load.loaded_at.rfc3339(),
            load.actor,
            if made_up { "; they are made up" } else { "" }
        ),
        None if made_up => format!(
            "{count} placeholders, the list{list}: made up, not the State's; `mohor centres load FILE` loads that one"
        ),
        None => format!("{count} centres, the list{list} of the folder that `schemas` names"),
    }
}

/// The same for machines.
pub(in crate::commands) fn object(catalogue: &Catalogue, loaded: Option<&CentresLoad>) -> Value {
    json!({"list": catalogue.list, "specimen": catalogue.centres_are_made_up(), "centres": catalogue.bsks.len(),
           "version": loaded.map(|load| load.version), "loaded_at": loaded.map(|load| load.loaded_at)})
}

fn some(codes: &[String]) -> String {
    let more = codes.len().saturating_sub(SAID);
    let said = codes[..codes.len() - more].join(" ");
    if more == 0 { said } else { format!("{said} and {more} more") }
}
