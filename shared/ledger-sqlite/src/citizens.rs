//! What a citizen does without an account.

use crate::connection::{SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing, civil::Instant, event::department_stream, id::Id, phone::Phone, sms::SmsKind, uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Citizens, CodeTried, Erased, Fetch, Fetched, NewDocument, Tracked, erasure},
};
use serde_json::json;

#[async_trait]
impl Citizens for SqliteLedger {
    async fn tracked(&self, digest: &str) -> Result<Option<Tracked>> {
        let digest = digest.to_owned();
        self.read(move |read| {
            let sql = "SELECT t.application_id, json_extract(a.data, '$.applicant.mobile'),
                         EXISTS (SELECT 1 FROM handover h WHERE h.application_id = a.id),
                         EXISTS (SELECT 1 FROM fetched f WHERE f.application_id = a.id AND f.delivered),
                         (SELECT min(f.fetched_at) FROM certificate c JOIN fetched f ON f.uin = c.uin WHERE c.application_id = a.id)
                       FROM tracking t JOIN application a ON a.id = t.application_id WHERE t.digest = ?1";
            let row = read.one(sql, [digest], |row| {
                let (mobile, fetched_at) = (row.get::<_, Option<String>>(1)?, row.get::<_, Option<i64>>(4)?);
                Ok((row.get::<_, String>(0)?, mobile, row.get::<_, bool>(2)?, row.get::<_, bool>(3)?, fetched_at))
            })?;
            let tracked = |(id, mobile, handed, delivered, fetched_at): (String, Option<String>, _, bool, Option<i64>)| {
                Ok(Tracked {
                    application: Id::parse(&id).ok_or_else(|| corrupt("tracking", &id, "application_id"))?,
                    phone: Phone::of(mobile.as_deref(), handed || delivered),
                    fetched_at: fetched_at.map(Instant::from_millis),
                    delivered,
                })
            };
            row.map(tracked).transpose()
        })
        .await
    }

    async fn fetch(&self, uin: Uin, mac: &str, act: Act) -> Result<Fetched> {
        let mac = mac.to_owned();
        self.write(move |write| write.fetch(uin.as_str(), &mac, &act)).await
    }

    async fn fetches(&self, uin: Uin, most: u32) -> Result<Vec<Fetch>> {
        self.read(move |read| {
            let sql = "SELECT n, fetched_at, delivered FROM fetched WHERE uin = ?1 ORDER BY n DESC LIMIT ?2";
            read.all(sql, (uin.as_str(), most), |row| {
                Ok(Fetch { n: row.get(0)?, at: Instant::from_millis(row.get(1)?), delivered: row.get(2)? })
            })
        })
        .await
    }

    async fn erase_phones(&self, kept_millis: i64, most: u32) -> Result<Erased> {
        self.write(move |write| write.erase_phones(kept_millis, most)).await
    }
}

impl Write<'_> {
    /// Puts the application's tracking key onto its paper: the one that an earlier paper has, or one that is drawn now.
    pub(crate) fn put_key(&self, order: &mut NewDocument) -> Result<()> {
        let sql = "SELECT json_extract(view, '$.tracking_key') FROM document_order
                   WHERE subject = ?1 AND kind = ?2 AND json_extract(view, '$.tracking_key') IS NOT NULL
                   ORDER BY number LIMIT 1";
        let before = self.one(sql, (&order.subject, order.kind.as_str()), |row| row.get::<_, String>(0))?;
        let key = match before {
            Some(key) => key,
            None => {
                let mut random = [0; 5];
                self.inner.entropy.fill(&mut random)?;
                let (key, digest) = order.new_key(random);
                let sql = "INSERT INTO tracking (application_id, digest) VALUES (?1, ?2)";
                self.run(sql, (&order.subject, digest))?;
                key
            }
        };
        order.view["tracking_key"] = json!(key);
        Ok(())
    }

    fn fetch(&self, uin: &str, mac: &str, act: &Act) -> Result<Fetched> {
        let sql =
            "SELECT c.application_id, c.department, a.service, a.application_no, a.docket_no, c.standing, n.uin IS NULL
                   FROM certificate c JOIN application a ON a.id = c.application_id LEFT JOIN notice n ON n.uin = c.uin
                   WHERE c.uin = ?1 AND c.notified_at IS NOT NULL";
        let row = self.one(sql, [uin], |row| {
            let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let more: (String, Option<String>, String) = (row.get(3)?, row.get(4)?, row.get(5)?);
            Ok((texts, more, row.get::<_, bool>(6)?))
        })?;
        let Some(((application, department, service), (application_no, docket_no, standing), online)) = row else {
            return Ok(Fetched::Unknown);
        };
        let standing = Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            return Ok(Fetched::NotLive(standing));
        }
        match self.try_code(uin, SmsKind::DocumentCode, mac)? {
            CodeTried::Right => (),
            CodeTried::Wrong { left } => return Ok(Fetched::WrongCode { left }),
            CodeTried::None => return Ok(Fetched::NoCode),
        }
        let sql = "SELECT coalesce(max(n), 0) + 1 FROM fetched WHERE uin = ?1";
        let n: u32 = self.one(sql, [uin], |row| row.get(0))?.unwrap_or(1);
        let (now, delivered) = (self.now(), online && n == 1);
        let sql = "INSERT INTO fetched (uin, n, application_id, delivered, fetched_at) VALUES (?1, ?2, ?3, ?4, ?5)";
        self.run(sql, (uin, n, &application, delivered, now.millis()))?;
        if delivered {
            let mut data = json!({
                "uin": uin, "department": department, "service": service, "application_no": application_no,
                "channel": "online", "delivered_at": now,
            });
            if let Some(docket_no) = docket_no {
                data["docket_no"] = json!(docket_no);
            }
            self.tell(&department_stream(&department), "certificate.delivered", uin, &data)?;
        }
        self.audit(act)?;
        Ok(Fetched::Done(Fetch { n, at: now, delivered }))
    }

    fn erase_phones(&self, kept_millis: i64, most: u32) -> Result<Erased> {
        let sql = "SELECT application_id FROM phone_due WHERE since <= ?1 ORDER BY since LIMIT ?2";
        let due = self.all(sql, (self.now().millis() - kept_millis, most), |row| row.get::<_, String>(0))?;
        let mut erased = Erased { looked: due.len() as u32, had: vec![] };
        for id in due {
            let sql = "UPDATE application SET data = json_remove(data, '$.applicant.mobile')
                       WHERE id = ?1 AND json_extract(data, '$.applicant.mobile') IS NOT NULL";
            let of_approval = self.run(sql, [&id])?;
            let sql = "UPDATE inbound_event SET data = json_remove(data, '$.applicant.mobile')
                       WHERE application_id = ?1 AND json_extract(data, '$.applicant.mobile') IS NOT NULL";
            let of_events = self.run(sql, [&id])?;
            self.run("DELETE FROM phone_due WHERE application_id = ?1", [&id])?;
            if of_approval + of_events > 0 {
                let id = Id::parse(&id).ok_or_else(|| corrupt("phone_due", &id, "application_id"))?;
                self.audit(&erasure(id))?;
                erased.had.push(id);
            }
        }
        Ok(erased)
    }
}
