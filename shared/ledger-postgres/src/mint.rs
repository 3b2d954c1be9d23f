//! What mint commits: numbers, plans, places in the status lists.

use crate::{connection::Session, event::lock_of, issue::year_tally, trouble::corrupt};
use mohor_domain::{id::Id, uin::Uin};
use mohor_ports::{
    error::Result,
    ledger::{Minted, Minting},
};
use sqlx_core::{query::query, row::Row};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// The namespace of the locks on a department's numbers: mint shares it, a reservation has it alone.
pub(crate) const NUMBERS: i32 = 0x6D6F_6802;

impl Session {
    /// Fixes number and plan of each application that is approved and has none.
    pub(crate) async fn mint(&mut self, work: &[Minting]) -> Result<Vec<Minted>> {
        let applications: Vec<Uuid> = work.iter().map(|minting| minting.application.uuid()).collect();
        let sql = "SELECT a.id, a.state, c.uin FROM application a LEFT JOIN certificate c ON c.application_id = a.id
                   WHERE a.id = ANY($1) ORDER BY a.id FOR UPDATE OF a";
        let mut before: HashMap<Id, (String, Option<Uin>)> = HashMap::new();
        for row in self.all(query(sql).bind(applications)).await? {
            let uin = row.get::<Option<String>, _>(2);
            let uin =
                uin.map(|uin| Uin::canonical(&uin).map_err(|_| corrupt("certificate", &uin, "uin"))).transpose()?;
            before.insert(row.get::<Uuid, _>(0).into(), (row.get(1), uin));
        }
        // A certificate may have been committed while this waited for the lock: what the first look did not see, the
        // second does.
        let rows =
            self.all(query("SELECT application_id, uin FROM certificate WHERE application_id = ANY($1)").bind(
                before.iter().filter(|(_, (_, uin))| uin.is_none()).map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
            ))
            .await?;
        for row in rows {
            if let Some((_, uin)) = before.get_mut(&row.get::<Uuid, _>(0).into()) {
                *uin = Uin::canonical(row.get(1)).ok();
            }
        }
        let mut fresh: Vec<&Minting> = Vec::new();
        let mut taken: BTreeSet<Id> = BTreeSet::new();
        for minting in work {
            let open = matches!(before.get(&minting.application), Some((state, None)) if state == "approved");
            if open && taken.insert(minting.application) {
                fresh.push(minting);
            }
        }
        let written = self.insert(&fresh).await?;
        Ok(work
            .iter()
            .map(|minting| match before.get(&minting.application) {
                Some((_, Some(uin))) => Minted::Before(*uin),
                Some((state, None)) if state == "approved" => match written.get(&minting.application) {
                    Some(uin) if *uin == minting.plan.uin => Minted::New(*uin),
                    Some(uin) => Minted::Before(*uin),
                    None => Minted::Collision,
                },
                _ => Minted::NotApproved,
            })
            .collect())
    }

