//! What may be looked up, keys, reserved numbers, audit.

use crate::{
    certificate::{certificate, certificate_sql},
    connection::{PostgresLedger, Session},
    event::lock_of,
    mint::NUMBERS,
    trouble::corrupt,
    upkeep::parked_row,
};
use async_trait::async_trait;
use mohor_domain::{application::State, civil::Instant, event::Recorded, id::Id, uin::Uin};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Act, AmqpUser, ApplicationRecord, Certificate, DepartmentKey, Register},
    signer::{CredentialKey, SealAlgorithm, SealKey},
};
use sha2::{Digest, Sha256};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

#[async_trait]
impl Register for PostgresLedger {
    async fn certificate(&self, uin: Uin) -> Result<Option<Certificate>> {
        let sql = certificate_sql!("WHERE c.uin = $1");
        self.read().await?.one(query(sql).bind(uin.as_str())).await?.as_ref().map(certificate).transpose()
    }

    async fn by_document(&self, sha256: &str) -> Result<Option<Uin>> {
        let row = self.read().await?.one(query("SELECT uin FROM document WHERE sha256 = $1").bind(sha256)).await?;
        row.map(|row| Uin::canonical(row.get(0)).map_err(|_| corrupt("document", sha256, "uin"))).transpose()
    }

    async fn application(&self, department: &str, application_no: &str) -> Result<Option<ApplicationRecord>> {
        let mut session = self.read().await?;
        let sql = "SELECT id FROM application WHERE department = $1 AND application_no = $2";
        match session.one(query(sql).bind(department).bind(application_no)).await? {
            Some(row) => session.application(row.get(0)).await.map(Some),
            None => Ok(None),
        }
    }

    async fn applications_by_number(&self, application_no: &str) -> Result<Vec<ApplicationRecord>> {
        let mut session = self.read().await?;
        let sql = "SELECT id FROM application WHERE application_no = $1 ORDER BY department LIMIT 100";
        let mut found = Vec::new();
        for row in session.all(query(sql).bind(application_no)).await? {
            found.push(session.application(row.get(0)).await?);
        }
        Ok(found)
    }

    async fn events(&self, stream: &str, after: i64, limit: u32) -> Result<Vec<Recorded>> {
        let sql = "SELECT stream, number, id, word, subject, data, at FROM outbound
                   WHERE stream = $1 AND number > $2 ORDER BY number LIMIT $3";
        let rows = self.read().await?.all(query(sql).bind(stream).bind(after).bind(i64::from(limit))).await?;
        rows.iter().map(recorded).collect()
    }

    async fn export(&self, after: Option<Uin>, limit: u32) -> Result<Vec<Certificate>> {
        let sql = certificate_sql!(
            "WHERE c.number > coalesce((SELECT number FROM certificate WHERE uin = $1), 0) ORDER BY c.number LIMIT $2"
        );
        let after = after.map(|uin| uin.to_string());
        let rows = self.read().await?.all(query(sql).bind(after).bind(i64::from(limit))).await?;
        rows.iter().map(certificate).collect()
    }

