//! What is told to people by mail.

use crate::{
    connection::{PostgresLedger, Session},
    trouble::{corrupt, readable},
};
use async_trait::async_trait;
use mohor_domain::{civil::Instant, clock::ClockKind, id::Id, ladder::Rung, people::Post};
use mohor_ports::{
    error::Result,
    ledger::{Inbox, MAILING_LEASE, MAILING_LINES, MailCensus, Mailing, MailingLine, Mails, Sent, Untold},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

#[async_trait]
impl Mails for PostgresLedger {
    async fn take_mailings(&self, most: u32) -> Result<Vec<Mailing>> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        let sql = "UPDATE mailing SET next_at = $1 + $3, attempts = attempts + 1 WHERE id IN (
                     SELECT id FROM mailing WHERE state = 'waiting' AND next_at <= $1
                     ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED) RETURNING id";
        let again = query(sql).bind(now).bind(i64::from(most)).bind(MAILING_LEASE);
        let mut ids: Vec<Uuid> = session.all(again).await?.iter().map(|row| row.get(0)).collect();
        let sql = "SELECT DISTINCT login FROM mailing_line WHERE mailing IS NULL AND due_at <= $1 LIMIT $2";
        let logins: Vec<String> =
            session.all(query(sql).bind(now).bind(i64::from(most))).await?.iter().map(|row| row.get(0)).collect();
        for login in logins.iter().take((most as usize).saturating_sub(ids.len())) {
            let id = session.id()?.uuid();
            let sql = "UPDATE mailing_line SET mailing = $1 WHERE (application_id, kind, key, rung, login) IN (
                         SELECT application_id, kind, key, rung, login FROM mailing_line
                         WHERE login = $2 AND mailing IS NULL AND due_at <= $3
                         ORDER BY due_at LIMIT $4 FOR UPDATE SKIP LOCKED)";
            let lines = query(sql).bind(id).bind(login).bind(now).bind(i64::from(MAILING_LINES));
            if session.run(lines).await? == 0 {
                continue;
            }
            let sql = "INSERT INTO mailing (id, login, state, made_at, next_at, attempts, code)
                       VALUES ($1, $2, 'waiting', $3, $3 + $4, 1, '')";
            session.run(query(sql).bind(id).bind(login).bind(now).bind(MAILING_LEASE)).await?;
            ids.push(id);
        }
        let mailings = session.mailings(&ids).await?;
        session.commit().await?;
        Ok(mailings)
    }

    async fn settle_mailing(&self, id: Id, became: Sent, code: &str) -> Result<()> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        let (state, next_at, back) = match became {
            Sent::Taken => ("sent", now, 0),
            Sent::Later { at, counts } => ("waiting", at.millis(), i64::from(!counts)),
            Sent::GivenUp => ("failed", now, 0),
        };
        let sql = "UPDATE mailing SET state = $2, next_at = $3, attempts = attempts - $4, code = $5,
                     sent_at = CASE WHEN $2 = 'sent' THEN $6::int8 END
                   WHERE id = $1 AND state = 'waiting'";
        let statement = query(sql).bind(id.uuid()).bind(state).bind(next_at).bind(back).bind(code).bind(now);
        session.run(statement).await?;
        session.commit().await
    }

    async fn tell_again(&self, most: u32) -> Result<usize> {
        let mut session = self.write().await?;
        let told = session.tell_again(most).await?;
        session.commit().await?;
        Ok(told)
    }

    async fn untold(&self, application: Id) -> Result<Vec<Untold>> {
        let sql = "SELECT kind, key, rung, post, since FROM untold WHERE application_id = $1 ORDER BY since";
        let rows = self.read().await?.all(query(sql).bind(application.uuid())).await?;
        let id = application.to_string();
        let wrong = |column| corrupt("untold", &id, column);
        let read = |row: &PgRow| {
            Ok(Untold {
                kind: ClockKind::from_word(row.get(0)).ok_or_else(|| wrong("kind"))?,
                key: row.get(1),
                rung: Rung::from_word(row.get(2)).ok_or_else(|| wrong("rung"))?,
                post: Post::from_word(row.get(3)).ok_or_else(|| wrong("post"))?,
                since: Instant::from_millis(row.get(4)),
            })
        };
        rows.iter().map(read).collect()
    }

    async fn mail_census(&self) -> Result<MailCensus> {
        let now = Inbox::now(self).await?.millis();
        let sql = "SELECT (SELECT count(*) FROM mailing_line WHERE mailing IS NULL AND due_at <= $1)
                        + (SELECT count(*) FROM mailing WHERE state = 'waiting'),
                          (SELECT count(*) FROM mailing WHERE state = 'failed'), (SELECT count(*) FROM untold)
                        + (SELECT count(DISTINCT m.webhook) FROM webhook_mail m JOIN webhook w ON w.id = m.webhook
                             WHERE NOT m.told AND w.state = 'disabled' AND NOT EXISTS
                               (SELECT 1 FROM webhook_mail t WHERE t.webhook = m.webhook AND t.told AND t.at >= m.at)),
                          least((SELECT min(due_at) FROM mailing_line WHERE mailing IS NULL AND due_at <= $1),
                                (SELECT min(made_at) FROM mailing WHERE state = 'waiting'))";
        let row = self.read().await?.one(query(sql).bind(now)).await?;
        Ok(row.map_or_else(MailCensus::default, |row| MailCensus {
            waiting: row.get::<i64, _>(0) as u64,
            failed: row.get::<i64, _>(1) as u64,
            untold: row.get::<i64, _>(2) as u64,
            lag_millis: row.get::<Option<i64>, _>(3).map_or(0, |at| now - at),
        }))
    }
}

impl Session {
    async fn mailings(&mut self, ids: &[Uuid]) -> Result<Vec<Mailing>> {
        let mut mailings = Vec::new();
        for id in ids {
            let sql = "SELECT l.login, p.name, p.email, l.attempts FROM mailing l JOIN person p USING (login)
                       WHERE l.id = $1";
            let Some(row) = self.one(query(sql).bind(id)).await? else { continue };
            let sql = "SELECT a.department, a.application_no, a.service, w.kind, w.rung, r.due_on FROM mailing_line w
                       JOIN application a ON a.id = w.application_id
                       JOIN rung r ON (r.application_id, r.kind, r.key, r.rung) = (w.application_id, w.kind, w.key, w.rung)
                       WHERE w.mailing = $1 ORDER BY r.due_on, a.department, a.application_no, w.kind, w.rung";
            let lines = self.all(query(sql).bind(id)).await?;
            mailings.push(Mailing {
                id: Id::from(*id),
                login: row.get(0),
                name: row.get(1),
                email: row.get(2),
                attempts: row.get::<i64, _>(3) as u32,
                lines: readable(lines.iter().map(line))?,
                over: self.over(*id).await?,
            });
        }
        Ok(mailings)
    }
}

fn line(row: &PgRow) -> Result<MailingLine> {
    let number: String = row.get(1);
    let wrong = |column| corrupt("mailing_line", &number, column);
    Ok(MailingLine {
        department: row.get(0),
        service: row.get(2),
        kind: ClockKind::from_word(row.get(3)).ok_or_else(|| wrong("kind"))?,
        rung: Rung::from_word(row.get(4)).ok_or_else(|| wrong("rung"))?,
        due_on: row.get(5),
        application_no: number,
    })
}
