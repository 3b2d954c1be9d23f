//! The line from approval to notice: what the stages commit.

use crate::{
    certificate::{certificate, certificate_sql},
    connection::{PostgresLedger, Session},
    inbox::uuids,
    outbound::Told,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    certificate::{Progress, Standing},
    civil::Instant,
    clock::Place,
    event::bsk_stream,
    id::Id,
    stage::Stage,
    uin::Uin,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Approved, Certificate, Issue, Minted, Minting, Stored, ToSign, Turn},
    vault::object_name,
};
use serde_json::json;
use sqlx_core::{query::query, row::Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

#[async_trait]
impl Issue for PostgresLedger {
    async fn approved(&self, ids: &[Id]) -> Result<Vec<Approved>> {
        let sql = "SELECT a.id, a.department, a.service, a.application_no, a.bsk, a.data, a.ascribed, c.uin
                   FROM application a LEFT JOIN certificate c ON c.application_id = a.id
                   WHERE a.id = ANY($1) AND a.state = 'approved'";
        let rows = self.read().await?.all(query(sql).bind(uuids(ids))).await?;
        let read = |row: sqlx_postgres::PgRow| {
            let id = Id::from(row.get::<Uuid, _>(0));
            let wrong = |column| corrupt("application", &id.to_string(), column);
            let data = row.get::<Option<String>, _>(5).and_then(|text| serde_json::from_str(&text).ok());
            let uin = |place: usize| row.get::<Option<String>, _>(place).and_then(|text| Uin::canonical(&text).ok());
            Ok(Approved {
                id,
                department: row.get(1),
                service: row.get::<Option<String>, _>(2).ok_or_else(|| wrong("service"))?,
                application_no: row.get(3),
                bsk: row.get(4),
                data: data.ok_or_else(|| wrong("data"))?,
                ascribed: uin(6),
                minted: uin(7),
            })
        };
        rows.into_iter().map(read).collect()
    }

    async fn minted_in_year(&self, department: &str, year: i16) -> Result<u64> {
        let sql = "SELECT coalesce(sum(value), 0)::int8 FROM tally WHERE name = $1";
        let row = self.read().await?.one(query(sql).bind(year_tally(department, year))).await?;
        Ok(row.map_or(0, |row| row.get::<i64, _>(0)).max(0) as u64)
    }

    async fn commit_minted(&self, work: Vec<Minting>) -> Result<Vec<Minted>> {
        let mut session = self.write().await?;
        let outcomes = session.mint(&work).await?;
        let done: Vec<String> = work
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| **outcome != Minted::Collision)
            .map(|(minting, _)| minting.application.to_string())
            .collect();
        session.settle(Stage::Mint, &done).await?;
        session.commit().await?;
        Ok(outcomes)
    }

    async fn certificates(&self, uins: &[Uin]) -> Result<Vec<Certificate>> {
        let sql = certificate_sql!("WHERE c.uin = ANY($1) ORDER BY array_position($1::text[], c.uin)");
        let rows = self.read().await?.all(query(sql).bind(texts(uins))).await?;
        rows.iter().map(certificate).collect()
    }

    async fn progress(&self, uins: &[Uin]) -> Result<Vec<(Uin, Progress)>> {
        let sql = "SELECT uin, progress FROM certificate WHERE uin = ANY($1)";
        let rows = self.read().await?.all(query(sql).bind(texts(uins))).await?;
        let read = |row: sqlx_postgres::PgRow| {
            let text: String = row.get(0);
            let wrong = |column| corrupt("certificate", &text, column);
            let uin = Uin::canonical(&text).map_err(|_| wrong("uin"))?;
            Ok((uin, Progress::from_word(row.get(1)).ok_or_else(|| wrong("progress"))?))
        };
        rows.into_iter().map(read).collect()
    }

    async fn to_sign(&self, uins: &[Uin]) -> Result<Vec<ToSign>> {
        let sql = "SELECT uin, progress, claims, credential_kid, credential FROM certificate WHERE uin = ANY($1)";
        let rows = self.read().await?.all(query(sql).bind(texts(uins))).await?;
        let read = |row: sqlx_postgres::PgRow| {
            let text: String = row.get(0);
            let wrong = |column| corrupt("certificate", &text, column);
            Ok(ToSign {
                uin: Uin::canonical(&text).map_err(|_| wrong("uin"))?,
                progress: Progress::from_word(row.get(1)).ok_or_else(|| wrong("progress"))?,
                claims: row.get(2),
                credential_kid: row.get(3),
                credential: row.get(4),
            })
        };
        rows.into_iter().map(read).collect()
    }

    async fn commit_signed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<()> {
        let mut session = self.write().await?;
        let uins = session.lock(work.iter().map(|(uin, _)| *uin)).await?;
        let credentials: Vec<&[u8]> = work.iter().map(|(_, credential)| credential.as_slice()).collect();
        let sql = "UPDATE certificate c SET credential = u.credential, signed_at = $3, progress = 'signed'
                   FROM unnest($1::text[], $2::bytea[]) AS u (uin, credential)
                   WHERE c.uin = u.uin AND c.progress = 'minted'";
        let statement = query(sql).bind(texts(work.iter().map(|(uin, _)| uin))).bind(credentials);
        let now = session.now().millis();
        session.run(statement.bind(now)).await?;
        session.settle(Stage::Sign, &uins).await?;
        session.commit().await
    }

    async fn commit_sealed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<Vec<Vec<u8>>> {
        if work.is_empty() {
            return Ok(vec![]);
        }
        let mut session = self.write().await?;
        let uins = session.lock(work.iter().map(|(uin, _)| *uin)).await?;
        let seals: Vec<&[u8]> = work.iter().map(|(_, cms)| cms.as_slice()).collect();
        let sql = "UPDATE certificate c SET cms = u.cms, sealed_at = $3, progress = 'sealed'
                   FROM unnest($1::text[], $2::bytea[]) AS u (uin, cms) WHERE c.uin = u.uin AND c.progress = 'signed'";
        let statement = query(sql).bind(texts(work.iter().map(|(uin, _)| uin))).bind(seals);
        let now = session.now().millis();
        session.run(statement.bind(now)).await?;
        let rows = session.all(query("SELECT uin, cms FROM certificate WHERE uin = ANY($1)").bind(uins)).await?;
        session.commit().await?;
        let kept: HashMap<String, Option<Vec<u8>>> = rows.into_iter().map(|row| (row.get(0), row.get(1))).collect();
        work.iter()
            .map(|(uin, _)| {
                kept.get(uin.as_str()).cloned().flatten().ok_or_else(|| {
                    Error::fatal(format!("certificate {uin} is to be sealed, yet the ledger has no signature of it"))
                })
            })
            .collect()
    }

    async fn commit_stored(&self, work: Vec<Stored>) -> Result<()> {
        let mut session = self.derive().await?;
        let uins = session.lock(work.iter().map(|stored| stored.uin)).await?;
        session.store(&work).await?;
        session.settle(Stage::Store, &uins).await?;
        session.commit().await
    }

    async fn commit_notified(&self, uins: &[Uin]) -> Result<()> {
        let mut session = self.derive().await?;
        let uins = session.lock(uins.iter().copied()).await?;
        session.notify(&uins).await?;
        session.settle(Stage::Notify, &uins).await?;
        session.commit().await
    }

    async fn keep_assets(&self, assets: Vec<(String, Vec<u8>)>) -> Result<()> {
        let mut session = self.write().await?;
        let (names, bytes): (Vec<String>, Vec<Vec<u8>>) =
            assets.into_iter().collect::<BTreeMap<_, _>>().into_iter().unzip();
        // Fonts are large and nearly always there: only what is missing is sent.
        let rows = session.all(query("SELECT sha256 FROM asset WHERE sha256 = ANY($1)").bind(&names)).await?;
        let there: BTreeSet<String> = rows.into_iter().map(|row| row.get(0)).collect();
        let (names, bytes): (Vec<String>, Vec<Vec<u8>>) =
            names.into_iter().zip(bytes).filter(|(name, _)| !there.contains(name)).unzip();
        let sql =
            "INSERT INTO asset (sha256, bytes) SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT DO NOTHING";
        if !names.is_empty() {
            session.run(query(sql).bind(names).bind(bytes)).await?;
        }
        session.commit().await
    }

    async fn asset(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let row = self.read().await?.one(query("SELECT bytes FROM asset WHERE sha256 = $1").bind(sha256)).await?;
        Ok(row.map(|row| row.get(0)))
    }
}