    async fn reserve_uins(&self, department: &str, request: &str, drawn: Vec<Uin>) -> Result<Vec<Uin>> {
        let mut session = self.write().await?;
        let lock = query("SELECT pg_advisory_xact_lock($1, $2)").bind(NUMBERS).bind(lock_of(department));
        session.run(lock).await?;
        let drawn: Vec<&str> = drawn.iter().filter(|uin| uin.department() == department).map(Uin::as_str).collect();
        // Places follow what is there; a number that is taken leaves its place to the next.
        let sql = "WITH free AS (
                     SELECT u.uin, row_number() OVER (ORDER BY u.n) AS n
                     FROM unnest($3::text[]) WITH ORDINALITY AS u (uin, n)
                     WHERE NOT EXISTS (SELECT 1 FROM certificate c WHERE c.uin = u.uin)
                       AND NOT EXISTS (SELECT 1 FROM reserved_uin r WHERE r.uin = u.uin)),
                   last AS (SELECT coalesce(max(place), 0) AS place FROM reserved_uin WHERE department = $1 AND request = $2)
                   INSERT INTO reserved_uin (uin, department, request, place)
                   SELECT free.uin, $1, $2, last.place + free.n FROM free, last ON CONFLICT DO NOTHING";
        session.run(query(sql).bind(department).bind(request).bind(drawn)).await?;
        let sql = "SELECT uin FROM reserved_uin WHERE department = $1 AND request = $2 ORDER BY place";
        let rows = session.all(query(sql).bind(department).bind(request)).await?;
        session.commit().await?;
        rows.iter()
            .map(|row| Uin::canonical(row.get(0)).map_err(|_| corrupt("reserved_uin", row.get(0), "uin")))
            .collect()
    }

    async fn department_keys(&self) -> Result<Vec<DepartmentKey>> {
        let sql = "SELECT kid, department, public, added_at, withdrawn_at FROM department_key ORDER BY added_at, kid";
        let read = |row: PgRow| DepartmentKey {
            kid: row.get(0),
            department: row.get(1),
            public: row.get(2),
            added_at: Instant::from_millis(row.get(3)),
            withdrawn_at: row.get::<Option<i64>, _>(4).map(Instant::from_millis),
        };
        Ok(self.read().await?.all(query(sql)).await?.into_iter().map(read).collect())
    }

    async fn add_department_key(&self, key: DepartmentKey) -> Result<()> {
        let mut session = self.write().await?;
        let sql = "INSERT INTO department_key (kid, department, public, added_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        let added_at = key.added_at.millis();
        session.run(query(sql).bind(&key.kid).bind(&key.department).bind(&key.public).bind(added_at)).await?;
        let owner = session.one(query("SELECT department FROM department_key WHERE kid = $1").bind(&key.kid)).await?;
        session.commit().await?;
        match owner.map(|row| row.get::<String, _>(0)) {
            Some(owner) if owner != key.department => {
                Err(Error::reject("key_taken", format!("key {} belongs to department {owner}", key.kid)))
            }
            _ => Ok(()),
        }
    }

    async fn amqp_users(&self) -> Result<Vec<AmqpUser>> {
        let sql = "SELECT name, department, services, offices, added_at FROM amqp_user ORDER BY name";
        let read = |row: PgRow| AmqpUser {
            name: row.get(0),
            department: row.get(1),
            services: list(row.get(2)),
            offices: list(row.get(3)),
            added_at: Instant::from_millis(row.get(4)),
        };
        Ok(self.read().await?.all(query(sql)).await?.into_iter().map(read).collect())
    }

    async fn add_amqp_user(&self, user: AmqpUser) -> Result<()> {
        let sql =
            "INSERT INTO amqp_user AS u (name, department, services, offices, added_at) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT (name) DO UPDATE SET services = excluded.services, offices = excluded.offices
                   WHERE u.department = excluded.department";
        let statement = query(sql).bind(&user.name).bind(&user.department).bind(user.services.join(","));
        let statement = statement.bind(user.offices.join(",")).bind(user.added_at.millis());
        match self.read().await?.run(statement).await? {
            0 => Err(Error::reject("key_taken", format!("user {} belongs to another department", user.name))),
            _ => Ok(()),
        }
    }

    async fn credential_keys(&self) -> Result<Vec<CredentialKey>> {
        let sql =
            "SELECT kid, public, departments, valid_from, valid_until FROM credential_key ORDER BY valid_from, kid";
        let read = |row: PgRow| CredentialKey {
            kid: row.get(0),
            public: row.get(1),
            departments: list(row.get(2)),
            valid_from: Instant::from_millis(row.get(3)),
            valid_until: row.get::<Option<i64>, _>(4).map(Instant::from_millis),
        };
        Ok(self.read().await?.all(query(sql)).await?.into_iter().map(read).collect())
    }

    async fn add_credential_key(&self, key: CredentialKey) -> Result<()> {
        let sql =
            "INSERT INTO credential_key (kid, public, departments, valid_from, valid_until) VALUES ($1, $2, $3, $4, $5)
                   ON CONFLICT DO NOTHING";
        let statement = query(sql).bind(&key.kid).bind(&key.public).bind(key.departments.join(","));
        let statement = statement.bind(key.valid_from.millis()).bind(key.valid_until.map(Instant::millis));
        self.read().await?.run(statement).await.map(drop)
    }

    async fn seal_certificates(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let rows = self.read().await?.all(query("SELECT fingerprint, der FROM seal_certificate")).await?;
        Ok(rows.into_iter().map(|row| (row.get(0), row.get(1))).collect())
    }

    async fn add_seal_key(&self, key: SealKey) -> Result<()> {
        let mut session = self.write().await?;
        let fingerprints: Vec<String> = key.chain.iter().map(|der| hex::encode(Sha256::digest(der))).collect();
        let sql = "INSERT INTO seal_certificate (fingerprint, der) SELECT * FROM unnest($1::text[], $2::bytea[])
                   ON CONFLICT DO NOTHING";
        session.run(query(sql).bind(&fingerprints).bind(&key.chain)).await?;
        session.run(query("LOCK TABLE seal_key IN SHARE ROW EXCLUSIVE MODE")).await?;
        session.run(query("DELETE FROM seal_key WHERE key_id = $1").bind(&key.key_id)).await?;
        let sql = "INSERT INTO seal_key (key_id, words, chain) VALUES ($1, $2, $3)";
        let statement = query(sql).bind(&key.key_id).bind(key.algorithm.as_str()).bind(fingerprints.join(","));
        session.run(statement).await?;
        session.commit().await
    }

    async fn seal_key(&self) -> Result<Option<SealKey>> {
        let mut session = self.read().await?;
        let sql = "SELECT key_id, words, chain FROM seal_key ORDER BY number DESC LIMIT 1";
        let Some(row) = session.one(query(sql)).await? else { return Ok(None) };
        let key_id: String = row.get(0);
        let algorithm = SealAlgorithm::from_word(row.get(1)).ok_or_else(|| corrupt("seal_key", &key_id, "words"))?;
        let sql = "SELECT s.der FROM unnest($1::text[]) WITH ORDINALITY AS u (fingerprint, n)
                   JOIN seal_certificate s USING (fingerprint) ORDER BY u.n";
        let rows = session.all(query(sql).bind(list(row.get(2)))).await?;
        Ok(Some(SealKey { key_id, chain: rows.into_iter().map(|row| row.get(0)).collect(), algorithm }))
    }

    async fn audit(&self, act: Act) -> Result<()> {
        let mut session = self.write().await?;
        session.audit(&act).await?;
        session.commit().await
    }

    async fn acts(&self, subject: &str) -> Result<Vec<(Instant, Act)>> {
        let sql = "SELECT at, actor, act, subject, detail FROM audit WHERE subject = $1 ORDER BY number";
        let read = |row: PgRow| {
            let act = Act { actor: row.get(1), act: row.get(2), subject: row.get(3), detail: row.get(4) };
            (Instant::from_millis(row.get(0)), act)
        };
        Ok(self.read().await?.all(query(sql).bind(subject)).await?.into_iter().map(read).collect())
    }
}