    /// Writes the plans whose number and status place are free; which were.
    async fn insert(&mut self, fresh: &[&Minting]) -> Result<HashMap<Id, Uin>> {
        if fresh.is_empty() {
            return Ok(HashMap::new());
        }
        let departments: BTreeSet<i32> = fresh.iter().map(|minting| lock_of(&minting.plan.department)).collect();
        let sql = "SELECT pg_advisory_xact_lock_shared($2, d) FROM unnest($1::int4[]) AS d";
        self.run(query(sql).bind(departments.into_iter().collect::<Vec<_>>()).bind(NUMBERS)).await?;
        let free = self.free_numbers(fresh).await?;
        let fresh: Vec<&&Minting> = fresh.iter().filter(|minting| free.contains(minting.plan.uin.as_str())).collect();
        let placed = self.take_places(&fresh).await?;
        let mut numbers = BTreeSet::new();
        let fresh: Vec<&&Minting> = fresh
            .into_iter()
            .filter(|minting| placed.contains(minting.plan.uin.as_str()) && numbers.insert(minting.plan.uin))
            .collect();
        let uins: Vec<&str> = fresh.iter().map(|m| m.plan.uin.as_str()).collect();
        let plans = fresh.iter().map(|minting| {
            let wrong = |_| corrupt("certificate", minting.plan.uin.as_str(), "plan");
            serde_json::to_string(&minting.plan).map_err(wrong)
        });
        let plans: Vec<String> = plans.collect::<Result<_>>()?;
        let sql = "INSERT INTO certificate (uin, application_id, department, service, kind, issued_at, progress, claims,
                     credential_kid, plan, minted_at)
                   SELECT u.uin, u.id, u.department, u.service, u.kind, u.issued_at, 'minted', u.claims, u.kid, u.plan, $9
                   FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::bytea[], $8::text[],
                     $10::text[]) AS u (uin, id, department, service, kind, issued_at, claims, kid, plan)
                   ON CONFLICT (uin) DO NOTHING RETURNING application_id, uin, department";
        let now = self.now().millis();
        let statement = query(sql)
            .bind(&uins)
            .bind(fresh.iter().map(|m| m.application.uuid()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.department.as_str()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.service.as_str()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.kind.as_str()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.minted_at.millis()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.claims.as_slice()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.credential_kid.as_str()).collect::<Vec<_>>())
            .bind(now)
            .bind(plans);
        let mut written = HashMap::new();
        for row in self.all(statement).await? {
            let uin = Uin::canonical(row.get(1)).map_err(|_| corrupt("certificate", row.get(1), "uin"))?;
            written.insert(Id::from(row.get::<Uuid, _>(0)), uin);
        }
        let lost: Vec<&str> = fresh
            .iter()
            .filter(|minting| !written.contains_key(&minting.application))
            .map(|minting| minting.plan.uin.as_str())
            .collect();
        if !lost.is_empty() {
            let sql = "DELETE FROM status_place s WHERE uin = ANY($1)
                       AND NOT EXISTS (SELECT 1 FROM certificate c WHERE c.uin = s.uin)";
            self.run(query(sql).bind(lost)).await?;
        }
        let ids: Vec<Uuid> = written.keys().map(|id| id.uuid()).collect();
        self.run(query("UPDATE application SET minted = true WHERE id = ANY($1)").bind(ids)).await?;
        let mut figures: BTreeMap<String, i64> = BTreeMap::from([("minted".into(), written.len() as i64)]);
        for minting in fresh.iter().filter(|minting| written.contains_key(&minting.application)) {
            *figures.entry(year_tally(&minting.plan.department, minting.plan.status.year)).or_default() += 1;
        }
        self.tally(&figures.into_iter().collect::<Vec<_>>()).await?;
        Ok(written)
    }

    /// Numbers that no certificate has and that nobody else has reserved.
    async fn free_numbers(&mut self, fresh: &[&Minting]) -> Result<BTreeSet<String>> {
        let sql = "SELECT u.uin FROM unnest($1::text[], $2::uuid[]) AS u (uin, id)
                   WHERE NOT EXISTS (SELECT 1 FROM certificate c WHERE c.uin = u.uin)
                     AND NOT EXISTS (SELECT 1 FROM reserved_uin r WHERE r.uin = u.uin AND r.used_by IS DISTINCT FROM u.id)";
        let (uins, ids): (Vec<&str>, Vec<Uuid>) =
            fresh.iter().map(|minting| (minting.plan.uin.as_str(), minting.application.uuid())).unzip();
        Ok(self.all(query(sql).bind(uins).bind(ids)).await?.into_iter().map(|row| row.get(0)).collect())
    }

    /// Takes the places in the status lists; the numbers that got theirs.
    async fn take_places(&mut self, fresh: &[&&Minting]) -> Result<BTreeSet<String>> {
        let sql = "INSERT INTO status_place (department, year, list, place, uin)
                   SELECT * FROM unnest($1::text[], $2::int2[], $3::int4[], $4::int4[], $5::text[])
                   ON CONFLICT DO NOTHING RETURNING uin";
        let statement = query(sql)
            .bind(fresh.iter().map(|m| m.plan.department.as_str()).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.status.year).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.status.list as i32).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.status.index as i32).collect::<Vec<_>>())
            .bind(fresh.iter().map(|m| m.plan.uin.as_str()).collect::<Vec<_>>());
        Ok(self.all(statement).await?.into_iter().map(|row| row.get(0)).collect())
    }
}
