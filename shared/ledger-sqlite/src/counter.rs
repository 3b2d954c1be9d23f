//! What is done at a centre's counter.

use crate::connection::{Read, SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing, civil::Instant, event::department_stream, ground::Ground, id::Id, sms::SmsKind,
    tray::TrayState, uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, CodeTried, Counter, Handed, HandedOver, Handover, ONE_IN, TakenBack, Turn, Undone},
};
use rusqlite::Row;
use serde_json::{Value, json};

#[async_trait]
impl Counter for SqliteLedger {
    async fn hand_over(&self, over: Handover, act: Act) -> Result<HandedOver> {
        self.write(move |write| write.hand_over(over, &act)).await
    }

    async fn handed(&self, uin: Uin) -> Result<Option<Handed>> {
        self.read(move |read| handed(read, uin.as_str())).await
    }

    async fn undo_hand_over(&self, uin: Uin, reason: &str, within: i64, act: Act) -> Result<Undone> {
        let reason = reason.to_owned();
        self.write(move |write| write.undo_hand_over(uin.as_str(), &reason, within, &act)).await
    }

    async fn taken_back(&self, uin: Uin) -> Result<Vec<TakenBack>> {
        self.read(move |read| {
            let sql = "SELECT bsk, handed_to, reference, actor, handed_at, way, detail, undone_by, reason, undone_at
                       FROM handover_undone WHERE uin = ?1 ORDER BY handed_at DESC";
            let rows = read.all(sql, [uin.as_str()], |row| {
                Ok((Written::read(row)?, row.get::<_, String>(7)?, row.get::<_, String>(8)?, row.get::<_, i64>(9)?))
            })?;
            let back = |(written, by, reason, at): (Written, String, String, i64)| {
                let handed = written.handed(uin.as_str(), "handover_undone")?;
                Ok(TakenBack { handed, by, reason, at: Instant::from_millis(at) })
            };
            rows.into_iter().map(back).collect()
        })
        .await
    }
}

/// A hand-over as its columns have it.
pub(crate) struct Written {
    bsk: String,
    to: String,
    reference: Option<String>,
    actor: String,
    at: i64,
    way: String,
    detail: String,
}

impl Written {
    /// The first seven columns of a row.
    pub(crate) fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            bsk: row.get(0)?,
            to: row.get(1)?,
            reference: row.get(2)?,
            actor: row.get(3)?,
            at: row.get(4)?,
            way: row.get(5)?,
            detail: row.get(6)?,
        })
    }

    /// The error names what this program did not write.
    pub(crate) fn handed(self, uin: &str, table: &str) -> Result<Handed> {
        let wrong = |column| corrupt(table, uin, column);
        let detail: Value = serde_json::from_str(&self.detail).map_err(|_| wrong("detail"))?;
        let ground = Ground::read(&self.way, &self.to, &detail).ok_or_else(|| wrong("way"))?;
        let uin = Uin::canonical(uin).map_err(|_| wrong("uin"))?;
        let over = Handover { uin, bsk: self.bsk, ground, reference: self.reference };
        Ok(Handed { over, actor: self.actor, at: Instant::from_millis(self.at) })
    }
}

/// The hand-over of a certificate.
pub(crate) fn handed(read: &Read<'_>, uin: &str) -> Result<Option<Handed>> {
    let sql = "SELECT bsk, handed_to, reference, actor, handed_at, way, detail FROM handover WHERE uin = ?1";
    let written = read.one(sql, [uin], Written::read)?;
    written.map(|written| written.handed(uin, "handover")).transpose()
}

