//! The ledger's promises about the list of centres. Each function begins with an empty ledger.

use super::{sample::*, tray, uncollected};
use crate::ledger::{Act, CentresLoaded, Ledger};
use mohor_domain::{catalogue::Bsk, centres::CentreList};

pub(super) fn act() -> Act {
    let (actor, subject) = ("operator:local".into(), "centres".into());
    Act { actor, act: "centres.load".into(), subject, detail: String::new() }
}

/// A list of these centres.
pub(super) fn list(name: &str, codes: &[&str]) -> CentreList {
    let bsk = |code: &&str| Bsk { code: (*code).into(), district: "COB".into(), name: format!("Centre, {code}") };
    CentreList { name: name.into(), centres: codes.iter().map(|code| ((*code).to_owned(), bsk(code))).collect() }
}

/// The same list again is nothing new, and the last one that was loaded is in force, with a line for each.
pub async fn a_list_of_centres_is_loaded_once_and_kept<L: Ledger + ?Sized>(ledger: &L) {
    assert_eq!(ledger.centres().await.unwrap(), None);
    let load = async |list: CentreList, dry| ledger.load_centres(list, act(), dry).await.unwrap();
    let (first, second) = (list("one", &["24101", "24102"]), list("", &["24101"]));
    assert_eq!(load(first.clone(), true).await, CentresLoaded::New(1));
    assert_eq!(ledger.centres().await.unwrap(), None, "nothing was written");
    assert_eq!(load(first.clone(), false).await, CentresLoaded::New(1));
    assert_eq!(load(first.clone(), false).await, CentresLoaded::Same(1));
    assert_eq!(load(second.clone(), false).await, CentresLoaded::New(2));
    assert_eq!(load(first.clone(), false).await, CentresLoaded::New(3), "one from before is loaded again");
    let found = ledger.centres().await.unwrap().expect("loaded");
    assert_eq!((found.version, found.text, found.actor.as_str()), (3, first.text(), "operator:local"));
    assert_eq!(ledger.acts("centres").await.unwrap().len(), 3, "a line for each that was loaded");
}

/// What lies there would have nobody who hands it over; what was handed over or sent on does not hold a centre.
pub async fn a_centre_at_which_certificates_wait_does_not_leave_the_list<L: Ledger + ?Sized>(ledger: &L) {
    let mut uins = Vec::new();
    for n in 1..=3 {
        let uin = mint(ledger, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
        uins.push(uin);
    }
    ledger
        .record_print(uins[0], BSK, mohor_domain::tray::PrintKind::Printed, tray::act(uins[0], "rekha"))
        .await
        .unwrap();
    let (over, said) = super::counter::over(uins[1], "rekha");
    ledger.hand_over(over, said).await.unwrap();
    let without = list("", &["24102", "24103"]);
    let waits = CentresLoaded::Waiting(vec![(BSK.into(), 2)]);
    for dry in [true, false] {
        assert_eq!(ledger.load_centres(without.clone(), act(), dry).await.unwrap(), waits);
    }
    assert_eq!(ledger.centres().await.unwrap(), None);
    let with = list("", &[BSK, "24102"]);
    assert_eq!(ledger.load_centres(with, act(), false).await.unwrap(), CentresLoaded::New(1));
    let emptied = ledger.empty_centre(uncollected::emptying("asha"), 10).await.unwrap();
    assert_eq!(emptied.left, 0, "all went to the other one");
    assert_eq!(ledger.load_centres(without, act(), false).await.unwrap(), CentresLoaded::New(2));
}