pub(crate) fn year_tally(department: &str, year: i16) -> String {
    format!("minted/{department}/{year}")
}

/// Numbers as the driver binds them.
pub(crate) fn texts<'u>(uins: impl IntoIterator<Item = &'u Uin>) -> Vec<String> {
    uins.into_iter().map(ToString::to_string).collect()
}

impl Session {
    /// Locks certificates in order of their numbers, so that two batches with the same ones wait and never in a ring.
    async fn lock(&mut self, uins: impl Iterator<Item = Uin>) -> Result<Vec<String>> {
        let uins: Vec<String> = uins.map(|uin| uin.to_string()).collect::<BTreeSet<_>>().into_iter().collect();
        let sql = "SELECT uin FROM certificate WHERE uin = ANY($1) ORDER BY uin FOR NO KEY UPDATE";
        self.run(query(sql).bind(&uins)).await?;
        Ok(uins)
    }

    async fn store(&mut self, work: &[Stored]) -> Result<()> {
        let sql = "UPDATE certificate c SET sha256 = u.sha256, size = u.size, stored_at = $4, progress = 'stored'
                   FROM unnest($1::text[], $2::text[], $3::int8[]) AS u (uin, sha256, size), application a
                   WHERE c.uin = u.uin AND c.progress = 'sealed' AND a.id = c.application_id
                   RETURNING c.uin, c.department, c.service, a.application_no, c.issued_at, c.sha256, c.kind, a.supersedes";
        let statement = query(sql)
            .bind(texts(work.iter().map(|stored| &stored.uin)))
            .bind(work.iter().map(|stored| stored.sha256.as_str()).collect::<Vec<_>>())
            .bind(work.iter().map(|stored| stored.size as i64).collect::<Vec<_>>());
        let now = self.now();
        let rows = self.all(statement.bind(now.millis())).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let column = |place: usize| rows.iter().map(|row| row.get::<String, _>(place)).collect::<Vec<_>>();
        let sql = "INSERT INTO document (uin, sha256, kind, stored_at) SELECT *, $4 FROM unnest($1::text[], $2::text[], $3::text[])";
        self.run(query(sql).bind(column(0)).bind(column(5)).bind(column(6)).bind(now.millis())).await?;
        let mut told = Vec::with_capacity(rows.len());
        let mut corrections = Vec::new();
        for row in &rows {
            let (uin, department, sha256): (String, String, String) = (row.get(0), row.get(1), row.get(5));
            let data = json!({
                "uin": uin, "department": department, "service": row.get::<String, _>(2),
                "application_no": row.get::<String, _>(3), "issued_at": Instant::from_millis(row.get(4)),
                "sha256": sha256, "object": object_name(&sha256),
            });
            told.push(Told::department(&department, "certificate.issued", &uin, data));
            if let Some(old) = row.get::<Option<String>, _>(7) {
                corrections.push((old, uin));
            }
        }
        self.tally(&[("issued".into(), rows.len() as i64)]).await?;
        told.extend(self.supersede(corrections).await?);
        self.tell(told).await
    }

