//! Certificates with a past: one that nobody has come for, and one that was handed over. They are really made, by the same
//! stages, in a ledger whose time is that day's. Time is an argument there as everywhere; only this command gives another
//! than the machine's, only on the embedded ledger, and only to applications whose number begins `DEMO/`.

use super::{
    histories::{BSK, after},
    settle, settled,
};
use crate::{
    commands::submit::{Handed, hand_in},
    wire::{Parts, Role},
};
use anyhow::{Context, Result, bail};
use jiff::civil::Date;
use mohor_domain::{
    civil::{Instant, date_en},
    event::Answer,
    ground::{Ground, PaperKind},
};
use mohor_ports::{
    ledger::{Act, Handover},
    signer::Signer,
};
use mohor_runtime::shutdown::Shutdown;
use serde_json::{Value, json};
use std::sync::Arc;

/// Days since their certificates were ready: far beyond the centre's limit.
const READY: i64 = 40;
/// Days since one was handed over.
const HANDED: i64 = 36;
/// Days since the demo's keys are valid: a credential is believed if its key was valid when it was signed.
const KEYS: i64 = 60;
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Makes the demo's keys, where there are none: valid since before the first certificate.
pub async fn keys(parts: &Parts) -> Result<Arc<dyn Signer>> {
    parts.signer_since(parts.ledger.now().await?.plus_millis(-KEYS * DAY))
}

/// Makes them, unless a start on the same day has; what is to be said of it.
pub async fn make(parts: &Parts, keys: &dyn Signer, shutdown: &Shutdown) -> Result<Option<String>> {
    let now = parts.ledger.now().await?;
    let (today, ready) = (now.day(), moment(after(now.day(), -READY), "15:00"));
    if parts.ledger.application("LRR", &number(today, "HANDED-OVER-1")).await?.is_some() {
        return Ok(None);
    }
    if keys.credential_key().valid_from > ready {
        return Ok(Some(
            "the keys of this folder are younger than the certificates with a past: there are none".into(),
        ));
    }
    if !settled(&parts.ledger.census().await?) {
        // Those workers would take it for something of their time.
        return Ok(Some(
            "an earlier start left approvals on their way, which come first; certificates with a past are made at the next start".into(),
        ));
    }
    let then = Parts::open_back(parts.config.clone(), now.millis() - ready.millis()).await?;
    // Their workers end with this; they end before it when the demo is to stop, or when one of them fails.
    let workers = Shutdown::default();
    let (all, these) = (shutdown.clone(), workers.clone());
    tokio::spawn(async move {
        all.wait().await;
        these.begin();
    });
    let roles = [Role::Intake, Role::Mint, Role::Sign, Role::Store, Role::Notify];
    let handles = then.start(&roles, &workers).await?;
    let lines = ["UNCOLLECTED-1", "HANDED-OVER-1"].map(|name| approval(today, name).to_string().into_bytes());
    let lines = (1..).zip(lines).collect();
    let Handed { answers, .. } = hand_in(then.ledger.as_ref(), then.bus.as_ref(), lines, &workers).await?;
    settle(&then, &workers).await?;
    workers.begin();
    for handle in handles {
        handle.await.context("a worker gave up")?;
    }
    if let Some(reason) = workers.failure() {
        bail!(reason);
    }
    if shutdown.begun() {
        return Ok(None);
    }
    if let Some((_, Answer::Refused { refusal, .. })) =
        answers.iter().find(|(_, answer)| matches!(answer, Answer::Refused { .. }))
    {
        return Ok(Some(format!("no certificate with a past was made: {}", refusal.reason_en)));
    }
    hand_over(parts, now, today).await?;
    let since = date_en(ready.day());
    Ok(Some(format!("{} is ready at {BSK} since {since} and uncollected", number(today, "UNCOLLECTED-1"))))
}

/// At its day, by whoever runs the demo.
async fn hand_over(parts: &Parts, now: Instant, today: Date) -> Result<()> {
    let handed = moment(after(today, -HANDED), "12:00");
    let then = Parts::open_back(parts.config.clone(), now.millis() - handed.millis()).await?;
    let application = then.ledger.application("LRR", &number(today, "HANDED-OVER-1")).await?;
    let Some(uin) = application.and_then(|application| application.uin) else { return Ok(()) };
    let ground = Ground::Paper { kind: PaperKind::VoterCard, last: "4411".into() };
    let over = Handover { uin, bsk: BSK.into(), ground, reference: Some("register 12, line 7".into()) };
    let act = Act {
        actor: "operator:demo".into(),
        act: "certificate.deliver".into(),
        subject: uin.to_string(),
        detail: format!("applicant by paper at {BSK}"),
    };
    then.ledger.hand_over(over, act).await?;
    Ok(())
}

fn number(today: Date, name: &str) -> String {
    format!("DEMO/{today}/{name}")
}

fn moment(day: Date, time: &str) -> Instant {
    // A day of the calendar and a time of ours make an instant.
    Instant::parse(&format!("{day}T{time}:00+05:30")).unwrap_or(Instant::from_millis(0))
}

/// An approval on the day on which its certificate is ready.
fn approval(today: Date, name: &str) -> Value {
    let (number, day) = (number(today, name), after(today, -READY));
    let data = json!({
        "department": "LRR", "service": "plot-information", "application_no": number, "office": super::histories::OFFICE,
        "bsk": BSK, "docket_no": format!("D-{number}"),
        "submitted_at": format!("{}T11:00:00+05:30", after(day, -1)), "approved_at": format!("{day}T14:30:00+05:30"),
        "approved_by": {"name": "Rekha Das", "designation": "Revenue Officer", "officer_id": "LRR-7"},
        "applicant": {"name": {"en": "Nirmal Barman", "bn": "নির্মল বর্মন"}},
        "certificate": {
            "mouza": {"en": "Dewanhat", "bn": "দেওয়ানহাট"}, "jl_no": 39, "plot_no": "2198", "area_acre": "0.52",
            "classification": {"en": "Bastu", "bn": "বাস্তু"}, "owners": [{"en": "Nirmal Barman", "bn": "নির্মল বর্মন"}],
        },
    });
    json!({
        "specversion": "1.0", "type": "in.gov.wb.bsk.application.approved.v1", "source": "/departments/LRR/demo",
        "id": format!("{number}-application.approved"), "datacontenttype": "application/json", "data": data,
    })
}
