//! What waits at a centre goes back to its department, or on to another centre. One writer at a time: whoever is second reads
//! what the first did.

use crate::{
    connection::{Read, Write, corrupt},
    counter::handed,
    packed,
    uncollected::stay,
};
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    clock::Stay,
    event::{bsk_stream, department_stream},
    id::Id,
    tray::TrayState,
    uin::Uin,
    uncollected::{RerouteReason, ReturnReason},
};
use mohor_ports::{
    error::Result,
    ledger::{Act, CentreMove, Emptied, Emptying, Moving, Reroute, Return, Turn, sent_on},
};
use rusqlite::params;
use serde_json::{Value, json};

/// A certificate with its notice.
struct Lying {
    application: String,
    department: String,
    service: Option<String>,
    application_no: String,
    docket_no: Option<String>,
    bsk: String,
    number: i64,
    state: String,
    standing: String,
    issued_at: Option<String>,
    sha256: Option<String>,
    stay: u32,
}

/// When it was minted, as the plan has it.
fn minted_at(plan: &str) -> Option<String> {
    let plan: Value = serde_json::from_str(plan).ok()?;
    plan["minted_at"].as_str().map(str::to_owned)
}

impl Read<'_> {
    /// Each time a certificate went back or on, in order.
    pub(crate) fn centre_moves(&self, uin: &str) -> Result<Vec<CentreMove>> {
        let sql = "SELECT bsk, NULL, reason, note, actor, at, stay, 0 FROM returned WHERE uin = ?1 UNION ALL
                   SELECT from_bsk, to_bsk, reason, note, actor, at, stay, 1 FROM rerouting WHERE uin = ?1 ORDER BY 7, 8";
        let rows = self.all(sql, [uin], |row| {
            let places: (String, Option<String>) = (row.get(0)?, row.get(1)?);
            let words: (String, Option<String>, String) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((places, words, Instant::from_millis(row.get(5)?)))
        })?;
        let read = |((from, to), (reason, note, actor), at): ((String, Option<String>), (String, _, _), Instant)| {
            let known = match to {
                None => ReturnReason::from_word(&reason).map(ReturnReason::as_str),
                Some(_) => RerouteReason::from_word(&reason).map(RerouteReason::as_str),
            };
            let reason = known.ok_or_else(|| corrupt("rerouting", uin, "reason"))?;
            Ok(CentreMove { from, to, reason, note, actor, at })
        };
        rows.into_iter().map(read).collect()
    }
}