    /// The certificate that another corrects is superseded in the transaction that records the new document.
    async fn supersede(&mut self, corrections: Vec<(String, String)>) -> Result<Vec<Told>> {
        if corrections.is_empty() {
            return Ok(vec![]);
        }
        let (old, new): (Vec<String>, Vec<String>) = corrections.into_iter().unzip();
        let sql = "UPDATE certificate c SET standing = 'superseded'
                   FROM unnest($1::text[], $2::text[]) AS u (old, new), application a
                   WHERE c.uin = u.old AND c.standing = 'live' AND a.id = c.application_id
                   RETURNING c.uin, c.department, c.service, a.application_no, u.new, a.id, a.bsk IS NOT NULL";
        let now = self.now();
        let rows = self.all(query(sql).bind(old).bind(new)).await?;
        let turn =
            |row: &sqlx_postgres::PgRow| (row.get::<Uuid, _>(5).into(), Turn::Superseded { at_centre: row.get(6) });
        let turns: BTreeMap<Id, Turn> = rows.iter().map(turn).collect();
        // Held first: a re-routing that was waited for has begun a clock, which is read with the others then.
        self.kept(&turns.keys().copied().collect::<Vec<_>>()).await?;
        self.turn(&turns).await?;
        let told = rows.iter().map(|row| {
            let (uin, department): (String, String) = (row.get(0), row.get(1));
            let data = json!({
                "uin": uin, "department": department, "service": row.get::<String, _>(2),
                "application_no": row.get::<String, _>(3), "superseded_by": row.get::<String, _>(4),
                "superseded_at": now,
            });
            Told::department(&department, "certificate.superseded", &uin, data)
        });
        Ok(told.collect())
    }

