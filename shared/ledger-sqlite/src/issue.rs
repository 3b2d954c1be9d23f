//! The line from approval to notice: what the stages commit.

use crate::{
    certificate::{CERTIFICATE, certificate},
    connection::{SqliteLedger, Write, corrupt},
    packed::pack,
};
use async_trait::async_trait;
use mohor_domain::{
    certificate::{Progress, Standing},
    clock::Place,
    event::bsk_stream,
    id::Id,
    plan::Plan,
    stage::Stage,
    uin::Uin,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{Approved, Certificate, Issue, Minted, Minting, Stored, ToSign, Turn},
    vault::object_name,
};
use serde_json::json;

#[async_trait]
impl Issue for SqliteLedger {
    async fn approved(&self, ids: &[Id]) -> Result<Vec<Approved>> {
        let ids = ids.to_vec();
        self.read(move |read| {
            let sql = "SELECT a.department, a.service, a.application_no, a.bsk, a.data, a.ascribed, c.uin
                       FROM application a LEFT JOIN certificate c ON c.application_id = a.id
                       WHERE a.id = ?1 AND a.state = 'approved'";
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                let row = read.one(sql, [id.to_string()], |row| {
                    let texts: (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                    let rest: (Option<String>, Option<String>, Option<String>) =
                        (row.get(4)?, row.get(5)?, row.get(6)?);
                    Ok((texts, row.get::<_, Option<String>>(3)?, rest))
                })?;
                let Some(((department, service, application_no), bsk, (data, ascribed, minted))) = row else {
                    continue;
                };
                let data = data.and_then(|text| serde_json::from_str(&text).ok());
                let data = data.ok_or_else(|| corrupt("application", &id.to_string(), "data"))?;
                let uin = |text: Option<String>| text.and_then(|text| Uin::canonical(&text).ok());
                let (ascribed, minted) = (uin(ascribed), uin(minted));
                found.push(Approved { id, department, service, application_no, bsk, data, ascribed, minted });
            }
            Ok(found)
        })
        .await
    }

    async fn minted_in_year(&self, department: &str, year: i16) -> Result<u64> {
        let name = year_tally(department, year);
        self.read(move |read| {
            let value = read.one("SELECT value FROM tally WHERE name = ?1", [name], |row| row.get::<_, i64>(0))?;
            Ok(value.unwrap_or_default().max(0) as u64)
        })
        .await
    }

    async fn commit_minted(&self, work: Vec<Minting>) -> Result<Vec<Minted>> {
        self.write(move |write| work.iter().map(|minting| write.mint(minting)).collect()).await
    }

    async fn certificates(&self, uins: &[Uin]) -> Result<Vec<Certificate>> {
        let uins = uins.to_vec();
        self.read(move |read| {
            let sql = format!("{CERTIFICATE} WHERE c.uin = ?1");
            let mut found = Vec::with_capacity(uins.len());
            for uin in uins {
                found.extend(read.one(&sql, [uin.as_str()], certificate)?.transpose()?);
            }
            Ok(found)
        })
        .await
    }

    async fn progress(&self, uins: &[Uin]) -> Result<Vec<(Uin, Progress)>> {
        let uins = uins.to_vec();
        self.read(move |read| {
            let mut found = Vec::with_capacity(uins.len());
            for uin in uins {
                let word = read.one("SELECT progress FROM certificate WHERE uin = ?1", [uin.as_str()], |row| {
                    row.get::<_, String>(0)
                })?;
                if let Some(word) = word {
                    let progress = Progress::from_word(&word);
                    found.push((uin, progress.ok_or_else(|| corrupt("certificate", uin.as_str(), "progress"))?));
                }
            }
            Ok(found)
        })
        .await
    }

    async fn to_sign(&self, uins: &[Uin]) -> Result<Vec<ToSign>> {
        let of = |certificate: Certificate| ToSign {
            uin: certificate.uin,
            progress: certificate.progress,
            claims: certificate.plan.claims,
            credential_kid: certificate.plan.credential_kid,
            credential: certificate.credential,
        };
        Ok(self.certificates(uins).await?.into_iter().map(of).collect())
    }

    async fn commit_signed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<()> {
        self.write(move |write| {
            for (uin, credential) in &work {
                let changed = write.run(
                    "UPDATE certificate SET credential = ?2, signed_at = ?3, progress = 'signed'
                     WHERE uin = ?1 AND progress = 'minted'",
                    (uin.as_str(), credential, write.now().millis()),
                )?;
                write.forward(*uin, Stage::Sign, changed == 1)?;
            }
            Ok(())
        })
        .await
    }