impl Write<'_> {
    fn handed(&self, uin: &str) -> Result<Option<Handed>> {
        handed(&Read { connection: &self.tx, inner: self.inner }, uin)
    }

    fn hand_over(&self, over: Handover, act: &Act) -> Result<HandedOver> {
        let uin = over.uin.as_str();
        let sql = "SELECT c.application_id, c.department, a.service, a.application_no, a.docket_no, c.standing, n.state
                   FROM certificate c JOIN application a ON a.id = c.application_id JOIN notice n ON n.uin = c.uin
                   WHERE c.uin = ?1 AND n.bsk = ?2";
        let row = self.one(sql, (uin, &over.bsk), |row| {
            let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let (standing, state): (String, String) = (row.get(5)?, row.get(6)?);
            Ok((texts, row.get::<_, String>(3)?, row.get::<_, Option<String>>(4)?, standing, state))
        })?;
        let Some(((application, department, service), application_no, docket_no, standing, state)) = row else {
            return Ok(HandedOver::Unknown);
        };
        if let Some(before) = self.handed(uin)? {
            return Ok(HandedOver::Before(before));
        }
        let standing = Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            return Ok(HandedOver::NotLive(standing));
        }
        if state == TrayState::Returned.as_str() {
            return Ok(HandedOver::Returned);
        }
        match &over.ground {
            Ground::Code { mac } => {
                match self.try_code(uin, SmsKind::HandOverCode, mac.as_deref().unwrap_or_default())? {
                    CodeTried::Right => (),
                    CodeTried::Wrong { left } => return Ok(HandedOver::WrongCode { left }),
                    CodeTried::None => return Ok(HandedOver::NoCode),
                }
            }
            Ground::Exception => {
                let sql = "UPDATE exception SET state = 'used' WHERE uin = ?1 AND bsk = ?2 AND state = 'allowed'";
                if self.run(sql, (uin, &over.bsk))? == 0 {
                    return Ok(HandedOver::NoException);
                }
            }
            Ground::Unstated | Ground::Paper { .. } | Ground::Representative { .. } => (),
        }
        let mut byte = [0];
        self.inner.entropy.fill(&mut byte)?;
        let sampled = over.ground.rests_on_a_paper() && byte[0] % ONE_IN == 0;
        let now = self.now();
        let sql = "INSERT INTO handover (uin, application_id, bsk, handed_to, reference, actor, handed_at, way, detail, sampled)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let (way, detail) = (over.ground.way().as_str(), over.ground.detail().to_string());
        let (to, reference) = (over.ground.to().as_str(), &over.reference);
        let values = (uin, &application, &over.bsk, to, reference, &act.actor, now.millis(), way, detail, sampled);
        self.run(sql, values)?;
        let id = Id::parse(&application).ok_or_else(|| corrupt("certificate", uin, "application_id"))?;
        self.turn(id, Turn::HandedOver)?;
        let mut data = json!({
            "uin": uin, "department": department, "service": service, "application_no": application_no,
            "bsk": over.bsk, "channel": "counter", "delivered_at": now,
        });
        if let Some(docket_no) = docket_no {
            data["docket_no"] = json!(docket_no);
        }
        self.tell(&department_stream(&department), "certificate.delivered", uin, &data)?;
        self.audit(act)?;
        let over = Handover { ground: over.ground.kept(), ..over };
        Ok(HandedOver::New(Handed { over, actor: act.actor.clone(), at: now }))
    }

    fn undo_hand_over(&self, uin: &str, reason: &str, within: i64, act: &Act) -> Result<Undone> {
        let Some(handed) = self.handed(uin)? else { return Ok(Undone::NotHanded) };
        let now = self.now();
        if now.millis() - handed.at.millis() > within {
            return Ok(Undone::TooLate(handed));
        }
        let sql = "INSERT INTO handover_undone (uin, bsk, handed_to, way, detail, reference, actor, handed_at, undone_by, reason, undone_at)
                   SELECT uin, bsk, handed_to, way, detail, reference, actor, handed_at, ?2, ?3, ?4 FROM handover WHERE uin = ?1";
        self.run(sql, (uin, &act.actor, reason, now.millis()))?;
        self.run("DELETE FROM handover WHERE uin = ?1", [uin])?;
        let sql = "SELECT c.application_id, c.department, a.service, a.application_no, a.docket_no
                   FROM certificate c JOIN application a ON a.id = c.application_id WHERE c.uin = ?1";
        let row = self.one(sql, [uin], |row| {
            let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((texts, row.get::<_, String>(3)?, row.get::<_, Option<String>>(4)?))
        })?;
        let wrong = || corrupt("certificate", uin, "application_id");
        let ((application, department, service), application_no, docket_no) = row.ok_or_else(wrong)?;
        self.turn(Id::parse(&application).ok_or_else(wrong)?, Turn::Undone)?;
        let mut data = json!({
            "uin": uin, "department": department, "service": service, "application_no": application_no,
            "bsk": handed.over.bsk, "delivered_at": handed.at, "undone_at": now,
        });
        if let Some(docket_no) = docket_no {
            data["docket_no"] = json!(docket_no);
        }
        self.tell(&department_stream(&department), "certificate.delivery_undone", uin, &data)?;
        self.audit(act)?;
        Ok(Undone::Done)
    }
}
