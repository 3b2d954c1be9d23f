//! Who is told of a rung: accounts by their bounds, and those who are in charge by the department's directory.

use crate::{
    clock::{columns, record},
    connection::{Session, Statement},
    trouble::{corrupt, readable},
};
use mohor_domain::{
    directory::Directory,
    ladder::Rung,
    people::{Place, Post},
    tell::opening,
};
use mohor_ports::{
    error::Result,
    ledger::{ClockRecord, UNTOLD_AGAIN, Wanted, wanted},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::{collections::HashMap, sync::Arc};
use uuid::Uuid;

/// Directories by department.
type Known = HashMap<String, Arc<Directory>>;

/// Application, clock, rung and post.
struct Key {
    id: Uuid,
    kind: String,
    key: String,
    rung: String,
    post: String,
}

impl Key {
    fn of(it: &Wanted) -> Self {
        let (id, kind, key) = (it.application.uuid(), it.kind.as_str().into(), it.key.clone());
        Self { id, kind, key, rung: it.rung.as_str().into(), post: it.post.as_str().into() }
    }
}

/// Binds keys column by column.
fn named<'q>(statement: Statement<'q>, keys: &[Key]) -> Statement<'q> {
    statement
        .bind(keys.iter().map(|it| it.id).collect::<Vec<_>>())
        .bind(keys.iter().map(|it| it.kind.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|it| it.key.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|it| it.rung.clone()).collect::<Vec<_>>())
        .bind(keys.iter().map(|it| it.post.clone()).collect::<Vec<_>>())
}

impl Session {
    /// Writes down who is to be told of rungs that have just fired, and of which nobody could be found.
    pub(crate) async fn address(&mut self, fired: &[(&ClockRecord, Rung)]) -> Result<()> {
        if fired.is_empty() {
            return Ok(());
        }
        let departments = fired.iter().map(|(record, _)| record.department.as_str()).collect();
        let known = self.directories(departments).await?;
        let wanted: Vec<Wanted> = fired.iter().flat_map(|(record, rung)| self.wanted(record, *rung, &known)).collect();
        let told = self.tell_all(&wanted, &known).await?;
        let missed = wanted.iter().zip(told).filter(|(it, told)| !told && it.in_charge.is_some());
        let missed: Vec<Key> = missed.map(|(it, _)| Key::of(it)).collect();
        if missed.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO untold (application_id, kind, key, rung, post, since, again_at)
                   SELECT *, $6, $6 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
                   ON CONFLICT DO NOTHING";
        let now = self.now().millis();
        self.run(named(query(sql), &missed).bind(now)).await.map(drop)
    }