impl Write<'_> {
    fn reader(&self) -> Read<'_> {
        Read { connection: &self.tx, inner: self.inner }
    }

    /// The centres that the certificate of an application was sent on to.
    pub(crate) fn stays(&self, application: &str) -> Result<Vec<Stay>> {
        let sql = "SELECT r.to_bsk, r.at FROM certificate c JOIN rerouting r ON r.uin = c.uin
                   WHERE c.application_id = ?1 ORDER BY r.stay";
        let rows = self.all(sql, [application], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        Ok(rows.into_iter().map(|(bsk, at)| self.stay(bsk, Instant::from_millis(at))).collect())
    }

    fn stay(&self, bsk: String, from: Instant) -> Stay {
        Stay { district: self.district(&bsk), bsk, from }
    }

    /// When it went back, and from which stay.
    pub(crate) fn returned(&self, application: &str) -> Result<Vec<(u32, Instant)>> {
        let sql = "SELECT r.stay, r.at FROM certificate c JOIN returned r ON r.uin = c.uin
                   WHERE c.application_id = ?1 ORDER BY r.stay";
        self.all(sql, [application], |row| Ok((row.get(0)?, Instant::from_millis(row.get(1)?))))
    }

    /// What lies at this centre; the other value says why it goes nowhere from there.
    fn at_centre(&self, uin: Uin, bsk: &str) -> Result<std::result::Result<Lying, Moving>> {
        let sql = concat!(
            "SELECT c.application_id, c.department, a.service, a.application_no, a.docket_no, n.bsk, n.number, n.state,
               c.standing, c.plan, c.sha256, ",
            stay!(),
            ", c.packed FROM notice n JOIN certificate c ON c.uin = n.uin JOIN application a ON a.id = c.application_id
              WHERE n.uin = ?1 AND n.bsk = ?2"
        );
        let lying = self.one(sql, (uin.as_str(), bsk), |row| {
            Ok(Lying {
                application: row.get(0)?,
                department: row.get(1)?,
                service: row.get(2)?,
                application_no: row.get(3)?,
                docket_no: row.get(4)?,
                bsk: row.get(5)?,
                number: row.get(6)?,
                state: row.get(7)?,
                standing: row.get(8)?,
                issued_at: packed::plan(row.get(9)?, row.get(12)?).and_then(|plan| minted_at(&plan)),
                sha256: row.get(10)?,
                stay: row.get(11)?,
            })
        })?;
        let Some(lying) = lying else { return Ok(Err(Moving::NotThere)) };
        if let Some(handed) = handed(&self.reader(), uin.as_str())? {
            return Ok(Err(Moving::HandedOver(handed)));
        }
        let standing =
            Standing::from_word(&lying.standing).ok_or_else(|| corrupt("certificate", uin.as_str(), "standing"))?;
        Ok(if standing == Standing::Live { Ok(lying) } else { Err(Moving::NotLive(standing)) })
    }

    /// The row that was written last.
    fn last_move(&self, uin: Uin) -> Result<CentreMove> {
        let moved = self.reader().centre_moves(uin.as_str())?.pop();
        moved.ok_or_else(|| corrupt("notice", uin.as_str(), "state"))
    }

    pub(crate) fn give_back(&self, back: &Return) -> Result<Moving> {
        let lying = match self.at_centre(back.uin, &back.bsk)? {
            Ok(lying) => lying,
            Err(why) => return Ok(why),
        };
        if lying.state == TrayState::Returned.as_str() {
            return Ok(Moving::Before(self.last_move(back.uin)?));
        }
        let (uin, now, reason) = (back.uin.as_str(), self.now(), back.reason.as_str());
        let sql = "INSERT INTO returned (uin, stay, bsk, reason, note, actor, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        self.run(sql, (uin, lying.stay, &back.bsk, reason, &back.note, &back.actor, now.millis()))?;
        self.close_exceptions(uin, &back.actor)?;
        let application = Id::parse(&lying.application);
        self.turn(application.ok_or_else(|| corrupt("certificate", uin, "application_id"))?, Turn::Returned)?;
        let mut data = self.told(&lying, uin, reason);
        data["returned_at"] = json!(now);
        self.tell(&department_stream(&lying.department), "certificate.returned", uin, &data)?;
        self.tell(&bsk_stream(&lying.bsk), "certificate.returned", uin, &data)?;
        self.audit(&Act {
            actor: back.actor.clone(),
            act: "certificate.return".into(),
            subject: uin.into(),
            detail: format!("from {}: {reason}", back.bsk),
        })?;
        Ok(Moving::New(self.last_move(back.uin)?))
    }

    /// What both events say.
    fn told(&self, lying: &Lying, uin: &str, reason: &str) -> Value {
        let mut data = json!({
            "uin": uin, "department": lying.department, "service": lying.service, "application_no": lying.application_no,
            "bsk": lying.bsk, "notice": lying.number, "reason": reason,
        });
        if let Some(docket_no) = &lying.docket_no {
            data["docket_no"] = json!(docket_no);
        }
        if let Some(district) = self.district(&lying.bsk) {
            data["district"] = json!(district);
        }
        data
    }

    pub(crate) fn send_on(&self, on: &Reroute) -> Result<Moving> {
        if on.from == on.to {
            return Ok(Moving::NotThere);
        }
        let lying = match self.at_centre(on.uin, &on.from)? {
            Ok(lying) => lying,
            Err(why) => return Ok(why),
        };
        let (uin, now, reason) = (on.uin.as_str(), self.now(), on.reason.as_str());
        let stream = bsk_stream(&on.to);
        let number = self.next_number(&stream)?;
        let sql = "INSERT INTO rerouting (uin, stay, from_bsk, from_number, to_bsk, to_number, reason, note, actor, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (from, to) = ((&on.from, lying.number), (&on.to, number));
        let values = params![uin, lying.stay, from.0, from.1, to.0, to.1, reason, on.note, on.actor, now.millis()];
        self.run(sql, values)?;
        self.close_exceptions(uin, &on.actor)?;
        let stay = self.stay(on.to.clone(), now);
        let (kept, force) = (self.kept(&lying.application)?, self.force()?);
        for record in &kept {
            self.record_moves(record.moves(&force))?;
        }
        let rules = force.rules.clone();
        let changed = sent_on(&kept, lying.stay + 1, &stay, |_| rules.clone(), &rules);
        changed.iter().try_for_each(|record| self.keep(record))?;
        let mut data = self.told(&lying, uin, reason);
        data["to_bsk"] = json!(on.to);
        data["rerouted_at"] = json!(now);
        if let Some(district) = &stay.district {
            data["to_district"] = json!(district);
        }
        self.tell(&bsk_stream(&on.from), "certificate.rerouted", uin, &data)?;
        let mut ready = json!({
            "number": number, "uin": uin, "service": lying.service, "department": lying.department, "bsk": on.to,
            "district": stay.district, "issued_at": lying.issued_at, "sha256": lying.sha256,
        });
        if let Some(docket_no) = &lying.docket_no {
            ready["docket_no"] = json!(docket_no);
        }
        self.publish(&stream, number, "certificate.ready", uin, &ready)?;
        self.audit(&Act {
            actor: on.actor.clone(),
            act: "certificate.reroute".into(),
            subject: uin.into(),
            detail: format!("from {} to {}: {reason}", on.from, on.to),
        })?;
        Ok(Moving::New(self.last_move(on.uin)?))
    }

    pub(crate) fn empty_centre(&self, centre: &Emptying, most: u32) -> Result<Emptied> {
        const WAIT: &str = "FROM notice n JOIN certificate c ON c.uin = n.uin
            WHERE n.bsk = ?1 AND n.state IN ('ready', 'printed') AND c.standing = 'live'
              AND (?2 IS NULL OR c.department = ?2)";
        let sql = format!("SELECT n.uin {WAIT} ORDER BY n.number LIMIT ?3");
        if centre.from == centre.to {
            return Ok(Emptied::default());
        }
        let uins: Vec<String> = self.all(&sql, (&centre.from, &centre.department, most), |row| row.get(0))?;
        for uin in &uins {
            let on = Reroute {
                uin: Uin::canonical(uin).map_err(|_| corrupt("notice", uin, "uin"))?,
                from: centre.from.clone(),
                to: centre.to.clone(),
                reason: centre.reason,
                note: centre.note.clone(),
                actor: centre.actor.clone(),
            };
            self.send_on(&on)?;
        }
        let sql = format!("SELECT count(*) {WAIT}");
        let left = self.one(&sql, (&centre.from, &centre.department), |row| row.get::<_, i64>(0))?;
        Ok(Emptied { moved: uins.len() as u64, left: left.unwrap_or_default() as u64 })
    }
}
