//! Documents other than certificates. An order goes with a row of `attempt` that is due: whoever looks for what is due hints
//! it to `store`, until it is stored.

use crate::{
    clock::{columns, record},
    connection::{PostgresLedger, Session},
    inbox::uuids,
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    acknowledgement::{Form, TELLING},
    civil::Instant,
    event::EventKind,
    id::Id,
    people::Place,
    plan::{DocumentKind, DocumentPlan},
    stage::Stage,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::{
        ACKNOWLEDGEMENTS_AHEAD, Act, ClockRecord, Document, Documents, Made, NewDocument, StoredDocument,
        acknowledgement,
    },
};
use serde_json::Value;
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use uuid::Uuid;

/// Selects what [`document`] reads; a condition follows.
macro_rules! documents {
    ($rest:literal) => {
        concat!(
            "SELECT id, kind, subject, department, district, office, bsk, view, ordered_by, state, plan, cms, sha256, size,
               ordered_at, stored_at FROM document_order ",
            $rest
        )
    };
}

#[async_trait]
impl Documents for PostgresLedger {
    async fn order(&self, order: NewDocument) -> Result<Id> {
        let mut session = self.write().await?;
        let (kind, subject, digest) = (order.kind, order.subject.clone(), order.digest());
        let actor = order.ordered_by.clone();
        let Some(id) = session.order(vec![order], "ordered").await?.pop() else {
            // A transaction beside this one may have ordered it: what it committed is seen by the next statement.
            let sql = "SELECT id FROM document_order WHERE kind = $1 AND subject = $2 AND digest = $3";
            let row = session.one(query(sql).bind(kind.as_str()).bind(&subject).bind(&digest)).await?;
            session.rollback().await?;
            let id = row.map(|row| Id::from(row.get::<Uuid, _>(0)));
            return id
                .ok_or_else(|| Error::retry(format!("another order of the same {} was taken back", kind.as_str())));
        };
        let detail = format!("{} {subject}", kind.as_str());
        session.audit(&Act { actor, act: "document.order".into(), subject: id.to_string(), detail }).await?;
        session.commit().await?;
        Ok(id)
    }

    async fn documents(&self, ids: &[Id]) -> Result<Vec<Document>> {
        let statement = query(documents!("WHERE id = ANY($1)")).bind(uuids(ids));
        self.read().await?.all(statement).await?.iter().map(document).collect()
    }

    async fn documents_of(&self, subject: &str, most: u32) -> Result<Vec<Document>> {
        let sql = documents!("WHERE subject = $1 ORDER BY number DESC LIMIT $2");
        let rows = self.read().await?.all(query(sql).bind(subject).bind(i64::from(most))).await?;
        rows.iter().map(document).collect()
    }

    async fn documents_at(&self, kind: DocumentKind, place: &Place, most: u32) -> Result<Vec<Document>> {
        let sql = documents!(
            "WHERE kind = $1 AND ($2::text IS NULL OR department = $2) AND ($3::text IS NULL OR district = $3)
               AND ($4::text IS NULL OR office = $4) AND ($5::text IS NULL OR bsk = $5) ORDER BY number DESC LIMIT $6"
        );
        let statement = query(sql).bind(kind.as_str()).bind(&place.department).bind(&place.district);
        let statement = statement.bind(&place.office).bind(&place.bsk).bind(i64::from(most));
        self.read().await?.all(statement).await?.iter().map(document).collect()
    }

    async fn document_by_digest(&self, sha256: &str) -> Result<Option<Document>> {
        let row = self.read().await?.one(query(documents!("WHERE sha256 = $1")).bind(sha256)).await?;
        row.as_ref().map(document).transpose()
    }

