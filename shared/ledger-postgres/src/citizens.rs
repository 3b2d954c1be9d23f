//! What a citizen does without an account.

use crate::{
    connection::{PostgresLedger, Session},
    outbound::Told,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, id::Id, phone::Phone, sms::SmsKind, uin::Uin};
use mohor_ports::{
    error::Result,
    ledger::{Act, Citizens, CodeTried, Erased, Fetch, Fetched, NewDocument, Tracked, erasure},
};
use serde_json::json;
use sqlx_core::{query::query, row::Row};
use std::collections::HashMap;
use uuid::Uuid;

#[async_trait]
impl Citizens for PostgresLedger {
    async fn tracked(&self, digest: &str) -> Result<Option<Tracked>> {
        let sql = "SELECT t.application_id, mobile_in(a.data),
                     EXISTS (SELECT FROM handover h WHERE h.application_id = a.id),
                     EXISTS (SELECT FROM fetched f WHERE f.application_id = a.id AND f.delivered),
                     (SELECT min(f.fetched_at) FROM certificate c JOIN fetched f ON f.uin = c.uin WHERE c.application_id = a.id)
                   FROM tracking t JOIN application a ON a.id = t.application_id WHERE t.digest = $1";
        let row = self.read().await?.one(query(sql).bind(digest)).await?;
        Ok(row.map(|row| {
            let (handed, delivered): (bool, bool) = (row.get(2), row.get(3));
            Tracked {
                application: row.get::<Uuid, _>(0).into(),
                phone: Phone::of(row.get::<Option<&str>, _>(1), handed || delivered),
                fetched_at: row.get::<Option<i64>, _>(4).map(Instant::from_millis),
                delivered,
            }
        }))
    }

    async fn fetch(&self, uin: Uin, mac: &str, act: Act) -> Result<Fetched> {
        let mut session = self.write().await?;
        let outcome = session.fetch(uin.as_str(), mac, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn fetches(&self, uin: Uin, most: u32) -> Result<Vec<Fetch>> {
        let sql = "SELECT n, fetched_at, delivered FROM fetched WHERE uin = $1 ORDER BY n DESC LIMIT $2";
        let rows = self.read().await?.all(query(sql).bind(uin.as_str()).bind(i64::from(most))).await?;
        let fetch = rows.iter().map(|row| Fetch {
            n: row.get::<i32, _>(0).unsigned_abs(),
            at: Instant::from_millis(row.get(1)),
            delivered: row.get(2),
        });
        Ok(fetch.collect())
    }

    async fn erase_phones(&self, kept_millis: i64, most: u32) -> Result<Erased> {
        let mut session = self.write().await?;
        let before = session.now().millis() - kept_millis;
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        let sql = "SELECT erased, had FROM erase_phones($1, $2)";
        let rows = session.all(query(sql).bind(before).bind(most)).await?;
        let had = rows.iter().filter(|row| row.get(1)).map(|row| Id::from(row.get::<Uuid, _>(0)));
        let erased = Erased { looked: rows.len() as u32, had: had.collect() };
        for id in &erased.had {
            session.audit(&erasure(*id)).await?;
        }
        session.commit().await?;
        Ok(erased)
    }
}

impl Session {
    /// Puts each application's tracking key onto its paper: the one that an earlier paper has, or one that is drawn now.
    pub(crate) async fn put_keys(&mut self, orders: &mut [NewDocument]) -> Result<()> {
        if orders.is_empty() {
            return Ok(());
        }
        let subjects: Vec<String> = orders.iter().map(|order| order.subject.clone()).collect();
        let sql = "SELECT application, key FROM tracking_keys($1)";
        let rows = self.all(query(sql).bind(subjects)).await?;
        let before: HashMap<String, String> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let (mut new, mut digests) = (Vec::new(), Vec::new());
        for order in orders {
            let key = match before.get(&order.subject) {
                Some(key) => key.clone(),
                None => {
                    let mut random = [0; 5];
                    self.inner.entropy.fill(&mut random)?;
                    let (key, digest) = order.new_key(random);
                    let id = Id::parse(&order.subject);
                    new.push(id.ok_or_else(|| corrupt("document_order", &order.subject, "subject"))?.uuid());
                    digests.push(digest);
                    key
                }
            };
            order.view["tracking_key"] = json!(key);
        }
        if new.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO tracking (application_id, digest) SELECT * FROM unnest($1::uuid[], $2::text[])";
        self.run(query(sql).bind(new).bind(digests)).await.map(drop)
    }

    async fn fetch(&mut self, uin: &str, mac: &str, act: &Act) -> Result<Fetched> {
        let sql =
            "SELECT c.application_id, c.department, c.service, a.application_no, a.docket_no, c.standing, n.uin IS NULL
                   FROM certificate c JOIN application a ON a.id = c.application_id LEFT JOIN notice n ON n.uin = c.uin
                   WHERE c.uin = $1 AND c.notified_at IS NOT NULL";
        let Some(row) = self.one(query(sql).bind(uin)).await? else { return Ok(Fetched::Unknown) };
        let standing = Standing::from_word(row.get(5)).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            return Ok(Fetched::NotLive(standing));
        }
        // Of two with one code the second waits here for the first, and finds it used.
        match self.try_code(uin, SmsKind::DocumentCode, mac).await? {
            CodeTried::Right => (),
            CodeTried::Wrong { left } => return Ok(Fetched::WrongCode { left }),
            CodeTried::None => return Ok(Fetched::NoCode),
        }
        let sql = "SELECT coalesce(max(n), 0) + 1 FROM fetched WHERE uin = $1";
        let n: i32 = self.one(query(sql).bind(uin)).await?.map_or(1, |row| row.get(0));
        let (now, delivered, department) = (self.now(), row.get::<bool, _>(6) && n == 1, row.get::<String, _>(1));
        let sql = "INSERT INTO fetched (uin, n, application_id, delivered, fetched_at) VALUES ($1, $2, $3, $4, $5)";
        let fetched = query(sql).bind(uin).bind(n).bind(row.get::<Uuid, _>(0)).bind(delivered).bind(now.millis());
        self.run(fetched).await?;
        self.audit(act).await?;
        if delivered {
            let mut data = json!({
                "uin": uin, "department": department, "service": row.get::<String, _>(2),
                "application_no": row.get::<String, _>(3), "channel": "online", "delivered_at": now,
            });
            if let Some(docket_no) = row.get::<Option<String>, _>(4) {
                data["docket_no"] = json!(docket_no);
            }
            self.tell(vec![Told::department(&department, "certificate.delivered", uin, data)]).await?;
        }
        Ok(Fetched::Done(Fetch { n: n.unsigned_abs(), at: now, delivered }))
    }
}