fn list(text: String) -> Vec<String> {
    text.split_terminator(',').map(str::to_owned).collect()
}

/// Reads a row of `outbound`: stream, number, id, word, subject, data, at.
pub(crate) fn recorded(row: &PgRow) -> Result<Recorded> {
    let id = row.get::<Uuid, _>(2).to_string();
    let data = serde_json::from_str(row.get(5)).map_err(|_| corrupt("outbound", &id, "data"))?;
    Ok(Recorded {
        id,
        word: row.get(3),
        stream: row.get(0),
        number: row.get(1),
        subject: row.get(4),
        at: Instant::from_millis(row.get(6)),
        data,
    })
}

impl Session {
    async fn application(&mut self, id: Uuid) -> Result<ApplicationRecord> {
        let name = id.to_string();
        let wrong = |column| corrupt("application", &name, column);
        let sql = "SELECT a.department, a.application_no, a.service, a.bsk, a.state, a.data, c.uin
                   FROM application a LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = $1";
        let row = self.one(query(sql).bind(id)).await?.ok_or_else(|| wrong("id"))?;
        let uin: Option<String> = row.get(6);
        let sql = "SELECT kind, event_at, received_at FROM inbound_event WHERE application_id = $1 ORDER BY event_at, received_at";
        let events = self.all(query(sql).bind(id)).await?;
        let sql = "SELECT number, stage, item, code, reason, attempts, parked_at FROM parked WHERE item IN ($1, $2) ORDER BY number";
        let parked = self.all(query(sql).bind(&name).bind(uin.clone().unwrap_or_default())).await?;
        let data: Option<String> = row.get(5);
        let time = |row: &PgRow, place: usize| Instant::from_millis(row.get(place));
        Ok(ApplicationRecord {
            id: Id::from(id),
            department: row.get(0),
            application_no: row.get(1),
            service: row.get(2),
            bsk: row.get(3),
            state: State::from_word(row.get(4)).ok_or_else(|| wrong("state"))?,
            data: data.map(|text| serde_json::from_str(&text).map_err(|_| wrong("data"))).transpose()?,
            uin: uin.map(|text| Uin::canonical(&text).map_err(|_| wrong("uin"))).transpose()?,
            events: events.iter().map(|row| (row.get(0), time(row, 1), time(row, 2))).collect(),
            parked: parked.iter().map(parked_row).collect::<Result<_>>()?,
        })
    }
}
