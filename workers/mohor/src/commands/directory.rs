//! `mohor directory`: a department's offices, officers and who is in charge of what, loaded as a whole from a file.

use crate::{
    cli::{GOOD, NO},
    wire::Parts,
};
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use mohor_domain::{
    civil::{Instant, end_of, parse_date},
    directory::{self, Charge, Directory, Fault, MAX_BYTES, Wish},
};
use mohor_ports::ledger::{Act, Loaded};
use serde_json::{Value, json};
use std::{io::Read, path::Path};

/// Directories.
#[derive(Debug, Subcommand)]
pub enum DirectoryAction {
    /// Load a department's directory from a CSV or JSON file, as a whole or not at all.
    Load {
        /// Letters of the department.
        department: String,
        /// The file; schemas/README.md says what is in it.
        file: std::path::PathBuf,
        /// Write nothing, only say what is wrong or what would change.
        #[arg(long)]
        check: bool,
    },
    /// The offices of a department, and who is in charge of them.
    Show {
        /// Letters of the department.
        department: String,
        /// Who was, or will be: a day, or a time with its offset.
        #[arg(long, value_name = "DATE")]
        at: Option<String>,
    },
    /// What intake refuses of a department once its directory is loaded.
    #[command(group(clap::ArgGroup::new("what").required(true).multiple(true)))]
    Require {
        /// Letters of the department.
        department: String,
        /// Events of an office that the directory does not know.
        #[arg(long, group = "what")]
        offices: bool,
        /// Acts of an officer who was not in charge.
        #[arg(long, group = "what")]
        officers: bool,
        /// Nothing.
        #[arg(long, group = "what", conflicts_with_all = ["offices", "officers"])]
        none: bool,
    },
}

/// Runs the chosen action.
pub async fn run(parts: Parts, action: DirectoryAction, json: bool) -> Result<u8> {
    match action {
        DirectoryAction::Load { department, file, check } => load(&parts, &department, &file, check, json).await,
        DirectoryAction::Show { department, at } => show(&parts, &department, at.as_deref(), json).await,
        DirectoryAction::Require { department, offices, officers, .. } => {
            known(&parts, &department)?;
            let wish = Wish { offices, officers };
            let words = words(wish);
            parts.ledger.set_wish(&department, wish, act("directory.require", &department, words)).await?;
            let loaded = parts.ledger.directory(&department).await?.is_some();
            if json {
                say!("{}", json!({"department": department, "require": wish, "loaded": loaded}));
            } else {
                say!("{department}: intake refuses {words}");
                if !loaded {
                    say!("this takes effect with the first `mohor directory load {department} FILE`");
                }
            }
            Ok(GOOD)
        }
    }
}

fn words(wish: Wish) -> &'static str {
    match (wish.offices, wish.officers) {
        (true, true) => "unknown offices and officers who are not in charge",
        (true, false) => "unknown offices",
        (false, true) => "officers who are not in charge",
        (false, false) => "nothing by the directory",
    }
}

async fn load(parts: &Parts, department: &str, file: &Path, check: bool, json: bool) -> Result<u8> {
    known(parts, department)?;
    let bytes = contents(file, MAX_BYTES)?;
    let file = match directory::read(&bytes, department, &parts.catalogue) {
        Ok(file) => file,
        Err(faults) => return Ok(refused(&faults, json)),
    };
    let before = parts.ledger.directory(department).await?;
    let version = file.version;
    let act = act("directory.load", department, &format!("version {version}"));
    let (loaded, directory) = parts.ledger.load_directory(file, act, check).await?;
    if let Loaded::Behind(last) = loaded {
        let words = format!("version {last} is loaded; give the file a larger `version`");
        return Ok(refused(&[Fault { record: "the file".into(), field: "version".into(), rule: words }], json));
    }
    let now = parts.ledger.now().await?;
    let change = directory.change(before.as_deref());
    let vacant = directory.vacant(now);
    if json {
        let vacant: Value = vacant.iter().map(|(office, post)| json!({"office": office, "post": post})).collect();
        let same = loaded == Loaded::Same;
        say!(
            "{}",
            json!({"department": department, "version": version, "checked": check, "same": same, "change": change,
                   "vacant": vacant})
        );
        return Ok(GOOD);
    }
    let done = match (loaded, check) {
        (Loaded::Same, _) => "is loaded already",
        (_, true) => "could be loaded",
        (_, false) => "is loaded",
    };
    say!("{department}: version {version} {done}");
    say!(
        "offices: {} new, {} closed; charges: {} new, {} ended",
        change.offices_new,
        change.offices_closed,
        change.charges_new,
        change.charges_ended
    );
    for (office, post) in vacant {
        say!("nobody is in charge: {office}, {}", post.as_str());
    }
    Ok(GOOD)
}

