//! What waits at a centre goes back to its department, or on to another centre.
//!
//! Prints, hand-overs, returns and re-routings of a certificate hold the clocks of its application first, in the order of their
//! key as everybody does, and look at its notice then: one comes after the other, and reads what it did.

use crate::{
    clock::{bound, columns},
    connection::Session,
    inbox::uuids,
    outbound::Told,
    trouble::corrupt,
    uncollected::stay,
};
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    clock::{History, Stay},
    event::bsk_stream,
    id::Id,
    tray::TrayState,
    uin::Uin,
    uncollected::{RerouteReason, ReturnReason},
};
use mohor_ports::{
    error::Result,
    ledger::{CentreMove, ClockRecord, ClockRow, Emptied, Emptying, Moving, Reroute, Return, Turn, sent_on},
};
use serde_json::{Value, json};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What [`lying`] reads.
macro_rules! lying_sql {
    ($rest:literal) => {
        concat!(
            "SELECT c.application_id, c.uin, c.department, c.service, a.application_no, a.docket_no, n.bsk, n.number, n.state,
               c.standing, c.issued_at, c.sha256, ",
            stay!(),
            " FROM notice n JOIN certificate c ON c.uin = n.uin JOIN application a ON a.id = c.application_id ",
            $rest
        )
    };
}

/// What waits at a centre and can go on.
macro_rules! waits {
    () => {
        "n.bsk = $1 AND n.state IN ('ready', 'printed') AND c.standing = 'live' AND ($2::text IS NULL OR c.department = $2)"
    };
}

/// A certificate with its notice.
struct Lying {
    application: Id,
    uin: String,
    department: String,
    service: String,
    application_no: String,
    docket_no: Option<String>,
    bsk: String,
    number: i64,
    state: String,
    standing: String,
    issued_at: Instant,
    sha256: Option<String>,
    stay: u32,
}

/// Why and by whom a batch goes on.
struct Why<'w> {
    to: &'w str,
    reason: &'static str,
    note: &'w Option<String>,
    actor: &'w str,
}

fn lying(row: &PgRow) -> Lying {
    Lying {
        application: row.get::<Uuid, _>(0).into(),
        uin: row.get(1),
        department: row.get(2),
        service: row.get(3),
        application_no: row.get(4),
        docket_no: row.get(5),
        bsk: row.get(6),
        number: row.get(7),
        state: row.get(8),
        standing: row.get(9),
        issued_at: Instant::from_millis(row.get(10)),
        sha256: row.get(11),
        stay: row.get::<i32, _>(12).unsigned_abs(),
    }
}

impl Session {
    /// Holds what everybody holds who does something with a certificate at its centre, until the transaction ends.
    pub(crate) async fn hold(&mut self, uin: &str) -> Result<()> {
        let sql =
            "SELECT 1 FROM clock k WHERE k.application_id = (SELECT application_id FROM certificate WHERE uin = $1)
                   ORDER BY k.application_id, k.kind, k.key FOR UPDATE";
        self.run(query(sql).bind(uin)).await.map(drop)
    }

    /// Each time a certificate went back or on, in order.
    pub(crate) async fn centre_moves(&mut self, uin: &str) -> Result<Vec<CentreMove>> {
        let sql = "SELECT bsk, NULL, reason, note, actor, at, stay, 0 FROM returned WHERE uin = $1 UNION ALL
                   SELECT from_bsk, to_bsk, reason, note, actor, at, stay, 1 FROM rerouting WHERE uin = $1 ORDER BY 7, 8";
        let read = |row: &PgRow| {
            let (to, word): (Option<String>, &str) = (row.get(1), row.get(2));
            let known = match to {
                None => ReturnReason::from_word(word).map(ReturnReason::as_str),
                Some(_) => RerouteReason::from_word(word).map(RerouteReason::as_str),
            };
            let reason = known.ok_or_else(|| corrupt("rerouting", uin, "reason"))?;
            let at = Instant::from_millis(row.get(5));
            Ok(CentreMove { from: row.get(0), to, reason, note: row.get(3), actor: row.get(4), at })
        };
        self.all(query(sql).bind(uin)).await?.iter().map(read).collect()
    }