    async fn commit_planned(&self, work: Vec<DocumentPlan>) -> Result<Vec<DocumentPlan>> {
        let mut session = self.write().await?;
        let ids = session.lock_documents(work.iter().map(|plan| plan.id)).await?;
        let wrong = |id: &Id| corrupt("document_order", &id.to_string(), "plan");
        let plans: Vec<String> =
            work.iter().map(|plan| serde_json::to_string(plan).map_err(|_| wrong(&plan.id))).collect::<Result<_>>()?;
        let sql = "UPDATE document_order d SET plan = u.plan, planned_at = $3, state = 'planned'
                   FROM unnest($1::uuid[], $2::text[]) AS u (id, plan) WHERE d.id = u.id AND d.state = 'ordered'";
        let statement = query(sql).bind(work.iter().map(|plan| plan.id.uuid()).collect::<Vec<_>>()).bind(plans);
        let now = session.now().millis();
        session.run(statement.bind(now)).await?;
        let rows = session.all(query("SELECT id, plan FROM document_order WHERE id = ANY($1)").bind(ids)).await?;
        session.commit().await?;
        let kept: HashMap<Id, Option<String>> =
            rows.iter().map(|row| (row.get::<Uuid, _>(0).into(), row.get(1))).collect();
        work.iter()
            .map(|plan| {
                let text = kept.get(&plan.id).cloned().flatten().ok_or_else(|| wrong(&plan.id))?;
                serde_json::from_str(&text).map_err(|error| wrong(&plan.id).because(error))
            })
            .collect()
    }

    async fn commit_document_seals(&self, work: Vec<(Id, Vec<u8>)>) -> Result<Vec<Vec<u8>>> {
        let mut session = self.write().await?;
        let ids = session.lock_documents(work.iter().map(|(id, _)| *id)).await?;
        let sql = "UPDATE document_order d SET cms = u.cms, sealed_at = $3, state = 'sealed'
                   FROM unnest($1::uuid[], $2::bytea[]) AS u (id, cms) WHERE d.id = u.id AND d.state = 'planned'";
        let seals: Vec<&[u8]> = work.iter().map(|(_, cms)| cms.as_slice()).collect();
        let statement = query(sql).bind(work.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>()).bind(seals);
        let now = session.now().millis();
        session.run(statement.bind(now)).await?;
        let rows = session.all(query("SELECT id, cms FROM document_order WHERE id = ANY($1)").bind(ids)).await?;
        session.commit().await?;
        let kept: HashMap<Id, Option<Vec<u8>>> =
            rows.iter().map(|row| (row.get::<Uuid, _>(0).into(), row.get(1))).collect();
        work.iter()
            .map(|(id, _)| {
                kept.get(id).cloned().flatten().ok_or_else(|| {
                    Error::fatal(format!("document {id} is to be sealed, yet the ledger has no plan of it"))
                })
            })
            .collect()
    }

    async fn commit_documents_stored(&self, work: Vec<StoredDocument>) -> Result<()> {
        let mut session = self.write().await?;
        session.lock_documents(work.iter().map(|stored| stored.id)).await?;
        let sql = "UPDATE document_order d SET sha256 = u.sha256, size = u.size, stored_at = $4, state = 'stored'
                   FROM unnest($1::uuid[], $2::text[], $3::int8[]) AS u (id, sha256, size)
                   WHERE d.id = u.id AND d.state = 'sealed'";
        let statement = query(sql)
            .bind(work.iter().map(|stored| stored.id.uuid()).collect::<Vec<_>>())
            .bind(work.iter().map(|stored| stored.sha256.as_str()).collect::<Vec<_>>())
            .bind(work.iter().map(|stored| stored.size as i64).collect::<Vec<_>>());
        let now = session.now().millis();
        session.run(statement.bind(now)).await?;
        let items: Vec<String> = work.iter().map(|stored| stored.id.to_string()).collect();
        session.settle(Stage::Store, &items).await?;
        session.commit().await
    }