    async fn commit_sealed(&self, work: Vec<(Uin, Vec<u8>)>) -> Result<Vec<Vec<u8>>> {
        self.write(move |write| {
            let mut counts = Vec::with_capacity(work.len());
            for (uin, cms) in &work {
                let changed = write.run(
                    "UPDATE certificate SET sealed_at = ?2, progress = 'sealed' WHERE uin = ?1 AND progress = 'signed'",
                    (uin.as_str(), write.now().millis()),
                )?;
                if changed == 1 {
                    let sql =
                        "INSERT INTO certificate_seal (number, cms) SELECT number, ?2 FROM certificate WHERE uin = ?1";
                    write.run(sql, (uin.as_str(), cms))?;
                }
                let sql = "SELECT coalesce(c.cms, s.cms) FROM certificate c
                           LEFT JOIN certificate_seal s ON s.number = c.number WHERE c.uin = ?1";
                let kept = write.one(sql, [uin.as_str()], |row| row.get::<_, Option<Vec<u8>>>(0))?;
                counts.push(kept.flatten().ok_or_else(|| {
                    Error::fatal(format!("certificate {uin} is to be sealed, yet the ledger has no signature of it"))
                })?);
            }
            Ok(counts)
        })
        .await
    }

    async fn commit_stored(&self, work: Vec<Stored>) -> Result<()> {
        self.write(move |write| work.iter().try_for_each(|stored| write.store(stored))).await
    }

    async fn commit_notified(&self, uins: &[Uin]) -> Result<()> {
        let uins = uins.to_vec();
        self.write(move |write| uins.iter().try_for_each(|uin| write.notify(*uin))).await
    }

    async fn keep_assets(&self, assets: Vec<(String, Vec<u8>)>) -> Result<()> {
        self.write(move |write| {
            for (sha256, bytes) in &assets {
                write
                    .run("INSERT INTO asset (sha256, bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING", (sha256, bytes))?;
            }
            Ok(())
        })
        .await
    }

    async fn asset(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let sha256 = sha256.to_owned();
        self.read(move |read| read.one("SELECT bytes FROM asset WHERE sha256 = ?1", [sha256], |row| row.get(0))).await
    }
}

fn year_tally(department: &str, year: i16) -> String {
    format!("minted/{department}/{year}")
}