    /// Adds to the histories of applications where their certificates were sent on to, and when they went back.
    pub(crate) async fn stays(&mut self, applications: &[Id], histories: &mut BTreeMap<Id, History>) -> Result<()> {
        let sql = "SELECT c.application_id, r.stay, r.to_bsk, r.at FROM certificate c JOIN rerouting r ON r.uin = c.uin
                   WHERE c.application_id = ANY($1) UNION ALL
                   SELECT c.application_id, r.stay, NULL, r.at FROM certificate c JOIN returned r ON r.uin = c.uin
                   WHERE c.application_id = ANY($1) ORDER BY 1, 2";
        for row in self.all(query(sql).bind(uuids(applications))).await? {
            let Some(history) = histories.get_mut(&Id::from(row.get::<Uuid, _>(0))) else { continue };
            let (stay, from) = (row.get::<i32, _>(1).unsigned_abs(), Instant::from_millis(row.get(3)));
            match row.get::<Option<String>, _>(2) {
                Some(bsk) => history.stays.push(self.stay(bsk, from)),
                None => history.returned.push((stay, from)),
            }
        }
        Ok(())
    }

    fn stay(&self, bsk: String, from: Instant) -> Stay {
        Stay { district: self.district(&bsk), bsk, from }
    }

    /// What lies at this centre, held; the other value says why it goes nowhere from there.
    async fn at_centre(&mut self, uin: Uin, bsk: &str) -> Result<std::result::Result<Lying, Moving>> {
        self.hold(uin.as_str()).await?;
        let sql = lying_sql!("WHERE n.uin = $1 AND n.bsk = $2");
        let found = self.one(query(sql).bind(uin.as_str()).bind(bsk)).await?;
        let Some(lying) = found.as_ref().map(lying) else { return Ok(Err(Moving::NotThere)) };
        if let Some(handed) = self.handed(uin.as_str()).await? {
            return Ok(Err(Moving::HandedOver(handed)));
        }
        let standing =
            Standing::from_word(&lying.standing).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        Ok(if standing == Standing::Live { Ok(lying) } else { Err(Moving::NotLive(standing)) })
    }

    /// The row that was written last.
    async fn last_move(&mut self, uin: &str) -> Result<CentreMove> {
        let moved = self.centre_moves(uin).await?.pop();
        moved.ok_or_else(|| corrupt("notice", uin, "state"))
    }

    pub(crate) async fn give_back(&mut self, back: &Return) -> Result<Moving> {
        let lying = match self.at_centre(back.uin, &back.bsk).await? {
            Ok(lying) => lying,
            Err(why) => return Ok(why),
        };
        let (uin, now, reason) = (lying.uin.as_str(), self.now(), back.reason.as_str());
        if lying.state == TrayState::Returned.as_str() {
            return Ok(Moving::Before(self.last_move(uin).await?));
        }
        let sql = "INSERT INTO returned (uin, stay, bsk, reason, note, actor, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let statement = query(sql).bind(uin).bind(lying.stay as i32).bind(&back.bsk).bind(reason).bind(&back.note);
        self.run(statement.bind(&back.actor).bind(now.millis())).await?;
        self.stop(lying.application, Turn::Returned).await?;
        self.close_exceptions(&[uin], &back.actor).await?;
        let detail = format!("from {}: {reason}", back.bsk);
        self.audit_each(&[uin], "certificate.return", &back.actor, &detail).await?;
        let moved = self.last_move(uin).await?;
        let mut data = self.told(&lying, reason);
        data["returned_at"] = json!(now);
        let (word, stream) = ("certificate.returned", bsk_stream(&lying.bsk));
        let centre = Told { stream, word, subject: uin.into(), data: data.clone() };
        self.tell(vec![Told::department(&lying.department, word, uin, data), centre]).await?;
        Ok(Moving::New(moved))
    }

    /// What both events say.
    fn told(&self, lying: &Lying, reason: &str) -> Value {
        let mut data = json!({
            "uin": lying.uin, "department": lying.department, "service": lying.service,
            "application_no": lying.application_no, "bsk": lying.bsk, "notice": lying.number, "reason": reason,
        });
        if let Some(docket_no) = &lying.docket_no {
            data["docket_no"] = json!(docket_no);
        }
        if let Some(district) = self.district(&lying.bsk) {
            data["district"] = json!(district);
        }
        data
    }