    async fn document_page(&self, after: Option<Id>, limit: u32) -> Result<Vec<Document>> {
        let sql = documents!(
            "WHERE number > coalesce((SELECT number FROM document_order WHERE id = $1), 0) ORDER BY number LIMIT $2"
        );
        let statement = query(sql).bind(after.map(|id| id.uuid())).bind(i64::from(limit));
        self.read().await?.all(statement).await?.iter().map(document).collect()
    }
}

/// What is known of applications whose acknowledgement may have become another.
#[derive(Default)]
struct Known {
    told: BTreeMap<Id, Vec<(EventKind, Instant, Value)>>,
    clocks: BTreeMap<Id, Vec<ClockRecord>>,
}

impl Session {
    /// Locks documents in order, so that two batches with the same ones wait and never in a ring.
    async fn lock_documents(&mut self, ids: impl Iterator<Item = Id>) -> Result<Vec<Uuid>> {
        let ids: Vec<Uuid> = ids.map(Id::uuid).collect::<BTreeSet<_>>().into_iter().collect();
        let sql = "SELECT id FROM document_order WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE";
        self.run(query(sql).bind(&ids)).await?;
        Ok(ids)
    }

    /// Writes those orders that are new, each with its place among what is due: their rows.
    async fn order(&mut self, orders: Vec<NewDocument>, code: &str) -> Result<Vec<Id>> {
        let mut ids = Vec::with_capacity(orders.len());
        for _ in &orders {
            ids.push(self.id()?.uuid());
        }
        fn column<T>(orders: &[NewDocument], field: impl Fn(&NewDocument) -> T) -> Vec<T> {
            orders.iter().map(field).collect()
        }
        let sql = "INSERT INTO document_order (id, kind, subject, department, district, office, bsk, view, digest, ordered_by,
                     state, ordered_at)
                   SELECT *, 'ordered', $11 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                     $7::text[], $8::text[], $9::text[], $10::text[]) ON CONFLICT DO NOTHING RETURNING id";
        let statement = query(sql)
            .bind(ids)
            .bind(column(&orders, |order| order.kind.as_str()))
            .bind(column(&orders, |order| order.subject.clone()))
            .bind(column(&orders, |order| order.place.department.clone()))
            .bind(column(&orders, |order| order.place.district.clone()))
            .bind(column(&orders, |order| order.place.office.clone()))
            .bind(column(&orders, |order| order.place.bsk.clone()))
            .bind(column(&orders, |order| order.view.to_string()))
            .bind(column(&orders, NewDocument::digest))
            .bind(column(&orders, |order| order.ordered_by.clone()));
        let now = self.now().millis();
        let rows = self.all(statement.bind(now)).await?;
        let new: Vec<Id> = rows.iter().map(|row| row.get::<Uuid, _>(0).into()).collect();
        let sql = "INSERT INTO attempt (stage, item, attempts, next_at, code, reason)
                   SELECT $1, item, 0, 0, $3, '' FROM unnest($2::text[]) AS u (item) ON CONFLICT DO NOTHING";
        if !new.is_empty() {
            let items: Vec<String> = new.iter().map(Id::to_string).collect();
            self.run(query(sql).bind(Stage::Store.as_str()).bind(items).bind(code)).await?;
        }
        Ok(new)
    }

    /// Acknowledgements whose hint is due, to be looked at again after so long. Only so many are ahead at once: a bulk of
    /// them waits here, and not in front of certificates.
    pub(crate) async fn due_acknowledgements(&mut self, limit: u32, hinted_millis: i64) -> Result<Vec<PgRow>> {
        let sql = "UPDATE attempt a SET next_at = $1 + $2 FROM (
                     SELECT stage, item FROM attempt WHERE code = 'acknowledgement' AND next_at <= $1 ORDER BY next_at
                     LIMIT greatest(0, $3 - (SELECT count(*) FROM attempt WHERE code = 'acknowledgement' AND next_at > $1))
                     FOR UPDATE SKIP LOCKED) AS d
                   WHERE a.stage = d.stage AND a.item = d.item RETURNING a.stage, a.item";
        let ahead = i64::from(limit.min(ACKNOWLEDGEMENTS_AHEAD));
        let now = self.now().millis();
        self.all(query(sql).bind(now).bind(hinted_millis).bind(ahead)).await
    }

    /// Orders the acknowledgement of each application as it stands now.
    pub(crate) async fn acknowledge(&mut self, applications: &BTreeSet<Id>) -> Result<()> {
        if self.inner.reference.names.is_none() || applications.is_empty() {
            return Ok(());
        }
        let ids: Vec<Id> = applications.iter().copied().collect();
        let known = self.known_of(&ids).await?;
        let sql = "SELECT id, department, service, application_no, docket_no, bsk FROM application WHERE id = ANY($1) ORDER BY id";
        let rows = self.all(query(sql).bind(uuids(&ids))).await?;
        let mut orders = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = Id::from(row.get::<Uuid, _>(0));
            let form = Form {
                department: row.get(1),
                service: row.get(2),
                application_no: row.get(3),
                docket_no: row.get(4),
                bsk: row.get(5),
                told: known.told.get(&id).map_or(&[][..], Vec::as_slice),
            };
            let clocks = known.clocks.get(&id).map_or(&[][..], Vec::as_slice);
            orders.extend(acknowledgement(id, &form, clocks, &self.inner.reference, &self.force.rules));
        }
        self.put_keys(&mut orders).await?;
        if orders.is_empty() { Ok(()) } else { self.order(orders, "acknowledgement").await.map(drop) }
    }

    async fn known_of(&mut self, ids: &[Id]) -> Result<Known> {
        let mut known = Known::default();
        let sql = "SELECT application_id, kind, event_at, data FROM inbound_event
                   WHERE application_id = ANY($1) AND kind = ANY($2)";
        let kinds: Vec<&str> = TELLING.iter().map(|kind| kind.as_str()).collect();
        for row in self.all(query(sql).bind(uuids(ids)).bind(kinds)).await? {
            let id = Id::from(row.get::<Uuid, _>(0));
            let wrong = |column| corrupt("inbound_event", &id.to_string(), column);
            let kind = EventKind::from_word(row.get(1)).ok_or_else(|| wrong("kind"))?;
            let data: Option<String> = row.get(3);
            let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
            known.told.entry(id).or_default().push((kind, Instant::from_millis(row.get(2)), data));
        }
        let sql = concat!("SELECT ", columns!(), " FROM clock WHERE application_id = ANY($1)");
        for row in self.all(query(sql).bind(uuids(ids))).await? {
            let record = record(&row)?;
            known.clocks.entry(record.application).or_default().push(record);
        }
        Ok(known)
    }
}

/// Reads a row.
fn document(row: &PgRow) -> Result<Document> {
    let id = Id::from(row.get::<Uuid, _>(0));
    let wrong = |column| corrupt("document_order", &id.to_string(), column);
    let plan = row.get::<Option<String>, _>(10);
    let plan = plan.map(|text| serde_json::from_str(&text).map_err(|error| wrong("plan").because(error)));
    Ok(Document {
        id,
        order: NewDocument {
            kind: DocumentKind::from_word(row.get(1)).ok_or_else(|| wrong("kind"))?,
            subject: row.get(2),
            place: Place { department: row.get(3), district: row.get(4), office: row.get(5), bsk: row.get(6) },
            view: serde_json::from_str(row.get(7)).map_err(|_| wrong("view"))?,
            ordered_by: row.get(8),
        },
        made: Made::from_word(row.get(9)).ok_or_else(|| wrong("state"))?,
        plan: plan.transpose()?,
        cms: row.get(11),
        sha256: row.get(12),
        size: row.get::<Option<i64>, _>(13).map(|size| size as u64),
        ordered_at: Instant::from_millis(row.get(14)),
        stored_at: row.get::<Option<i64>, _>(15).map(Instant::from_millis),
    })
}
