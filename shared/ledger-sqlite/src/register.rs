//! What may be looked up, keys, reserved numbers, audit.

use crate::{
    certificate::{CERTIFICATE, certificate},
    connection::{Read, SqliteLedger, corrupt},
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

#[async_trait]
impl Register for SqliteLedger {
    async fn certificate(&self, uin: Uin) -> Result<Option<Certificate>> {
        self.read(move |read| {
            read.one(&format!("{CERTIFICATE} WHERE c.uin = ?1"), [uin.as_str()], certificate)?.transpose()
        })
        .await
    }

    async fn by_document(&self, sha256: &str) -> Result<Option<Uin>> {
        let sha256 = sha256.to_owned();
        self.read(move |read| {
            let found =
                read.one("SELECT uin FROM document WHERE sha256 = ?1", [&sha256], |row| row.get::<_, String>(0))?;
            found.map(|uin| Uin::canonical(&uin).map_err(|_| corrupt("document", &sha256, "uin"))).transpose()
        })
        .await
    }

    async fn application(&self, department: &str, application_no: &str) -> Result<Option<ApplicationRecord>> {
        let key = (department.to_owned(), application_no.to_owned());
        self.read(move |read| {
            let sql = "SELECT id FROM application WHERE department = ?1 AND application_no = ?2";
            let id = read.one(sql, (&key.0, &key.1), |row| row.get::<_, String>(0))?;
            id.map(|id| application(read, &id)).transpose()
        })
        .await
    }

    async fn applications_by_number(&self, application_no: &str) -> Result<Vec<ApplicationRecord>> {
        let number = application_no.to_owned();
        self.read(move |read| {
            let sql = "SELECT id FROM application WHERE application_no = ?1 ORDER BY department LIMIT 100";
            let ids = read.all(sql, [number], |row| row.get::<_, String>(0))?;
            ids.iter().map(|id| application(read, id)).collect()
        })
        .await
    }

    async fn events(&self, stream: &str, after: i64, limit: u32) -> Result<Vec<Recorded>> {
        let stream = stream.to_owned();
        self.read(move |read| events(read, &stream, after, limit)).await
    }

    async fn export(&self, after: Option<Uin>, limit: u32) -> Result<Vec<Certificate>> {
        self.read(move |read| {
            let sql = format!(
                "{CERTIFICATE} WHERE c.number > coalesce((SELECT number FROM certificate WHERE uin = ?1), 0)
                 ORDER BY c.number LIMIT ?2"
            );
            let after = after.map(|uin| uin.to_string());
            read.all(&sql, (after, limit), certificate)?.into_iter().collect()
        })
        .await
    }

    async fn reserve_uins(&self, department: &str, request: &str, drawn: Vec<Uin>) -> Result<Vec<Uin>> {
        let (department, request) = (department.to_owned(), request.to_owned());
        self.write(move |write| {
            let sql = "SELECT coalesce(max(place), 0) FROM reserved_uin WHERE department = ?1 AND request = ?2";
            let mut place: i64 = write.one(sql, (&department, &request), |row| row.get(0))?.unwrap_or_default();
            for uin in drawn.iter().filter(|uin| uin.department() == department) {
                let added = write.run(
                    "INSERT INTO reserved_uin (uin, department, request, place) SELECT ?1, ?2, ?3, ?4
                     WHERE NOT EXISTS (SELECT 1 FROM certificate WHERE uin = ?1) ON CONFLICT DO NOTHING",
                    (uin.as_str(), &department, &request, place + 1),
                )?;
                place += added as i64;
            }
            let sql = "SELECT group_concat(uin) FROM (SELECT uin FROM reserved_uin
                       WHERE department = ?1 AND request = ?2 ORDER BY place)";
            let list = write.one(sql, (&department, &request), |row| row.get::<_, Option<String>>(0))?.flatten();
            let list = list.unwrap_or_default();
            list.split_terminator(',')
                .map(|uin| Uin::canonical(uin).map_err(|_| corrupt("reserved_uin", uin, "uin")))
                .collect()
        })
        .await
    }

    async fn department_keys(&self) -> Result<Vec<DepartmentKey>> {
        self.read(|read| {
            read.all(
                "SELECT kid, department, public, added_at, withdrawn_at FROM department_key ORDER BY added_at, kid",
                [],
                |row| {
                    Ok(DepartmentKey {
                        kid: row.get(0)?,
                        department: row.get(1)?,
                        public: row.get(2)?,
                        added_at: Instant::from_millis(row.get(3)?),
                        withdrawn_at: row.get::<_, Option<i64>>(4)?.map(Instant::from_millis),
                    })
                },
            )
        })
        .await
    }

    async fn add_department_key(&self, key: DepartmentKey) -> Result<()> {
        self.write(move |write| {
            write.run(
                "INSERT INTO department_key (kid, department, public, added_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
                (&key.kid, &key.department, &key.public, key.added_at.millis()),
            )?;
            let sql = "SELECT department FROM department_key WHERE kid = ?1";
            match write.one(sql, [&key.kid], |row| row.get::<_, String>(0))? {
                Some(owner) if owner != key.department => {
                    Err(Error::reject("key_taken", format!("key {} belongs to department {owner}", key.kid)))
                }
                _ => Ok(()),
            }
        })
        .await
    }

    async fn amqp_users(&self) -> Result<Vec<AmqpUser>> {
        self.glance(|read| {
            let sql = "SELECT name, department, services, offices, added_at FROM amqp_user ORDER BY name";
            let list = |text: String| text.split_terminator(',').map(str::to_owned).collect();
            read.all(sql, [], |row| {
                Ok(AmqpUser {
                    name: row.get(0)?,
                    department: row.get(1)?,
                    services: list(row.get(2)?),
                    offices: list(row.get(3)?),
                    added_at: Instant::from_millis(row.get(4)?),
                })
            })
        })
    }

    async fn add_amqp_user(&self, user: AmqpUser) -> Result<()> {
        self.write(move |write| {
            let changed = write.run(
                "INSERT INTO amqp_user (name, department, services, offices, added_at) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO UPDATE SET services = ?3, offices = ?4 WHERE department = ?2",
                (&user.name, &user.department, user.services.join(","), user.offices.join(","), user.added_at.millis()),
            )?;
            match changed {
                0 => Err(Error::reject("key_taken", format!("user {} belongs to another department", user.name))),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn credential_keys(&self) -> Result<Vec<CredentialKey>> {
        self.read(|read| {
            let sql =
                "SELECT kid, public, departments, valid_from, valid_until FROM credential_key ORDER BY valid_from, kid";
            read.all(sql, [], |row| {
                Ok(CredentialKey {
                    kid: row.get(0)?,
                    public: row.get(1)?,
                    departments: row.get::<_, String>(2)?.split_terminator(',').map(str::to_owned).collect(),
                    valid_from: Instant::from_millis(row.get(3)?),
                    valid_until: row.get::<_, Option<i64>>(4)?.map(Instant::from_millis),
                })
            })
        })
        .await
    }

    async fn add_credential_key(&self, key: CredentialKey) -> Result<()> {
        self.write(move |write| {
            write.run(
                "INSERT INTO credential_key (kid, public, departments, valid_from, valid_until) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                (&key.kid, &key.public, key.departments.join(","), key.valid_from.millis(), key.valid_until.map(Instant::millis)),
            )
            .map(drop)
        })
        .await
    }

    async fn seal_certificates(&self) -> Result<Vec<(String, Vec<u8>)>> {
        self.read(|read| {
            read.all("SELECT fingerprint, der FROM seal_certificate", [], |row| Ok((row.get(0)?, row.get(1)?)))
        })
        .await
    }

    async fn add_seal_key(&self, key: SealKey) -> Result<()> {
        self.write(move |write| {
            let fingerprints: Vec<String> = key.chain.iter().map(|der| hex::encode(Sha256::digest(der))).collect();
            for (fingerprint, der) in fingerprints.iter().zip(&key.chain) {
                let sql = "INSERT INTO seal_certificate (fingerprint, der) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                write.run(sql, (fingerprint, der))?;
            }
            write.run("DELETE FROM seal_key WHERE key_id = ?1", [&key.key_id])?;
            let sql = "INSERT INTO seal_key (key_id, words, chain) VALUES (?1, ?2, ?3)";
            write.run(sql, (&key.key_id, key.algorithm.as_str(), fingerprints.join(","))).map(drop)
        })
        .await
    }

    async fn seal_key(&self) -> Result<Option<SealKey>> {
        self.read(|read| {
            let sql = "SELECT key_id, words, chain FROM seal_key ORDER BY number DESC LIMIT 1";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            let Some((key_id, words, list)) = read.one::<(String, String, String)>(sql, [], row)? else {
                return Ok(None);
            };
            let algorithm = SealAlgorithm::from_word(&words).ok_or_else(|| corrupt("seal_key", &key_id, "words"))?;
            let mut chain = Vec::new();
            for fingerprint in list.split_terminator(',') {
                let sql = "SELECT der FROM seal_certificate WHERE fingerprint = ?1";
                let der = read.one(sql, [fingerprint], |row| row.get(0))?;
                chain.push(der.ok_or_else(|| corrupt("seal_key", &key_id, "chain"))?);
            }
            Ok(Some(SealKey { key_id, chain, algorithm }))
        })
        .await
    }

    async fn audit(&self, act: Act) -> Result<()> {
        self.write(move |write| write.audit(&act)).await
    }

    async fn acts(&self, subject: &str) -> Result<Vec<(Instant, Act)>> {
        let subject = subject.to_owned();
        self.read(move |read| {
            read.all(
                "SELECT at, actor, act, subject, detail FROM audit WHERE subject = ?1 ORDER BY number",
                [subject],
                |row| {
                    let act = Act { actor: row.get(1)?, act: row.get(2)?, subject: row.get(3)?, detail: row.get(4)? };
                    Ok((Instant::from_millis(row.get(0)?), act))
                },
            )
        })
        .await
    }
}

/// What was told in a stream after a number, in order.
pub(crate) fn events(read: &Read<'_>, stream: &str, after: i64, limit: u32) -> Result<Vec<Recorded>> {
    let sql = "SELECT number, id, word, subject, data, at FROM outbound
               WHERE stream = ?1 AND number > ?2 ORDER BY number LIMIT ?3";
    let rows = read.all(sql, (stream, after, limit), |row| {
        let texts: (String, String, String, String) = (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        Ok((row.get::<_, i64>(0)?, texts, row.get::<_, i64>(5)?))
    })?;
    rows.into_iter()
        .map(|(number, (id, word, subject, data), at)| {
            let data = serde_json::from_str(&data).map_err(|_| corrupt("outbound", &id, "data"))?;
            Ok(Recorded { id, word, stream: stream.into(), number, subject, at: Instant::from_millis(at), data })
        })
        .collect()
}

fn application(read: &Read<'_>, id: &str) -> Result<ApplicationRecord> {
    let wrong = |column| corrupt("application", id, column);
    let sql = "SELECT a.department, a.application_no, a.service, a.bsk, a.state, a.data, c.uin
               FROM application a LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = ?1";
    let row = read.one(sql, [id], |row| {
        let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(4)?);
        let rest: (Option<String>, Option<String>, Option<String>) = (row.get(2)?, row.get(3)?, row.get(5)?);
        Ok((texts, rest, row.get::<_, Option<String>>(6)?))
    })?;
    let ((department, application_no, state), (service, bsk, data), uin) = row.ok_or_else(|| wrong("id"))?;
    let events = read.all(
        "SELECT kind, event_at, received_at FROM inbound_event WHERE application_id = ?1 ORDER BY event_at, received_at",
        [id],
        |row| Ok((row.get(0)?, Instant::from_millis(row.get(1)?), Instant::from_millis(row.get(2)?))),
    )?;
    let parked = read.all(
        "SELECT number, stage, item, code, reason, attempts, parked_at FROM parked WHERE item IN (?1, ?2) ORDER BY number",
        (id, uin.as_deref().unwrap_or_default()),
        parked_row,
    )?;
    Ok(ApplicationRecord {
        id: Id::parse(id).ok_or_else(|| wrong("id"))?,
        department,
        application_no,
        service,
        bsk,
        state: State::from_word(&state).ok_or_else(|| wrong("state"))?,
        data: data.map(|text| serde_json::from_str(&text).map_err(|_| wrong("data"))).transpose()?,
        uin: uin.map(|text| Uin::canonical(&text).map_err(|_| wrong("uin"))).transpose()?,
        events,
        parked: parked.into_iter().collect::<Result<_>>()?,
    })
}
