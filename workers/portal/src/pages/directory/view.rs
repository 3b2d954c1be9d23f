//! A directory in words, as far as somebody reaches.

use crate::{fault::Fault, lang::Lang, pages::board::post_words, session::SignedIn, site::Site};
use mohor_domain::{
    civil::Instant,
    directory::{Charge, Directory, Office, Wish},
    people::{Deed, Place},
};

/// Offices of a page.
const OFFICES: usize = 100;

/// What is seen of a department.
pub(super) struct View {
    pub name: String,
    /// None: nothing is loaded.
    pub version: Option<u32>,
    pub wish: Wish,
    /// Version, when, by whom.
    pub loads: Vec<(u32, String, String)>,
    pub offices: Vec<Row>,
    pub vacant: Vec<Row>,
    /// The address of the next page.
    pub next: Option<String>,
}

/// An office, or a post of it that is vacant.
pub(super) struct Row {
    pub code: String,
    pub name: String,
    pub districts: String,
    pub appeals: String,
    pub reviews: String,
    /// Of what is vacant.
    pub post: &'static str,
    pub charges: Vec<Held>,
}

/// Somebody in charge, now or later.
pub(super) struct Held {
    pub post: &'static str,
    pub who: String,
    pub since: String,
    pub until: String,
    pub services: String,
    pub additional: bool,
    /// Not yet.
    pub later: bool,
}

pub(super) async fn of(
    site: &Site,
    lang: Lang,
    signed: &SignedIn,
    department: &str,
    after: Option<&str>,
) -> Result<View, Fault> {
    let directories = &site.portal.directories;
    let directory = directories.directory(department).await.map_err(Fault::port)?;
    let now = site.portal.inbox.now().await.map_err(Fault::port)?;
    let name = site.portal.catalogue.departments.get(department).map(|name| lang.name(name)).unwrap_or_default();
    let loads = directories.loads(department).await.map_err(Fault::port)?;
    let mut view = View {
        name,
        version: directory.as_ref().map(|directory| directory.version),
        wish: directories.wish(department).await.map_err(Fault::port)?,
        loads: loads.into_iter().take(20).map(|load| (load.version, lang.time(load.loaded_at), load.actor)).collect(),
        offices: vec![],
        vacant: vec![],
        next: None,
    };
    let Some(directory) = directory else { return Ok(view) };
    let sees = |office: &Office| sees(signed, department, office);
    let open = |office: &&Office| office.until.is_none_or(|until| now < until) && sees(office);
    let begins = |office: &&Office| after.is_none_or(|after| office.code.as_str() > after);
    let mut own = directory.offices.iter().filter(open).filter(begins);
    view.offices = own.by_ref().take(OFFICES).map(|office| row(site, lang, &directory, office, now)).collect();
    if own.next().is_some() {
        let last = view.offices.last().map(|row| row.code.clone()).unwrap_or_default();
        let query = [("department", department), ("after", last.as_str()), ("lang", lang.code())];
        view.next = serde_urlencoded::to_string(query).ok();
    }
    view.vacant = vacant(lang, &directory, now, sees);
    Ok(view)
}

/// Whether an office lies within somebody's reach; one for the whole State lies in every district.
fn sees(signed: &SignedIn, department: &str, office: &Office) -> bool {
    let there = |district: Option<String>| Place {
        department: Some(department.into()),
        district,
        office: Some(office.code.clone()),
        bsk: None,
    };
    let may = |district: Option<String>| signed.may(Deed::SeeDirectory, &there(district));
    match office.districts.is_empty() {
        true => may(signed.person.bounds.district.clone()),
        false => office.districts.iter().any(|district| may(Some(district.clone()))),
    }
}

/// The posts that nobody is in charge of.
pub(super) fn vacant(lang: Lang, directory: &Directory, now: Instant, sees: impl Fn(&Office) -> bool) -> Vec<Row> {
    let row = |(code, post)| {
        let office = directory.office(code).filter(|office| sees(office))?;
        let (en, bn) = post_words(post);
        Some(Row { post: lang.pick(en, bn), ..named(lang, office) })
    };
    directory.vacant(now).into_iter().filter_map(row).take(OFFICES).collect()
}

fn named(lang: Lang, office: &Office) -> Row {
    Row {
        code: office.code.clone(),
        name: lang.name(&office.name),
        districts: String::new(),
        appeals: office.appellate_office.clone().unwrap_or_default(),
        reviews: office.reviewing_office.clone().unwrap_or_default(),
        post: "",
        charges: vec![],
    }
}

fn row(site: &Site, lang: Lang, directory: &Directory, office: &Office, now: Instant) -> Row {
    let named_district =
        |code: &String| site.portal.catalogue.districts.get(code).map_or_else(|| code.clone(), |name| lang.name(name));
    let districts: Vec<String> = office.districts.iter().map(named_district).collect();
    let whole = lang.pick("the whole State", "সমগ্র রাজ্য");
    let current = directory.charges_of(&office.code).iter();
    let current = current.filter(|charge| charge.until.is_none_or(|until| now < until));
    Row {
        districts: if districts.is_empty() { whole.to_owned() } else { districts.join(", ") },
        charges: current.map(|charge| held(site, lang, directory, charge, now)).collect(),
        ..named(lang, office)
    }
}

fn held(site: &Site, lang: Lang, directory: &Directory, charge: &Charge, now: Instant) -> Held {
    let (en, bn) = post_words(charge.post);
    let who = directory.officer(&charge.officer);
    let service = |slug: &String| crate::pages::board::service_name(site, lang, &directory.department, slug);
    Held {
        post: lang.pick(en, bn),
        who: who.map(|who| format!("{}, {}", who.name, who.designation)).unwrap_or_default(),
        since: lang.time(charge.from),
        until: charge.until.map(|until| lang.time(until)).unwrap_or_default(),
        services: charge.services.iter().map(service).collect::<Vec<_>>().join(", "),
        additional: charge.additional,
        later: charge.from > now,
    }
}
