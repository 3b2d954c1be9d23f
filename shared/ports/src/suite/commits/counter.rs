use super::{Call, call};
use crate::{
    ledger::{Handover, NewCode},
    suite::{
        counter::over,
        handing::{act, coded},
        sample::BSK,
        uncollected::{back, emptying, on},
    },
};
use mohor_domain::{board::Selection, sms::SmsKind, uin::Uin, uncollected::Reminders};

pub(super) const COMMITS: &[Call] = &[
    call!(|it| make_code(new_code(it.waits), act(it.waits, "citizen", "certificate.document_code"))),
    call!(|it| try_code(it.online, SmsKind::DocumentCode, "its code")),
    call!(|it| try_code(it.online, SmsKind::DocumentCode, "another")).case("another code").each_time(),
    call!(|it| hand_over(by_code(it.waits, "the code"), over(it.waits, "rekha").1)),
    call!(|it| hand_over(by_code(it.waits, "another"), over(it.waits, "rekha").1)).case("another code").each_time(),
    call!(|it| undo_hand_over(it.handed, "why", i64::MAX, act(it.handed, "state", "certificate.undo_deliver"))),
    call!(|it| fetch(it.online, "its code", act(it.online, "citizen", "certificate.fetch"))),
    call!(|it| fetch(it.online, "another", act(it.online, "citizen", "certificate.fetch")))
        .case("another code")
        .each_time(),
    call!(|_| erase_phones(0, 1_000)),
    call!(|it| ask_exception(it.waits, BSK, "why", act(it.waits, "rekha", "certificate.ask_exception"))),
    call!(|it| decide_exception(
        &Selection::default(),
        it.asked,
        true,
        act(it.asked, "state", "certificate.allow_exception")
    )),
    call!(|it| find_sample(
        &Selection::default(),
        it.sampled,
        false,
        "no such line",
        act(it.sampled, "state", "certificate.look_into")
    )),
    call!(|it| give_back(back(it.waits, "asha"))),
    call!(|it| send_on(on(it.waits, "asha"))),
    call!(|_| empty_centre(emptying("asha"), 10)),
    call!(|_| claim_reminders(&on_the_day(), 10)),
];

fn new_code(uin: Uin) -> NewCode {
    NewCode { uin, kind: SmsKind::DocumentCode, bsk: None, mac: "another".into() }
}

fn by_code(uin: Uin, mac: &str) -> Handover {
    Handover { ground: coded(mac), ..over(uin, "rekha").0 }
}

/// A reminder on the day on which a certificate is ready.
fn on_the_day() -> Reminders {
    Reminders::read(&[0]).expect("a day")
}
