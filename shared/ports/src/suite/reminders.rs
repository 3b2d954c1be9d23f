//! The ledger's promises about reminders.

use super::{
    counter::both,
    sample::*,
    uncollected::{give_back, hand_over, lying, send_on},
};
use crate::ledger::{Ledger, Mobile};
use mohor_domain::{civil::end_of, event::InboundEvent, uin::Uin, uncollected::Reminders};
use serde_json::json;

/// `later` moves the ledger's time on. Recorded before it is given out, by day, and only of what waits.
pub async fn a_reminder_is_given_out_once<L: Ledger + ?Sized>(ledger: &L, later: impl Fn(i64)) {
    let mut uins = Vec::new();
    for n in 1..=6 {
        let mut applicant = json!({"name": {"en": "Rekha Das"}});
        if n != 2 {
            applicant["mobile"] = json!(format!("+91980000000{n}"));
        }
        let data = json!({"application_no": format!("BCW/{n}"), "applicant": applicant});
        let event = InboundEvent { digest: mohor_domain::json::digest(&data), data, ..approval(n) };
        let application = send(ledger, vec![event]).await.1.remove(0);
        let uin = mint_for(ledger, application, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
        uins.push(uin);
    }
    hand_over(ledger, uins[2], BSK).await;
    give_back(ledger, uins[3], "asha").await;
    let begin = ledger.now().await.unwrap().day();
    // To an hour of a day so many days after all were ready.
    let go = async |days: i64, hour: i64| {
        let day = begin.checked_add(jiff::Span::new().days(days - 1)).unwrap();
        let at = end_of(day).plus_millis(hour * 60 * 60 * 1000);
        later(at.millis() - ledger.now().await.unwrap().millis());
    };
    let reminders = Reminders::default();
    let claim = async |most: u32| {
        let claimed = ledger.claim_reminders(&reminders, most).await.unwrap();
        claimed.into_iter().map(|it| (it.uin, it.n, it.stay)).collect::<Vec<_>>()
    };
    go(3, 9).await;
    assert_eq!(claim(10).await, [], "nobody is woken");
    go(3, 11).await;
    let first = ledger.claim_reminders(&reminders, 1).await.unwrap().remove(0);
    assert_eq!(
        (first.n, first.bsk.as_str(), &first.mobile),
        (1, BSK, &Mobile(format!("+91980000000{}", &first.application_no[4..])))
    );
    let (one, other) = both(claim(10), claim(10)).await;
    let mut all = [vec![(first.uin, first.n, first.stay)], one, other].concat();
    all.sort_unstable();
    let mut wanted: Vec<(Uin, u32, u32)> = [0, 4, 5].map(|n: usize| (uins[n], 1, 0)).into();
    wanted.sort_unstable();
    assert_eq!(all, wanted, "each once: not without a number, nor handed over, nor gone back");
    assert_eq!((claim(10).await, lying(ledger, 1).await.reminders), (vec![], 1));
    // At another centre it begins anew.
    send_on(ledger, uins[0], "asha").await;
    assert_eq!(lying(ledger, 1).await.reminders, 0);
    go(6, 11).await;
    assert_eq!(claim(10).await, [(uins[0], 1, 1)]);
    go(10, 18).await;
    let mut second = claim(10).await;
    second.sort_unstable();
    let mut wanted = vec![(uins[4], 2, 0), (uins[5], 2, 0)];
    wanted.sort_unstable();
    assert_eq!(second, wanted);
    go(40, 11).await;
    assert_eq!(claim(10).await, [], "what is too late is passed over");
}