/// What is read of a file is never much more than it may have.
pub(super) fn contents(file: &Path, most: usize) -> Result<Vec<u8>> {
    let open = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut bytes = Vec::new();
    open.take(most as u64 + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(bytes)
}

/// Says what is wrong with a file of which nothing was loaded.
pub(super) fn refused(faults: &[Fault], json: bool) -> u8 {
    if json {
        let row = |fault: &Fault| json!({"record": fault.record, "field": fault.field, "rule": fault.rule});
        say!("{}", json!({"faults": faults.iter().map(row).collect::<Value>()}));
    } else {
        faults.iter().for_each(|fault| tell!("{fault}"));
        tell!("nothing was loaded; mend the file and load it again");
    }
    NO
}

async fn show(parts: &Parts, department: &str, at: Option<&str>, json: bool) -> Result<u8> {
    known(parts, department)?;
    let at = match at {
        None => parts.ledger.now().await?,
        Some(text) => moment(text).context("`--at` is a day, 2026-11-24, or a time with its offset")?,
    };
    let Some(directory) = parts.ledger.directory(department).await? else {
        tell!("{department} has no directory; `mohor directory load {department} FILE` loads one");
        return Ok(NO);
    };
    let wish = parts.ledger.wish(department).await?;
    if json {
        say!("{}", object(&directory, wish, at));
        return Ok(GOOD);
    }
    say!("{department}: version {}, intake refuses {}", directory.version, words(wish));
    for office in directory.offices.iter().filter(|office| office.until.is_none_or(|until| at < until)) {
        let districts = if office.districts.is_empty() { "the whole State".into() } else { office.districts.join(" ") };
        say!("{}  {}  ({districts})", office.code, office.name.en);
        for charge in directory.charges_of(&office.code).iter().filter(|charge| charge.at(at)) {
            let who = directory.officer(&charge.officer);
            let who = who.map(|who| format!("{}, {}", who.name, who.designation)).unwrap_or_default();
            say!("    {}: {who} ({})  {}", charge.post.as_str(), charge.officer, period(charge));
        }
    }
    for (office, post) in directory.vacant(at) {
        say!("nobody is in charge: {office}, {}", post.as_str());
    }
    Ok(GOOD)
}

fn period(charge: &Charge) -> String {
    let until = charge.until.map(|until| format!(" until {}", until.rfc3339())).unwrap_or_default();
    let services = if charge.services.is_empty() { String::new() } else { format!("  {}", charge.services.join(" ")) };
    let additional = if charge.additional { "  additional" } else { "" };
    format!("since {}{until}{services}{additional}", charge.from.rfc3339())
}

fn object(directory: &Directory, wish: Wish, at: Instant) -> Value {
    let seats = |office: &directory::Office| -> Value {
        let charges = directory.charges_of(&office.code).iter().filter(|charge| charge.at(at));
        charges
            .map(|charge| {
                let who = directory.officer(&charge.officer);
                json!({"post": charge.post, "officer_id": charge.officer, "name": who.map(|who| &who.name),
                       "designation": who.map(|who| &who.designation), "login": who.and_then(|who| who.login.as_ref()),
                       "from": charge.from, "until": charge.until, "services": charge.services,
                       "additional": charge.additional})
            })
            .collect()
    };
    let offices: Value = directory
        .offices
        .iter()
        .filter(|office| office.until.is_none_or(|until| at < until))
        .map(|office| {
            json!({"code": office.code, "name": office.name, "districts": office.districts,
                   "appellate_office": office.appellate_office, "reviewing_office": office.reviewing_office,
                   "in_charge": seats(office)})
        })
        .collect();
    let vacant: Value =
        directory.vacant(at).iter().map(|(office, post)| json!({"office": office, "post": post})).collect();
    json!({"department": directory.department, "version": directory.version, "require": wish, "at": at,
           "offices": offices, "vacant": vacant})
}

/// Noon of a day, or a time.
fn moment(text: &str) -> Option<Instant> {
    const HALF: i64 = 12 * 60 * 60 * 1000;
    parse_date(text).map(|day| end_of(day).plus_millis(-HALF)).or_else(|| Instant::parse(text))
}

fn known(parts: &Parts, department: &str) -> Result<()> {
    if !parts.catalogue.departments.contains_key(department) {
        bail!("`{department}` is no department; schemas/catalogue/departments.csv lists them");
    }
    Ok(())
}

fn act(word: &str, department: &str, detail: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: department.into(), detail: detail.into() }
}
