//! What is done at a centre's counter.

use crate::connection::{Read, SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing, civil::Instant, event::department_stream, id::Id, share::HandedTo, tray::TrayState, uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Counter, Handed, HandedOver, Handover, Turn},
};
use serde_json::json;

#[async_trait]
impl Counter for SqliteLedger {
    async fn hand_over(&self, over: Handover, act: Act) -> Result<HandedOver> {
        self.write(&[], move |write| write.hand_over(over, &act)).await
    }

    async fn handed(&self, uin: Uin) -> Result<Option<Handed>> {
        self.read(move |read| handed(read, uin.as_str())).await
    }
}

/// The hand-over of a certificate.
pub(crate) fn handed(read: &Read<'_>, uin: &str) -> Result<Option<Handed>> {
    let sql = "SELECT bsk, handed_to, reference, actor, handed_at FROM handover WHERE uin = ?1";
    let row = read.one(sql, [uin], |row| {
        let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok((texts, row.get::<_, String>(3)?, row.get::<_, i64>(4)?))
    })?;
    let Some(((bsk, to, reference), actor, at)) = row else { return Ok(None) };
    let to = HandedTo::from_word(&to).ok_or_else(|| corrupt("handover", uin, "handed_to"))?;
    let uin = Uin::canonical(uin).map_err(|_| corrupt("handover", uin, "uin"))?;
    Ok(Some(Handed { over: Handover { uin, bsk, to, reference }, actor, at: Instant::from_millis(at) }))
}

impl Write<'_> {
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
        if let Some(before) = handed(&Read { connection: &self.tx, inner: self.inner }, uin)? {
            return Ok(HandedOver::Before(before));
        }
        let standing = Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            return Ok(HandedOver::NotLive(standing));
        }
        if state == TrayState::Returned.as_str() {
            return Ok(HandedOver::Returned);
        }
        let now = self.now();
        let sql = "INSERT INTO handover (uin, application_id, bsk, handed_to, reference, actor, handed_at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = (uin, &application, &over.bsk, over.to.as_str(), &over.reference, &act.actor, now.millis());
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
        Ok(HandedOver::New(Handed { over, actor: act.actor.clone(), at: now }))
    }
}