impl Write<'_> {
    fn mint(&self, minting: &Minting) -> Result<Minted> {
        let (plan, row) = (&minting.plan, minting.application.to_string());
        let before = self.one(
            "SELECT a.state, c.uin, c.progress = 'minted' FROM application a
             LEFT JOIN certificate c ON c.application_id = a.id WHERE a.id = ?1",
            [&row],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?, row.get::<_, Option<bool>>(2)?)),
        )?;
        let outcome = match before {
            Some((_, Some(uin), unsigned)) => {
                let uin = Uin::canonical(&uin).map_err(|_| corrupt("certificate", &uin, "uin"))?;
                if unsigned == Some(true) {
                    self.hint(Stage::Sign, uin.as_str())?;
                }
                Minted::Before(uin)
            }
            Some((state, None, _)) if state == "approved" => match self.insert(plan, &row)? {
                true => Minted::New(plan.uin),
                false => return Ok(Minted::Collision),
            },
            _ => Minted::NotApproved,
        };
        self.settle(Stage::Mint, &row)?;
        Ok(outcome)
    }

    /// Whether number and status place were free; if not, nothing is written.
    fn insert(&self, plan: &Plan, application: &str) -> Result<bool> {
        // A number reserved for somebody else is not free for a draw either.
        let taken = self.one(
            "SELECT 1 FROM certificate WHERE uin = ?1 UNION ALL
             SELECT 1 FROM reserved_uin WHERE uin = ?1 AND used_by IS NOT ?2 UNION ALL
             SELECT 1 FROM status_place WHERE department = ?3 AND year = ?4 AND list = ?5 AND place = ?6 LIMIT 1",
            (plan.uin.as_str(), application, &plan.department, plan.status.year, plan.status.list, plan.status.index),
            |_| Ok(()),
        )?;
        if taken.is_some() {
            return Ok(false);
        }
        let text = serde_json::to_string(plan).map_err(|_| corrupt("certificate", plan.uin.as_str(), "plan"))?;
        let packed = pack(&text);
        let text = if packed.is_some() { "" } else { &text };
        self.run(
            "INSERT INTO certificate (uin, application_id, department, progress, plan, packed, minted_at)
             VALUES (?1, ?2, ?3, 'minted', ?4, ?5, ?6)",
            (plan.uin.as_str(), application, &plan.department, text, packed, self.now().millis()),
        )?;
        self.run(
            "INSERT INTO status_place (department, year, list, place, uin) VALUES (?1, ?2, ?3, ?4, ?5)",
            (&plan.department, plan.status.year, plan.status.list, plan.status.index, plan.uin.as_str()),
        )?;
        self.run("UPDATE application SET minted = 1 WHERE id = ?1", [application])?;
        self.tally(&year_tally(&plan.department, plan.status.year), 1)?;
        self.tally("minted", 1)?;
        self.hint(Stage::Sign, plan.uin.as_str())?;
        Ok(true)
    }

    /// Settles a stage's hint and hints the next stage, unless that has its work behind it.
    fn forward(&self, uin: Uin, stage: Stage, changed: bool) -> Result<()> {
        let behind = match stage {
            Stage::Sign => "('stored', 'notified')",
            _ => "('notified')",
        };
        let sql = format!("SELECT 1 FROM certificate WHERE uin = ?1 AND progress NOT IN {behind}");
        if let Some(next) = stage.next()
            && (changed || self.one(&sql, [uin.as_str()], |_| Ok(()))?.is_some())
        {
            self.hint(next, uin.as_str())?;
        }
        self.settle(stage, uin.as_str())
    }

    fn whole(&self, uin: Uin) -> Result<Option<Certificate>> {
        self.one(&format!("{CERTIFICATE} WHERE c.uin = ?1"), [uin.as_str()], certificate)?.transpose()
    }

    fn store(&self, stored: &Stored) -> Result<()> {
        let (uin, now) = (stored.uin, self.now());
        let changed = self.run(
            "UPDATE certificate SET sha256 = ?2, size = ?3, stored_at = ?4, progress = 'stored' WHERE uin = ?1 AND progress = 'sealed'",
            (uin.as_str(), &stored.sha256, stored.size as i64, now.millis()),
        )?;
        if changed == 1
            && let Some(certificate) = self.whole(uin)?
        {
            let plan = &certificate.plan;
            self.run(
                "INSERT INTO document (sha256, uin, kind, stored_at) VALUES (?1, ?2, ?3, ?4)",
                (&stored.sha256, uin.as_str(), plan.kind.as_str(), now.millis()),
            )?;
            let data = json!({
                "uin": uin, "department": plan.department, "service": plan.service,
                "application_no": certificate.application_no, "issued_at": plan.minted_at, "sha256": stored.sha256,
                "object": object_name(&stored.sha256),
            });
            self.tell_department(&plan.department, "certificate.issued", uin.as_str(), &data)?;
            self.tally("issued", 1)?;
            self.supersede(&certificate)?;
        }
        self.forward(uin, Stage::Store, changed == 1)
    }

    /// The certificate that this one corrects is superseded in the transaction that records the new document.
    fn supersede(&self, new: &Certificate) -> Result<()> {
        let old = self.one(
            "SELECT c.uin, c.department, o.service, o.application_no, o.id, o.bsk IS NOT NULL FROM application a
             JOIN certificate c ON c.uin = a.supersedes JOIN application o ON o.id = c.application_id
             WHERE a.id = ?1 AND c.standing = 'live'",
            [new.application.to_string()],
            |row| {
                let texts: (String, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((texts, row.get::<_, String>(4)?, row.get::<_, bool>(5)?))
            },
        )?;
        let Some(((old, department, service, application_no), id, at_centre)) = old else { return Ok(()) };
        self.run("UPDATE certificate SET standing = 'superseded' WHERE uin = ?1", [&old])?;
        self.turn(Id::parse(&id).ok_or_else(|| corrupt("application", &id, "id"))?, Turn::Superseded { at_centre })?;
        let data = json!({
            "uin": old, "department": department, "service": service, "application_no": application_no,
            "superseded_by": new.uin, "superseded_at": self.now(),
        });
        self.tell_department(&department, "certificate.superseded", &old, &data)
    }

    fn notify(&self, uin: Uin) -> Result<()> {
        if let Some(certificate) = self.whole(uin)?
            && certificate.progress == Progress::Stored
        {
            let at = certificate.bsk.as_ref().filter(|_| certificate.standing == Standing::Live);
            let at = at.map(|bsk| Place { bsk: bsk.clone(), district: self.district(bsk) });
            if let Some(place) = &at {
                self.notice(&certificate, &place.bsk)?;
            }
            let sql =
                "UPDATE certificate SET notified_at = ?2, progress = 'notified' WHERE uin = ?1 AND progress = 'stored'";
            self.run(sql, (uin.as_str(), self.now().millis()))?;
            self.turn(certificate.application, Turn::Ready { at })?;
            self.tally("ready", 1)?;
        }
        self.settle(Stage::Notify, uin.as_str())
    }

    /// The notice has the number that its event has in the centre's stream.
    fn notice(&self, certificate: &Certificate, bsk: &str) -> Result<()> {
        let (plan, uin, stream) = (&certificate.plan, certificate.uin, bsk_stream(bsk));
        let number = self.next_number(&stream)?;
        self.run("INSERT INTO notice (bsk, number, uin) VALUES (?1, ?2, ?3)", (bsk, number, uin.as_str()))?;
        let mut data = json!({
            "number": number, "uin": uin, "service": plan.service, "department": plan.department, "bsk": bsk,
            "district": self.district(bsk), "issued_at": plan.minted_at, "sha256": certificate.sha256,
        });
        if let Some(docket_no) = &certificate.docket_no {
            data["docket_no"] = json!(docket_no);
        }
        self.publish(&stream, number, "certificate.ready", uin.as_str(), &data)
    }
}
