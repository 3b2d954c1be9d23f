//! What is done at a centre's counter.

use crate::{
    connection::{PostgresLedger, Session},
    outbound::Told,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing, civil::Instant, ground::Ground, id::Id, sms::SmsKind, tray::TrayState, uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, ClockRow, CodeTried, Counter, Handed, HandedOver, Handover, ONE_IN, TakenBack, Turn, Undone},
};
use serde_json::{Value, json};
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

    async fn undo_hand_over(&self, uin: Uin, reason: &str, within: i64, act: Act) -> Result<Undone> {
        let mut session = self.derive().await?;
        let outcome = session.undo_hand_over(uin, reason, within, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn taken_back(&self, uin: Uin) -> Result<Vec<TakenBack>> {
        let sql = "SELECT bsk, handed_to, reference, actor, handed_at, way, detail, undone_by, reason, undone_at
                   FROM handover_undone WHERE uin = $1 ORDER BY handed_at DESC";
        let rows = self.read().await?.all(query(sql).bind(uin.as_str())).await?;
        let read = |row: &PgRow| {
            let handed = handed(row, uin.as_str(), "handover_undone")?;
            Ok(TakenBack { handed, by: row.get(7), reason: row.get(8), at: Instant::from_millis(row.get(9)) })
        };
        rows.iter().map(read).collect()
    }
}

/// Reads a hand-over from the first seven columns of a row.
pub(crate) fn handed(row: &PgRow, uin: &str, table: &str) -> Result<Handed> {
    let wrong = |column| corrupt(table, uin, column);
    let detail: Value = serde_json::from_str(row.get(6)).map_err(|_| wrong("detail"))?;
    let over = Handover {
        uin: Uin::canonical(uin).map_err(|_| wrong("uin"))?,
        bsk: row.get(0),
        ground: Ground::read(row.get(5), row.get(1), &detail).ok_or_else(|| wrong("way"))?,
        reference: row.get(2),
    };
    Ok(Handed { over, actor: row.get(3), at: Instant::from_millis(row.get(4)) })
}

impl Session {
    /// The hand-over of a certificate.
    pub(crate) async fn handed(&mut self, uin: &str) -> Result<Option<Handed>> {
        Ok(self.all_handed(&[uin.to_owned()]).await?.pop())
    }

    /// The hand-overs of certificates.
    pub(crate) async fn all_handed(&mut self, uins: &[String]) -> Result<Vec<Handed>> {
        let sql =
            "SELECT bsk, handed_to, reference, actor, handed_at, way, detail, uin FROM handover WHERE uin = ANY($1)";
        let rows = self.all(query(sql).bind(uins)).await?;
        rows.iter().map(|row| handed(row, row.get(7), "handover")).collect()
    }

    async fn hand_over(&mut self, over: Handover, act: &Act) -> Result<HandedOver> {
        let uin = over.uin.as_str();
        self.hold(uin).await?;
        let sql = "SELECT c.application_id, c.department, c.service, a.application_no, a.docket_no, c.standing, n.state
                   FROM certificate c JOIN application a ON a.id = c.application_id JOIN notice n ON n.uin = c.uin
                   WHERE c.uin = $1 AND n.bsk = $2";
        let Some(row) = self.one(query(sql).bind(uin).bind(&over.bsk)).await? else {
            return Ok(HandedOver::Unknown);
        };
        if let Some(before) = self.handed(uin).await? {
            return Ok(HandedOver::Before(before));
        }
        let standing = Standing::from_word(row.get(5)).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if standing != Standing::Live {
            return Ok(HandedOver::NotLive(standing));
        }
        if row.get::<&str, _>(6) == TrayState::Returned.as_str() {
            return Ok(HandedOver::Returned);
        }
        let (application, department, now) = (row.get::<Uuid, _>(0), row.get::<String, _>(1), self.now());
        match &over.ground {
            Ground::Code { mac } => {
                let mac = mac.as_deref().unwrap_or_default();
                match self.try_code(uin, SmsKind::HandOverCode, mac).await? {
                    CodeTried::Right => (),
                    CodeTried::Wrong { left } => return Ok(HandedOver::WrongCode { left }),
                    CodeTried::None => {
                        return Ok(self.handed(uin).await?.map_or(HandedOver::NoCode, HandedOver::Before));
                    }
                }
            }
            Ground::Exception => {
                let sql = "UPDATE exception SET state = 'used' WHERE uin = $1 AND bsk = $2 AND state = 'allowed'";
                if self.run(query(sql).bind(uin).bind(&over.bsk)).await? == 0 {
                    return Ok(self.handed(uin).await?.map_or(HandedOver::NoException, HandedOver::Before));
                }
            }
            Ground::Unstated | Ground::Paper { .. } | Ground::Representative { .. } => (),
        }
        let sampled = over.ground.rests_on_a_paper() && self.random()? % ONE_IN == 0;
        // Of two at once the second waits here for the first, and then reads what it did.
        let sql = "INSERT INTO handover (uin, application_id, bsk, handed_to, reference, actor, handed_at, way, detail, sampled)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING";
        let claim = query(sql).bind(uin).bind(application).bind(&over.bsk).bind(over.ground.to().as_str());
        let claim = claim.bind(&over.reference).bind(&act.actor).bind(now.millis());
        let claim = claim.bind(over.ground.way().as_str()).bind(over.ground.detail().to_string()).bind(sampled);
        if self.run(claim).await? == 0 {
            let before = self.handed(uin).await?.ok_or_else(|| corrupt("handover", uin, "application_id"))?;
            return Ok(HandedOver::Before(before));
        }
        self.stop(application.into(), Turn::HandedOver).await?;
        let mut data = json!({
            "uin": uin, "department": department, "service": row.get::<String, _>(2),
            "application_no": row.get::<String, _>(3), "bsk": over.bsk, "channel": "counter", "delivered_at": now,
        });
        if let Some(docket_no) = row.get::<Option<String>, _>(4) {
            data["docket_no"] = json!(docket_no);
        }
        self.audit(act).await?;
        self.tell(vec![Told::department(&department, "certificate.delivered", uin, data)]).await?;
        let over = Handover { ground: over.ground.kept(), ..over };
        Ok(HandedOver::New(Handed { over, actor: act.actor.clone(), at: now }))
    }

    async fn undo_hand_over(&mut self, uin: Uin, reason: &str, within: i64, act: &Act) -> Result<Undone> {
        let uin = uin.as_str();
        self.hold(uin).await?;
        let Some(handed) = self.handed(uin).await? else { return Ok(Undone::NotHanded) };
        let now = self.now();
        if now.millis() - handed.at.millis() > within {
            return Ok(Undone::TooLate(handed));
        }
        let sql = "INSERT INTO handover_undone (uin, bsk, handed_to, way, detail, reference, actor, handed_at, undone_by, reason, undone_at)
                   SELECT uin, bsk, handed_to, way, detail, reference, actor, handed_at, $2, $3, $4 FROM handover WHERE uin = $1
                   ON CONFLICT DO NOTHING";
        // Of two at once the second waits here for the first, and finds it done.
        let kept = query(sql).bind(uin).bind(&act.actor).bind(reason).bind(now.millis());
        if self.run(kept).await? == 0 {
            return Ok(Undone::NotHanded);
        }
        let sql = "DELETE FROM handover WHERE uin = $1 RETURNING application_id";
        let row = self.one(query(sql).bind(uin)).await?.ok_or_else(|| corrupt("handover", uin, "uin"))?;
        let application: Uuid = row.get(0);
        self.stop(application.into(), Turn::Undone).await?;
        let sql = "SELECT c.department, c.service, a.application_no, a.docket_no
                   FROM certificate c JOIN application a ON a.id = c.application_id WHERE c.uin = $1";
        let row = self.one(query(sql).bind(uin)).await?.ok_or_else(|| corrupt("certificate", uin, "application_id"))?;
        let department: String = row.get(0);
        let mut data = json!({
            "uin": uin, "department": department, "service": row.get::<String, _>(1),
            "application_no": row.get::<String, _>(2), "bsk": handed.over.bsk, "delivered_at": handed.at, "undone_at": now,
        });
        if let Some(docket_no) = row.get::<Option<String>, _>(3) {
            data["docket_no"] = json!(docket_no);
        }
        self.audit(act).await?;
        self.tell(vec![Told::department(&department, "certificate.delivery_undone", uin, data)]).await?;
        Ok(Undone::Done)
    }

    /// A byte.
    fn random(&self) -> Result<u8> {
        let mut byte = [0];
        self.inner.entropy.fill(&mut byte)?;
        Ok(byte[0])
    }

    /// Stops the clocks that end with a hand-over or a return, or lets them run on. The portal may do that and has no right to
    /// move a due day: of a clock that stood, nobody knew one.
    pub(crate) async fn stop(&mut self, application: Id, turn: Turn) -> Result<()> {
        let kept = self.kept(&[application]).await?.remove(&application).unwrap_or_default();
        // Between the approval of a change of the rules and its walk a clock stops by the rules that gave the day it has.
        let rules =
            kept.iter().find(|record| record.clock.stopped_at.is_none()).map(|record| record.rules(&self.force));
        let rules = rules.unwrap_or_else(|| self.force.rules.clone());
        for record in turn.changes(&kept, self.now(), &rules) {
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