    async fn audit_each(&mut self, uins: &[&str], act: &str, actor: &str, detail: &str) -> Result<()> {
        let sql = "INSERT INTO audit (at, actor, act, subject, detail)
                   SELECT $2, $3, $4, uin, $5 FROM unnest($1::text[]) AS uin";
        let now = self.now().millis();
        self.run(query(sql).bind(uins).bind(now).bind(actor).bind(act).bind(detail)).await.map(drop)
    }

    pub(crate) async fn send_on(&mut self, on: &Reroute) -> Result<Moving> {
        if on.from == on.to {
            return Ok(Moving::NotThere);
        }
        let lying = match self.at_centre(on.uin, &on.from).await? {
            Ok(lying) => lying,
            Err(why) => return Ok(why),
        };
        let why = Why { to: &on.to, reason: on.reason.as_str(), note: &on.note, actor: &on.actor };
        self.send(&on.from, vec![lying], why).await?;
        Ok(Moving::New(self.last_move(on.uin.as_str()).await?))
    }

    pub(crate) async fn empty_centre(&mut self, centre: &Emptying, most: u32) -> Result<Emptied> {
        if centre.from == centre.to {
            return Ok(Emptied::default());
        }
        let sql = concat!(
            "SELECT c.application_id FROM notice n JOIN certificate c ON c.uin = n.uin WHERE ",
            waits!(),
            " ORDER BY n.number LIMIT $3"
        );
        let statement = query(sql).bind(&centre.from).bind(&centre.department).bind(i64::from(most));
        let found: Vec<Id> = self.all(statement).await?.iter().map(|row| row.get::<Uuid, _>(0).into()).collect();
        // Held first, and then looked at: what was handed over meanwhile stays.
        self.kept(&found).await?;
        let sql = concat!(lying_sql!("WHERE "), waits!(), " AND c.application_id = ANY($3) ORDER BY n.number");
        let statement = query(sql).bind(&centre.from).bind(&centre.department).bind(uuids(&found));
        let all: Vec<Lying> = self.all(statement).await?.iter().map(lying).collect();
        let moved = all.len() as u64;
        let why = Why { to: &centre.to, reason: centre.reason.as_str(), note: &centre.note, actor: &centre.actor };
        self.send(&centre.from, all, why).await?;
        let sql = concat!("SELECT count(*) FROM notice n JOIN certificate c ON c.uin = n.uin WHERE ", waits!());
        let left = self.one(query(sql).bind(&centre.from).bind(&centre.department)).await?;
        Ok(Emptied { moved, left: left.map_or(0, |row| row.get::<i64, _>(0) as u64) })
    }

    /// Sends on what is held, all from one centre: rows, clocks, audit lines, events.
    async fn send(&mut self, from: &str, all: Vec<Lying>, why: Why<'_>) -> Result<()> {
        if all.is_empty() {
            return Ok(());
        }
        let (now, Why { to, reason, note, actor }) = (self.now(), why);
        let uins: Vec<&str> = all.iter().map(|lying| lying.uin.as_str()).collect();
        let stay = self.stay(to.to_owned(), now);
        self.begin_stays(&all, &stay).await?;
        self.close_exceptions(&uins, actor).await?;
        self.audit_each(&uins, "certificate.reroute", actor, &format!("from {from} to {to}: {reason}")).await?;
        // As late as may be: until the commit nobody else can tell anything in either stream.
        let count = all.len() as i64;
        let (old, new) = (bsk_stream(from), bsk_stream(to));
        let firsts = self.numbers(&BTreeMap::from([(old.clone(), count), (new.clone(), count)])).await?;
        let first = |stream: &String| firsts.get(stream).copied().unwrap_or_default();
        let (mut away, mut number) = (first(&old), first(&new));
        let numbers: Vec<i64> = (number..number + count).collect();
        let sql = "INSERT INTO rerouting (uin, stay, from_bsk, from_number, to_bsk, to_number, reason, note, actor, at)
                   SELECT uin, stay, $5, number, $6, target, $7, $8, $9, $10
                   FROM unnest($1::text[], $2::int4[], $3::int8[], $4::int8[]) AS u (uin, stay, number, target)";
        let statement = query(sql)
            .bind(&uins)
            .bind(all.iter().map(|lying| lying.stay as i32).collect::<Vec<_>>())
            .bind(all.iter().map(|lying| lying.number).collect::<Vec<_>>())
            .bind(numbers);
        self.run(statement.bind(from).bind(to).bind(reason).bind(note).bind(actor).bind(now.millis())).await?;
        let mut told = Vec::with_capacity(2 * all.len());
        for lying in &all {
            let mut data = self.told(lying, reason);
            data["to_bsk"] = json!(to);
            data["rerouted_at"] = json!(now);
            if let Some(district) = &stay.district {
                data["to_district"] = json!(district);
            }
            let event =
                |stream: &String, word, data| Told { stream: stream.clone(), word, subject: lying.uin.clone(), data };
            told.push((away, event(&old, "certificate.rerouted", data)));
            let mut ready = json!({
                "number": number, "uin": lying.uin, "service": lying.service, "department": lying.department, "bsk": to,
                "district": stay.district, "issued_at": lying.issued_at, "sha256": lying.sha256,
            });
            if let Some(docket_no) = &lying.docket_no {
                ready["docket_no"] = json!(docket_no);
            }
            told.push((number, event(&new, "certificate.ready", ready)));
            (away, number) = (away + 1, number + 1);
        }
        self.publish(told).await
    }