    /// A notice has the number that its event has in the centre's stream.
    async fn notify(&mut self, uins: &[String]) -> Result<()> {
        let sql = "UPDATE certificate c SET notified_at = $2, progress = 'notified' FROM application a
                   WHERE c.uin = ANY($1) AND c.progress = 'stored' AND a.id = c.application_id
                   RETURNING c.uin, c.department, c.service, c.issued_at, c.sha256, c.standing, a.bsk, a.docket_no, c.number, a.id";
        let now = self.now().millis();
        let mut rows = self.all(query(sql).bind(uins).bind(now)).await?;
        if rows.is_empty() {
            return Ok(());
        }
        self.tally(&[("ready".into(), rows.len() as i64)]).await?;
        let live = |row: &&sqlx_postgres::PgRow| {
            row.get::<String, _>(5) == Standing::Live.as_str() && row.get::<Option<String>, _>(6).is_some()
        };
        let place = |bsk: String| Place { district: self.district(&bsk), bsk };
        let at = |row: &sqlx_postgres::PgRow| Some(row).filter(live).map(|row| place(row.get(6)));
        let turns = rows.iter().map(|row| (row.get::<Uuid, _>(9).into(), Turn::Ready { at: at(row) })).collect();
        self.turn(&turns).await?;
        rows.sort_by_key(|row| row.get::<i64, _>(8));
        let rows: Vec<&sqlx_postgres::PgRow> = rows.iter().filter(live).collect();
        let mut counts: BTreeMap<String, i64> = BTreeMap::new();
        rows.iter().for_each(|row| *counts.entry(bsk_stream(row.get(6))).or_default() += 1);
        let mut next = if counts.is_empty() { BTreeMap::new() } else { self.numbers(&counts).await? };
        let (mut told, mut notices) = (Vec::new(), (Vec::new(), Vec::new(), Vec::new()));
        for row in rows {
            let (uin, bsk): (String, String) = (row.get(0), row.get(6));
            let next = next.entry(bsk_stream(&bsk)).or_default();
            let number = *next;
            *next += 1;
            let mut data = json!({
                "number": number, "uin": uin, "service": row.get::<String, _>(2), "department": row.get::<String, _>(1),
                "bsk": bsk, "district": self.district(&bsk), "issued_at": Instant::from_millis(row.get(3)),
                "sha256": row.get::<String, _>(4),
            });
            if let Some(docket_no) = row.get::<Option<String>, _>(7) {
                data["docket_no"] = json!(docket_no);
            }
            let event = Told { stream: bsk_stream(&bsk), word: "certificate.ready", subject: uin.clone(), data };
            told.push((number, event));
            notices.0.push(bsk);
            notices.1.push(number);
            notices.2.push(uin);
        }
        if told.is_empty() {
            return Ok(());
        }
        let sql = "INSERT INTO notice (bsk, number, uin) SELECT * FROM unnest($1::text[], $2::int8[], $3::text[])";
        self.run(query(sql).bind(notices.0).bind(notices.1).bind(notices.2)).await?;
        self.publish(told).await
    }
}
