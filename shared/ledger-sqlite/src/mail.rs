//! What is told to people by mail.

use crate::connection::{SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    clock::ClockKind,
    id::Id,
    ladder::Rung,
    tell::{opening, told},
};
use mohor_ports::{
    error::Result,
    ledger::{ClockRecord, MAILING_LEASE, MAILING_LINES, MailCensus, Mailing, MailingLine, Mails, Sent},
};

#[async_trait]
impl Mails for SqliteLedger {
    async fn take_mailings(&self, most: u32) -> Result<Vec<Mailing>> {
        // An idle look writes nothing.
        let now = self.clock().millis();
        let due = "SELECT 1 WHERE EXISTS (SELECT 1 FROM mailing WHERE state = 'waiting' AND next_at <= ?1)
                   OR EXISTS (SELECT 1 FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1)";
        if self.read(move |read| read.one(due, [now], |_| Ok(()))).await?.is_none() {
            return Ok(vec![]);
        }
        self.write(&[], move |write| {
            let now = write.now().millis();
            let sql = "SELECT id FROM mailing WHERE state = 'waiting' AND next_at <= ?1 ORDER BY next_at LIMIT ?2";
            let mut ids: Vec<String> = write.all(sql, (now, most), |row| row.get(0))?;
            for id in &ids {
                let sql = "UPDATE mailing SET next_at = ?2, attempts = attempts + 1 WHERE id = ?1";
                write.run(sql, (id, now + MAILING_LEASE))?;
            }
            let sql = "SELECT DISTINCT login FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1 LIMIT ?2";
            let logins: Vec<String> = write.all(sql, (now, most), |row| row.get(0))?;
            for login in logins.iter().take((most as usize).saturating_sub(ids.len())) {
                let id = write.id()?.to_string();
                let sql = "UPDATE mailing_line SET mailing = ?1 WHERE rowid IN (
                             SELECT rowid FROM mailing_line WHERE login = ?2 AND mailing IS NULL AND due_at <= ?3
                             ORDER BY due_at LIMIT ?4)";
                write.run(sql, (&id, login, now, MAILING_LINES))?;
                let sql = "INSERT INTO mailing (id, login, state, made_at, next_at, attempts, code)
                           VALUES (?1, ?2, 'waiting', ?3, ?4, 1, '')";
                write.run(sql, (&id, login, now, now + MAILING_LEASE))?;
                ids.push(id);
            }
            ids.iter().map(|id| write.mailing(id)).collect()
        })
        .await
    }

    async fn settle_mailing(&self, id: Id, became: Sent, code: &str) -> Result<()> {
        let code = code.to_owned();
        self.write(&[], move |write| {
            let now = write.now().millis();
            let (state, next_at, back) = match became {
                Sent::Taken => ("sent", now, false),
                Sent::Later { at, counts } => ("waiting", at.millis(), !counts),
                Sent::GivenUp => ("failed", now, false),
            };
            let sql = "UPDATE mailing SET state = ?2, next_at = ?3, attempts = attempts - ?4, code = ?5,
                         sent_at = CASE WHEN ?2 = 'sent' THEN ?6 END
                       WHERE id = ?1 AND state = 'waiting'";
            write.run(sql, (id.to_string(), state, next_at, back, &code, now)).map(drop)
        })
        .await
    }

    async fn mail_census(&self) -> Result<MailCensus> {
        let now = self.clock().millis();
        self.read(move |read| {
            let sql = "SELECT (SELECT count(*) FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1)
                            + (SELECT count(*) FROM mailing WHERE state = 'waiting'),
                              (SELECT count(*) FROM mailing WHERE state = 'failed'),
                              (SELECT min(due_at) FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1),
                              (SELECT min(made_at) FROM mailing WHERE state = 'waiting')";
            let found = read.one(sql, [now], |row| {
                let since: [Option<i64>; 2] = [row.get(2)?, row.get(3)?];
                Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, since.into_iter().flatten().min()))
            })?;
            let (waiting, failed, since) = found.unwrap_or_default();
            let lag_millis = since.map_or(0, |at| now - at);
            Ok(MailCensus { waiting: waiting as u64, failed: failed as u64, lag_millis })
        })
        .await
    }
}

impl Write<'_> {
    /// Writes down who is to be told of a rung that has just fired.
    pub(crate) fn address(&self, record: &ClockRecord, rung: Rung) -> Result<()> {
        let (now, rules) = (self.now(), &self.inner.reference.rules);
        for it in told(record.clock.kind, rung) {
            let at = if it.urgent { now } else { opening(now, rules.ladder.office_opens, &rules.calendar) };
            let sql = "INSERT INTO mailing_line (application_id, kind, key, rung, login, due_at)
                       SELECT ?1, ?2, ?3, ?4, login, ?5 FROM person
                       WHERE post = ?6 AND email IS NOT NULL AND disabled_at IS NULL
                         AND (department IS NULL OR department = ?7) AND (district IS NULL OR district = ?8)
                         AND (office IS NULL OR office = ?9) AND (bsk IS NULL OR bsk = ?10)
                         AND (NOT ?11 OR (department IS NULL AND office IS NULL))
                       ON CONFLICT DO NOTHING";
            let values = rusqlite::params![
                record.application.to_string(),
                record.clock.kind.as_str(),
                record.clock.key,
                rung.as_str(),
                at.millis(),
                it.post.as_str(),
                record.department,
                record.district,
                record.office,
                record.bsk,
                record.clock.kind == ClockKind::Bsk,
            ];
            self.run(sql, values)?;
        }
        Ok(())
    }

    fn mailing(&self, id: &str) -> Result<Mailing> {
        let wrong = |column| corrupt("mailing", id, column);
        let sql = "SELECT l.login, p.name, p.email, l.attempts FROM mailing l JOIN person p ON p.login = l.login
                   WHERE l.id = ?1";
        let row = self.one(sql, [id], |row| {
            let texts: (String, String, Option<String>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok((texts, row.get::<_, u32>(3)?))
        })?;
        let ((login, name, email), attempts) = row.ok_or_else(|| wrong("login"))?;
        let sql = "SELECT a.department, a.application_no, a.service, w.kind, w.rung, r.due_on FROM mailing_line w
                   JOIN application a ON a.id = w.application_id
                   JOIN rung r ON (r.application_id, r.kind, r.key, r.rung) = (w.application_id, w.kind, w.key, w.rung)
                   WHERE w.mailing = ?1 ORDER BY r.due_on, a.department, a.application_no, w.kind, w.rung";
        let rows = self.all(sql, [id], |row| {
            let words: (String, String) = (row.get(3)?, row.get(4)?);
            let texts: (String, String) = (row.get(0)?, row.get(1)?);
            let rest: (Option<String>, Option<String>) = (row.get(2)?, row.get(5)?);
            Ok((texts, rest, words))
        })?;
        let line = |((department, application_no), (service, due_on), (kind, rung)): (
            (String, String),
            _,
            (String, String),
        )| {
            let kind = ClockKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
            let rung = Rung::from_word(&rung).ok_or_else(|| wrong("rung"))?;
            Ok(MailingLine { department, application_no, service, kind, rung, due_on })
        };
        let lines = rows.into_iter().map(line).collect::<Result<_>>()?;
        Ok(Mailing { id: Id::parse(id).ok_or_else(|| wrong("id"))?, login, name, email, attempts, lines })
    }
}
