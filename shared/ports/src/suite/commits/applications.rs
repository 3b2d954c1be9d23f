use super::{
    Call, call,
    prepare::{ascribed, settled},
};
use crate::{
    ledger::{Checked, Decision, Door, Intake, Letter, NewDelivery, Sender},
    suite::{
        centres,
        directories::{act, directory},
        sample,
    },
};
use mohor_domain::{
    change::Way,
    directory::Wish,
    event::{EventKind, InboundEvent},
};

pub(super) const COMMITS: &[Call] = &[
    call!(|_| receive(vec![NewDelivery { door: Door::Local, batch: false, body: b"{}".to_vec() }])).each_time(),
    call!(|_| receive_letters(vec![letter()])),
    call!(|it| commit_intake(vec![(it.inbox, Intake::Events(events()))])),
    call!(|_| fire(1_000)),
    call!(|_| arm(None, 1_000)),
    call!(|it| mend(it.late, act("clock.mend"))).each_time(),
    call!(|_| recompute(None, 1_000, false)),
    call!(|_| propose(settled(2032), "asha")),
    call!(|it| decide(it.change, Decision::Approve, "binod", "why")),
    call!(|_| recompute_step(Way::Settle, 1_000)),
    call!(|_| load_directory(directory(2, &[]), act("directory.load"), false)),
    call!(|_| load_centres(centres::list("one", &[sample::BSK, "24102", "24103"]), centres::act(), false)),
    call!(|_| set_wish(sample::DEPARTMENT, Wish { offices: true, officers: false }, act("directory.require")))
        .each_time(),
];

fn letter() -> Letter {
    let sender = Sender { user: Some("dept-bcw".into()), routing_key: "BCW.application.approved".into() };
    Letter { sender, body: b"{\"once\":1}".to_vec(), redelivered: true }
}

/// One with a number of its own, one that orders a document, one that is refused.
fn events() -> Vec<Checked> {
    let with_number = InboundEvent { ascribed: Some(ascribed()), ..sample::approval(20) };
    let submitted = sample::event(EventKind::Submitted, 21);
    let refused = sample::altered(&sample::approval(20));
    [with_number, submitted, refused].into_iter().map(sample::valid).collect()
}
