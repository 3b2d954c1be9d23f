//! What is done at a centre's counter.

use crate::{
    connection::{PostgresLedger, Session},
    outbound::Told,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{certificate::Standing, civil::Instant, id::Id, share::HandedTo, uin::Uin};
use mohor_ports::{
    error::Result,
    ledger::{Act, ClockRow, Counter, Handed, HandedOver, Handover, Turn},
};
use serde_json::json;
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

#[async_trait]
impl Counter for PostgresLedger {
    async fn hand_over(&self, over: Handover, act: Act) -> Result<HandedOver> {
        let mut session = self.derive().await?;
        let outcome = session.hand_over(over, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn handed(&self, uin: Uin) -> Result<Option<Handed>> {
        self.read().await?.handed(uin.as_str()).await
    }
}

impl Session {
    /// The hand-over of a certificate.
    pub(crate) async fn handed(&mut self, uin: &str) -> Result<Option<Handed>> {
        Ok(self.all_handed(&[uin.to_owned()]).await?.pop())
    }

    /// The hand-overs of certificates.
    pub(crate) async fn all_handed(&mut self, uins: &[String]) -> Result<Vec<Handed>> {
        let sql = "SELECT uin, bsk, handed_to, reference, actor, handed_at FROM handover WHERE uin = ANY($1)";
        let rows = self.all(query(sql).bind(uins)).await?;
        let read = |row: &PgRow| {
            let uin: &str = row.get(0);
            let over = Handover {
                uin: Uin::canonical(uin).map_err(|_| corrupt("handover", uin, "uin"))?,
                bsk: row.get(1),
                to: HandedTo::from_word(row.get(2)).ok_or_else(|| corrupt("handover", uin, "handed_to"))?,
                reference: row.get(3),
            };
            Ok(Handed { over, actor: row.get(4), at: Instant::from_millis(row.get(5)) })
        };
        rows.iter().map(read).collect()
    }

    async fn hand_over(&mut self, over: Handover, act: &Act) -> Result<HandedOver> {
        let uin = over.uin.as_str();
        let sql = "SELECT c.application_id, c.department, c.service, a.application_no, a.docket_no, c.standing
                   FROM certificate c JOIN application a ON a.id = c.application_id JOIN notice n ON n.uin = c.uin
                   WHERE c.uin = $1 AND n.bsk = $2";
        let Some(row) = self.one(query(sql).bind(uin).bind(&over.bsk)).await? else {
            return Ok(HandedOver::Unknown);
        };
        let standing = Standing::from_word(row.get(5)).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            let before = self.handed(uin).await?;
            return Ok(before.map_or(HandedOver::NotLive(standing), HandedOver::Before));
        }
        let (application, department, now) = (row.get::<Uuid, _>(0), row.get::<String, _>(1), self.now());
        // Of two at once the second waits here for the first, and then reads what it did.
        let sql = "INSERT INTO handover (uin, application_id, bsk, handed_to, reference, actor, handed_at)
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let claim = query(sql).bind(uin).bind(application).bind(&over.bsk).bind(over.to.as_str());
        if self.run(claim.bind(&over.reference).bind(&act.actor).bind(now.millis())).await? == 0 {
            let before = self.handed(uin).await?.ok_or_else(|| corrupt("handover", uin, "application_id"))?;
            return Ok(HandedOver::Before(before));
        }
        self.stop(application.into()).await?;
        let mut data = json!({
            "uin": uin, "department": department, "service": row.get::<String, _>(2),
            "application_no": row.get::<String, _>(3), "bsk": over.bsk, "channel": "counter", "delivered_at": now,
        });
        if let Some(docket_no) = row.get::<Option<String>, _>(4) {
            data["docket_no"] = json!(docket_no);
        }
        self.audit(act).await?;
        self.tell(vec![Told::department(&department, "certificate.delivered", uin, data)]).await?;
        Ok(HandedOver::New(Handed { over, actor: act.actor.clone(), at: now }))
    }

    /// Stops the clocks that end with a hand-over. The portal may stop a clock and has no right to move its due day: of a
    /// clock that stood, nobody knew one.
    async fn stop(&mut self, application: Id) -> Result<()> {
        let kept = self.kept(&[application]).await?.remove(&application).unwrap_or_default();
        // Between the approval of a change of the rules and its walk a clock stops by the rules that gave the day it has.
        let rules =
            kept.iter().find(|record| record.clock.stopped_at.is_none()).map(|record| record.rules(&self.force));
        let rules = rules.unwrap_or_else(|| self.force.rules.clone());
        for record in Turn::HandedOver.changes(&kept, self.now(), &rules) {
            let row = ClockRow::of(&record);
            let sql =
                "UPDATE clock SET state = $4, stopped_at = $5, outcome = $6, pauses = $7, rungs = $8, next_at = $9
                       WHERE application_id = $1 AND kind = $2 AND key = $3";
            let statement = query(sql).bind(application.uuid()).bind(row.kind).bind(row.key).bind(row.state);
            let statement = statement.bind(row.stopped_at).bind(row.outcome).bind(row.pauses).bind(row.rungs);
            self.run(statement.bind(row.next_at)).await?;
        }
        Ok(())
    }
}
