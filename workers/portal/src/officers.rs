//! Figures by the officers in charge: the ledger counts by office and service, the directories say whose that is now.

use mohor_domain::{civil::Instant, directory::Directory, people::Post};
use mohor_ports::{
    error::Result,
    ledger::{Directories, Figures},
};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Figures with keys `<department>/<service>/<office>` put together by the Designated Officers in charge, the most late
/// first. A key is then names with designations and the department; what nobody is in charge of keeps
/// `<department>/<office>`, and what names no office has none.
pub(crate) async fn by_officer(
    directories: &dyn Directories,
    figures: Vec<Figures>,
    now: Instant,
) -> Result<Vec<Figures>> {
    let mut known = HashMap::new();
    let mut sums: BTreeMap<String, Figures> = BTreeMap::new();
    for row in figures {
        let mut parts = row.key.splitn(3, '/');
        let mut next = || parts.next().unwrap_or_default();
        let (department, service, office) = (next(), next(), next());
        if !known.contains_key(department) {
            known.insert(department.to_owned(), directories.directory(department).await?);
        }
        let who = known[department].as_deref().and_then(|it| in_charge(it, office, service, now));
        let key = match who {
            Some(names) => format!("{names} ({department})"),
            None if office.is_empty() => String::new(),
            None => format!("{department}/{office}"),
        };
        let sum = sums.entry(key.clone()).or_insert(Figures { key, ..Figures::default() });
        sum.late += row.late;
        sum.today += row.today;
        sum.soon += row.soon;
    }
    let mut sums: Vec<Figures> = sums.into_values().collect();
    sums.sort_by_key(|row| (Reverse(row.late), Reverse(row.today), Reverse(row.soon)));
    Ok(sums)
}

/// Names with designations; none: nobody.
fn in_charge(directory: &Directory, office: &str, service: &str, now: Instant) -> Option<String> {
    let service = (!service.is_empty()).then_some(service);
    let code = directory.seat(office, Post::DesignatedOfficer);
    let charges = directory.in_charge(code, Post::DesignatedOfficer, service, now);
    let mut names: Vec<String> = charges
        .filter_map(|charge| directory.officer(&charge.officer))
        .map(|officer| format!("{}, {}", officer.name, officer.designation))
        .collect();
    names.sort();
    names.dedup();
    (!names.is_empty()).then(|| names.join("; "))
}
