use super::{
    Call, call,
    prepare::{newcomer, noon, vouched},
};
use crate::{
    ledger::{Act, Attempt, Sent, WEBHOOK_LEASE},
    suite::webhooks::{self, endpoint, secret},
};
use mohor_domain::{civil::Instant, people::Post};

pub(super) const COMMITS: &[Call] = &[
    call!(|_| add_person(newcomer("nabin"), act("person.add", "nabin"))),
    call!(|_| disable_person("rekha", act("person.disable", "rekha"))),
    call!(|_| set_email("rekha", Some("rekha@example.in"), act("person.email", "rekha"))).each_time(),
    call!(|_| reset_person("rekha", Some("$argon2id$new"), "KRUGKIDROVUWG2ZA", act("person.reset", "rekha")))
        .each_time(),
    call!(|_| admit(vouched("nabin", Post::Supervisor))).case("a new account").each_time(),
    call!(|_| admit(vouched("mita", Post::Auditor))).case("an account that moves").each_time(),
    // The code of a time step is good once: the second time it is a wrong one.
    call!(|_| attempted("rekha", Attempt::Right(100))).each_time(),
    // While an account is locked nothing is counted.
    call!(|_| attempted("rekha", Attempt::WrongCode)).case("the last wrong one"),
    call!(|_| unlock_person("rekha", act("person.unlock", "rekha"))).each_time(),
    call!(|_| open_session("new", "{}", noon().plus_millis(3_600_000))),
    call!(|_| keep_session("kept", "{}", noon().plus_millis(7_200_000))),
    call!(|_| take_session("kept")),
    call!(|_| end_session("kept")),
    call!(|_| take_mailings(10)),
    call!(|it| settle_mailing(it.mailing, Sent::Taken, "")),
    call!(|_| tell_again(100)),
    call!(|_| add_webhook(endpoint("https://another.example/", &["sla.met"]), webhooks::act("webhook.add"))),
    call!(|it| rotate_webhook(it.endpoint, secret(9), 3_600_000, webhooks::act("webhook.rotate"))).each_time(),
    call!(|it| pause_webhook(it.endpoint, webhooks::act("webhook.pause"))),
    call!(|it| resume_webhook(it.paused, webhooks::act("webhook.resume"))),
    call!(|it| replay_webhook(it.behind, Instant::from_millis(0), webhooks::act("webhook.replay"))).each_time(),
    call!(|it| remove_webhook(it.endpoint, webhooks::act("webhook.remove"))),
    call!(|_| claim_webhooks(5, WEBHOOK_LEASE)),
    call!(|it| settle_webhook(it.over.clone())),
];

fn act(word: &str, login: &str) -> Act {
    Act { actor: "operator:local".into(), act: word.into(), subject: login.into(), detail: String::new() }
}
