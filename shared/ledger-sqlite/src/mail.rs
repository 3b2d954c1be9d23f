//! What is told to people by mail.

use crate::{
    clock::{columns, record, row as clock_row},
    connection::{SqliteLedger, Write, corrupt, readable},
};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    clock::ClockKind,
    directory::Directory,
    id::Id,
    ladder::Rung,
    people::{Place, Post},
    tell::opening,
};
use mohor_ports::{
    error::Result,
    ledger::{
        ClockRecord, MAILING_LEASE, MAILING_LINES, MailCensus, Mailing, MailingLine, Mails, Sent, UNTOLD_AGAIN, Untold,
        Wanted, wanted,
    },
};

#[async_trait]
impl Mails for SqliteLedger {
    async fn take_mailings(&self, most: u32) -> Result<Vec<Mailing>> {
        // An idle look writes nothing.
        let now = self.clock().millis();
        let due = "SELECT 1 WHERE EXISTS (SELECT 1 FROM mailing WHERE state = 'waiting' AND next_at <= ?1)
                   OR EXISTS (SELECT 1 FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1)";
        if self.glance(|read| read.one(due, [now], |_| Ok(())))?.is_none() {
            return Ok(vec![]);
        }
        self.write(move |write| {
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
        self.write(move |write| {
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

    async fn tell_again(&self, most: u32) -> Result<usize> {
        let now = self.clock().millis();
        let due = "SELECT 1 FROM untold WHERE again_at <= ?1 LIMIT 1";
        if self.glance(|read| read.one(due, [now], |_| Ok(())))?.is_none() {
            return Ok(0);
        }
        self.write(move |write| {
            let now = write.now().millis();
            let sql = concat!(
                "SELECT ",
                columns!(),
                ", u.rung, u.post FROM clock JOIN untold u USING (application_id, kind, key)
                 WHERE u.again_at <= ?1 ORDER BY u.again_at LIMIT ?2"
            );
            let rows = write.all(sql, (now, most), |row| {
                Ok((clock_row(row)?, row.get::<_, String>(22)?, row.get::<_, String>(23)?))
            })?;
            let mut told = 0;
            for (row, rung, post) in rows {
                let (id, kind, key) = (row.0.clone(), row.1.kind.clone(), row.1.key.clone());
                let word = || Rung::from_word(&rung).ok_or_else(|| corrupt("untold", &id, "rung"));
                let record = readable([record(row).and_then(|record| Ok((record, word()?)))])?.pop();
                // Nobody is told by half of a row: it waits until it can be read.
                let (settled, somebody) = match record {
                    Some((record, rung)) => write.tell_one_again(&record, rung, &post)?,
                    None => (false, false),
                };
                told += usize::from(somebody);
                let values = (&id, &kind, &key, &rung, &post);
                let of = "(application_id, kind, key, rung, post) = (?1, ?2, ?3, ?4, ?5)";
                match settled {
                    true => write.run(&format!("DELETE FROM untold WHERE {of}"), values)?,
                    false => {
                        let sql = format!("UPDATE untold SET again_at = ?6 WHERE {of}");
                        let again = now + UNTOLD_AGAIN;
                        write.run(&sql, (&id, &kind, &key, &rung, &post, again))?
                    }
                };
            }
            Ok(told)
        })
        .await
    }

    async fn untold(&self, application: Id) -> Result<Vec<Untold>> {
        self.read(move |read| {
            let id = application.to_string();
            let sql = "SELECT kind, key, rung, post, since FROM untold WHERE application_id = ?1 ORDER BY since";
            let rows = read.all(sql, [&id], |row| {
                let words: (String, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((words, Instant::from_millis(row.get(4)?)))
            })?;
            let read = |((kind, key, rung, post), since): ((String, String, String, String), _)| {
                let wrong = |column| corrupt("untold", &id, column);
                Ok(Untold {
                    kind: ClockKind::from_word(&kind).ok_or_else(|| wrong("kind"))?,
                    key,
                    rung: Rung::from_word(&rung).ok_or_else(|| wrong("rung"))?,
                    post: Post::from_word(&post).ok_or_else(|| wrong("post"))?,
                    since,
                })
            };
            rows.into_iter().map(read).collect()
        })
        .await
    }

    async fn mail_census(&self) -> Result<MailCensus> {
        let now = self.clock().millis();
        self.read(move |read| {
            let sql = "SELECT (SELECT count(*) FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1)
                            + (SELECT count(*) FROM mailing WHERE state = 'waiting'),
                              (SELECT count(*) FROM mailing WHERE state = 'failed'), (SELECT count(*) FROM untold)
                            + (SELECT count(DISTINCT m.webhook) FROM webhook_mail m JOIN webhook w ON w.id = m.webhook
                             WHERE NOT m.told AND w.state = 'disabled' AND NOT EXISTS
                               (SELECT 1 FROM webhook_mail t WHERE t.webhook = m.webhook AND t.told AND t.at >= m.at)),
                              (SELECT min(due_at) FROM mailing_line WHERE mailing IS NULL AND due_at <= ?1),
                              (SELECT min(made_at) FROM mailing WHERE state = 'waiting')";
            let found = read.one(sql, [now], |row| {
                let since: [Option<i64>; 2] = [row.get(3)?, row.get(4)?];
                let counts: [i64; 3] = [row.get(0)?, row.get(1)?, row.get(2)?];
                Ok((counts, since.into_iter().flatten().min()))
            })?;
            let (counts, since) = found.unwrap_or_default();
            let [waiting, failed, untold] = counts.map(|count| count as u64);
            Ok(MailCensus { waiting, failed, untold, lag_millis: since.map_or(0, |at| now - at) })
        })
        .await
    }
}

impl Write<'_> {
    /// Writes down who is to be told of a rung that has just fired, and of whom nobody could be found.
    pub(crate) fn address(&self, record: &ClockRecord, rung: Rung) -> Result<()> {
        for it in self.wanted(record, rung)? {
            let directory = self.directory(&record.department)?;
            if !self.tell_all(&it, directory.as_deref())? && it.in_charge.is_some() {
                let sql = "INSERT INTO untold (application_id, kind, key, rung, post, since, again_at)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6) ON CONFLICT DO NOTHING";
                let id = it.application.to_string();
                let words = (it.kind.as_str(), &it.key, it.rung.as_str(), it.post.as_str());
                let now = self.now().millis();
                self.run(sql, (id, words.0, words.1, words.2, words.3, now))?;
            }
        }
        Ok(())
    }

    fn wanted(&self, record: &ClockRecord, rung: Rung) -> Result<Vec<Wanted>> {
        let (now, rules) = (self.now(), self.force()?.rules.clone());
        let opens = opening(now, rules.ladder.office_opens, &rules.calendar);
        let directory = self.directory(&record.department)?;
        Ok(wanted(record, rung, (now, opens), directory.as_deref()))
    }

    /// Writes the lines of everybody who is to be told; whether there is anybody.
    fn tell_all(&self, it: &Wanted, directory: Option<&Directory>) -> Result<bool> {
        let sql = "SELECT login FROM person WHERE post = ?1 AND email IS NOT NULL AND disabled_at IS NULL
                     AND (department IS NULL OR department = ?2) AND (district IS NULL OR district = ?3)
                     AND (office IS NULL OR office = ?4) AND (bsk IS NULL OR bsk = ?5)
                     AND (?6 <> 'bsk' OR (department IS NULL AND office IS NULL))";
        let Place { department, district, office, bsk } = &it.place;
        let values = (it.post.as_str(), department, district, office, bsk, it.kind.as_str());
        let mut logins: Vec<String> = self.all(sql, values, |row| row.get(0))?;
        logins.retain(|login| it.by_bounds(login, directory));
        for login in it.in_charge.iter().flatten() {
            let sql = "SELECT login FROM person WHERE login = ?1 AND department = ?2 AND email IS NOT NULL
                         AND disabled_at IS NULL";
            logins.extend(self.one(sql, (login, department), |row| row.get::<_, String>(0))?);
        }
        for login in &logins {
            let sql = "INSERT INTO mailing_line (application_id, kind, key, rung, login, due_at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
            let (id, kind, rung) = (it.application.to_string(), it.kind.as_str(), it.rung.as_str());
            self.run(sql, (id, kind, &it.key, rung, login, it.at.millis()))?;
        }
        Ok(!logins.is_empty())
    }

    /// Looks again for somebody to tell: whether that is settled, and whether somebody is told.
    fn tell_one_again(&self, record: &ClockRecord, rung: Rung, post: &str) -> Result<(bool, bool)> {
        if record.clock.stopped_at.is_some() {
            return Ok((true, false));
        }
        let directory = self.directory(&record.department)?;
        for it in self.wanted(record, rung)?.iter().filter(|it| it.post.as_str() == post) {
            if self.tell_all(it, directory.as_deref())? {
                return Ok((true, true));
            }
        }
        Ok((false, false))
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
        let lines = readable(rows.into_iter().map(line))?;
        let over = self.over(id)?;
        Ok(Mailing { id: Id::parse(id).ok_or_else(|| wrong("id"))?, login, name, email, attempts, lines, over })
    }
}