    /// Looks again for somebody to tell of what nobody could be told of; how many are told now.
    pub(crate) async fn tell_again(&mut self, most: u32) -> Result<usize> {
        let sql = concat!(
            "SELECT ",
            columns!(),
            ", u.rung, u.post FROM untold u JOIN clock USING (application_id, kind, key)
             WHERE u.again_at <= $1 ORDER BY u.again_at LIMIT $2 FOR UPDATE OF u SKIP LOCKED"
        );
        let now = self.now().millis();
        let rows = self.all(query(sql).bind(now).bind(i64::from(most))).await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let known = self.directories(rows.iter().map(|row| row.get(3)).collect()).await?;
        let (mut wanted, mut done) = (Vec::new(), Vec::new());
        let read = |row: &PgRow| {
            let record = record(row)?;
            let id = record.application.to_string();
            let rung = Rung::from_word(row.get(22)).ok_or_else(|| corrupt("untold", &id, "rung"))?;
            let post = Post::from_word(row.get(23)).ok_or_else(|| corrupt("untold", &id, "post"))?;
            Ok((record, rung, post))
        };
        let (mut waiting, mut count) = (Vec::new(), 0);
        for row in &rows {
            let Some((record, rung, post)) = readable([read(row)])?.pop() else {
                // Nobody is told by half of a row: it waits until it can be read.
                let (id, kind, key) = (row.get(0), row.get(1), row.get(2));
                waiting.push(Key { id, kind, key, rung: row.get(22), post: row.get(23) });
                continue;
            };
            let mut open = if record.clock.stopped_at.is_some() { vec![] } else { self.wanted(&record, rung, &known) };
            open.retain(|it| it.post == post);
            if open.is_empty() {
                let (id, kind, key) = (record.application.uuid(), record.clock.kind.as_str().into(), record.clock.key);
                done.push(Key { id, kind, key, rung: rung.as_str().into(), post: post.as_str().into() });
            }
            wanted.extend(open);
        }
        for (it, told) in wanted.iter().zip(self.tell_all(&wanted, &known).await?) {
            count += usize::from(told);
            if told { &mut done } else { &mut waiting }.push(Key::of(it));
        }
        let sql = "DELETE FROM untold u USING unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
                     AS w (id, kind, key, rung, post)
                   WHERE (u.application_id, u.kind, u.key, u.rung, u.post) = (w.id, w.kind, w.key, w.rung, w.post)";
        self.run(named(query(sql), &done)).await?;
        let sql = "UPDATE untold u SET again_at = $6
                   FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[])
                     AS w (id, kind, key, rung, post)
                   WHERE (u.application_id, u.kind, u.key, u.rung, u.post) = (w.id, w.kind, w.key, w.rung, w.post)";
        self.run(named(query(sql), &waiting).bind(now + UNTOLD_AGAIN)).await?;
        Ok(count)
    }

    fn wanted(&self, record: &ClockRecord, rung: Rung, known: &Known) -> Vec<Wanted> {
        let (now, rules) = (self.now(), &self.force.rules);
        let opens = opening(now, rules.ladder.office_opens, &rules.calendar);
        wanted(record, rung, (now, opens), known.get(&record.department).map(AsRef::as_ref))
    }

    /// Writes the lines of everybody who is to be told; of each whether there is anybody.
    async fn tell_all(&mut self, wanted: &[Wanted], known: &Known) -> Result<Vec<bool>> {
        let mut told = vec![false; wanted.len()];
        if wanted.is_empty() {
            return Ok(told);
        }
        let mut lines: Vec<(&Wanted, String)> = Vec::new();
        for (place, login, by_bounds) in self.candidates(wanted).await? {
            let Some(it) = wanted.get(place) else { continue };
            let directory = it.place.department.as_ref().and_then(|department| known.get(department));
            if !by_bounds || it.by_bounds(&login, directory.map(AsRef::as_ref)) {
                told[place] = true;
                lines.push((it, login));
            }
        }
        if !lines.is_empty() {
            let sql = "INSERT INTO mailing_line (application_id, kind, key, rung, login, due_at)
                       SELECT u.id, u.kind, u.key, u.rung, u.login, u.due_at
                       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int8[])
                         AS u (id, kind, key, rung, post, login, due_at) ON CONFLICT DO NOTHING";
            let moments: Vec<i64> = lines.iter().map(|(it, _)| it.at.millis()).collect();
            let (keys, logins): (Vec<Key>, Vec<String>) =
                lines.into_iter().map(|(it, login)| (Key::of(it), login)).unzip();
            self.run(named(query(sql), &keys).bind(logins).bind(moments)).await?;
        }
        Ok(told)
    }

    /// Enabled accounts with an address: those whose bounds something lies in, and those of whoever is in charge of it. By
    /// place in the list, with whether it is by bounds.
    async fn candidates(&mut self, wanted: &[Wanted]) -> Result<Vec<(usize, String, bool)>> {
        let sql = "SELECT w.place, p.login, true FROM
                     unnest($1::int8[], $2::text[], $3::text[], $4::text[], $5::text[], $9::text[], $10::text[])
                       AS w (place, post, department, district, office, bsk, kind)
                   JOIN person p ON p.post = w.post AND p.email IS NOT NULL AND p.disabled_at IS NULL
                     AND (p.department IS NULL OR p.department = w.department)
                     AND (p.district IS NULL OR p.district = w.district)
                     AND (p.office IS NULL OR p.office = w.office) AND (p.bsk IS NULL OR p.bsk = w.bsk)
                     AND (w.kind <> 'bsk' OR (p.department IS NULL AND p.office IS NULL))
                   UNION ALL
                   SELECT w.place, p.login, false FROM unnest($6::int8[], $7::text[], $8::text[])
                       AS w (place, login, department)
                   JOIN person p ON p.login = w.login AND p.department = w.department
                     AND p.email IS NOT NULL AND p.disabled_at IS NULL";
        let of = |field: fn(&Place) -> &Option<String>| -> Vec<Option<String>> {
            wanted.iter().map(|it| field(&it.place).clone()).collect()
        };
        let logins = wanted.iter().zip(0_i64..).flat_map(|(it, place)| {
            let logins = it.in_charge.iter().flatten();
            logins.map(move |login| (place, login.clone(), it.place.department.clone()))
        });
        let (mut places, mut names, mut departments) = (Vec::new(), Vec::new(), Vec::new());
        logins.for_each(|(place, login, department)| {
            places.push(place);
            names.push(login);
            departments.push(department);
        });
        let statement = query(sql)
            .bind((0..wanted.len() as i64).collect::<Vec<_>>())
            .bind(wanted.iter().map(|it| it.post.as_str()).collect::<Vec<_>>())
            .bind(of(|place| &place.department))
            .bind(of(|place| &place.district))
            .bind(of(|place| &place.office))
            .bind(places)
            .bind(names)
            .bind(departments)
            .bind(of(|place| &place.bsk))
            .bind(wanted.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>());
        let rows = self.all(statement).await?;
        Ok(rows.iter().map(|row| (row.get::<i64, _>(0) as usize, row.get(1), row.get(2))).collect())
    }
}