    /// The clock of the one centre stops and that of the other begins. The portal may do no more than this: of the clock that
    /// stops it moves no due day, so it stops by the rules that gave the day it has.
    async fn begin_stays(&mut self, all: &[Lying], stay: &Stay) -> Result<()> {
        let applications: Vec<Id> = all.iter().map(|lying| lying.application).collect();
        let (kept, force) = (self.kept(&applications).await?, self.force.clone());
        let mut changed: Vec<ClockRecord> = Vec::new();
        for lying in all {
            let kept = kept.get(&lying.application).map_or(&[][..], Vec::as_slice);
            changed.extend(sent_on(kept, lying.stay + 1, stay, |record| record.rules(&force), &force.rules));
        }
        changed.sort_by(|one, other| (one.application, &one.clock.key).cmp(&(other.application, &other.clock.key)));
        let (stopped, begun): (Vec<_>, Vec<_>) = changed
            .iter()
            .map(|it| (it.application.uuid(), ClockRow::of(it)))
            .partition(|it| it.1.stopped_at.is_some());
        let sql = "UPDATE clock c SET state = u.state, stopped_at = u.stopped_at, outcome = u.outcome, pauses = u.pauses,
                     rungs = u.rungs, next_at = u.next_at
                   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int8[], $5::text[], $6::text[], $7::text[], $8::int8[])
                     AS u (application_id, key, state, stopped_at, outcome, pauses, rungs, next_at)
                   WHERE c.application_id = u.application_id AND c.kind = 'bsk' AND c.key = u.key";
        let text =
            |field: fn(&ClockRow) -> &String| stopped.iter().map(|(_, row)| field(row).as_str()).collect::<Vec<_>>();
        let statement = query(sql)
            .bind(stopped.iter().map(|(id, _)| *id).collect::<Vec<_>>())
            .bind(text(|row| &row.key))
            .bind(text(|row| &row.state))
            .bind(stopped.iter().map(|(_, row)| row.stopped_at).collect::<Vec<_>>())
            .bind(stopped.iter().map(|(_, row)| row.outcome.as_deref()).collect::<Vec<_>>())
            .bind(text(|row| &row.pauses))
            .bind(text(|row| &row.rungs))
            .bind(stopped.iter().map(|(_, row)| row.next_at).collect::<Vec<_>>());
        self.run(statement).await?;
        let sql = concat!(
            "INSERT INTO clock (",
            columns!(),
            ")
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
               $8::text[], $9::int8[], $10::text[], $11::int8[], $12::int8[], $13::text[], $14::bool[], $15::text[],
               $16::text[], $17::bool[], $18::text[], $19::text[], $20::int8[], $21::int8[], $22::text[])"
        );
        self.run(bound(query(sql), &begun)).await.map(drop)
    }
}
