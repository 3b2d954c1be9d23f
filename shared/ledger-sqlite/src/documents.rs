//! Documents other than certificates.

use crate::{
    clock::{columns, record, row as clock_row},
    connection::{SqliteLedger, Write, corrupt},
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
    ledger::{Act, Document, Documents, Made, NewDocument, StoredDocument, acknowledgement},
};
use rusqlite::Row;
use std::collections::BTreeSet;

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
impl Documents for SqliteLedger {
    async fn order(&self, order: NewDocument) -> Result<Id> {
        self.write(move |write| {
            let (id, new) = write.order(&order)?;
            if new {
                write.hint(Stage::Store, &id.to_string())?;
                let detail = format!("{} {}", order.kind.as_str(), order.subject);
                let act = "document.order".to_owned();
                write.audit(&Act { actor: order.ordered_by.clone(), act, subject: id.to_string(), detail })?;
            }
            Ok(id)
        })
        .await
    }

    async fn documents(&self, ids: &[Id]) -> Result<Vec<Document>> {
        let ids = ids.to_vec();
        self.read(move |read| {
            let mut found = Vec::with_capacity(ids.len());
            for id in ids {
                found.extend(read.one(documents!("WHERE id = ?1"), [id.to_string()], document)?.transpose()?);
            }
            Ok(found)
        })
        .await
    }

    async fn documents_of(&self, subject: &str, most: u32) -> Result<Vec<Document>> {
        let subject = subject.to_owned();
        self.read(move |read| {
            let sql = documents!("WHERE subject = ?1 ORDER BY number DESC LIMIT ?2");
            read.all(sql, (subject, most), document)?.into_iter().collect()
        })
        .await
    }

    async fn documents_at(&self, kind: DocumentKind, place: &Place, most: u32) -> Result<Vec<Document>> {
        let Place { department, district, office, bsk } = place.clone();
        self.read(move |read| {
            let sql = documents!(
                "WHERE kind = ?1 AND (?2 IS NULL OR department = ?2) AND (?3 IS NULL OR district = ?3)
                 AND (?4 IS NULL OR office = ?4) AND (?5 IS NULL OR bsk = ?5) ORDER BY number DESC LIMIT ?6"
            );
            let values = (kind.as_str(), department, district, office, bsk, most);
            read.all(sql, values, document)?.into_iter().collect()
        })
        .await
    }

    async fn document_by_digest(&self, sha256: &str) -> Result<Option<Document>> {
        let sha256 = sha256.to_owned();
        self.read(move |read| read.one(documents!("WHERE sha256 = ?1"), [sha256], document)?.transpose()).await
    }

    async fn commit_planned(&self, work: Vec<DocumentPlan>) -> Result<Vec<DocumentPlan>> {
        self.write(move |write| work.iter().map(|plan| write.plan_document(plan)).collect()).await
    }

    async fn commit_document_seals(&self, work: Vec<(Id, Vec<u8>)>) -> Result<Vec<Vec<u8>>> {
        self.write(move |write| {
            let mut counts = Vec::with_capacity(work.len());
            for (id, cms) in &work {
                write.run(
                    "UPDATE document_order SET cms = ?2, sealed_at = ?3, state = 'sealed' WHERE id = ?1 AND state = 'planned'",
                    (id.to_string(), cms, write.now().millis()),
                )?;
                let sql = "SELECT cms FROM document_order WHERE id = ?1";
                let kept = write.one(sql, [id.to_string()], |row| row.get::<_, Option<Vec<u8>>>(0))?;
                counts.push(kept.flatten().ok_or_else(|| {
                    Error::fatal(format!("document {id} is to be sealed, yet the ledger has no plan of it"))
                })?);
            }
            Ok(counts)
        })
        .await
    }

    async fn commit_documents_stored(&self, work: Vec<StoredDocument>) -> Result<()> {
        self.write(move |write| {
            for stored in &work {
                write.run(
                    "UPDATE document_order SET sha256 = ?2, size = ?3, stored_at = ?4, state = 'stored'
                     WHERE id = ?1 AND state = 'sealed'",
                    (stored.id.to_string(), &stored.sha256, stored.size as i64, write.now().millis()),
                )?;
                write.settle(Stage::Store, &stored.id.to_string())?;
            }
            Ok(())
        })
        .await
    }

    async fn document_page(&self, after: Option<Id>, limit: u32) -> Result<Vec<Document>> {
        self.read(move |read| {
            let sql = documents!(
                "WHERE number > coalesce((SELECT number FROM document_order WHERE id = ?1), 0) ORDER BY number LIMIT ?2"
            );
            read.all(sql, (after.map(|id| id.to_string()), limit), document)?.into_iter().collect()
        })
        .await
    }
}

impl Write<'_> {
    /// The row of an order, and whether it is new.
    fn order(&self, order: &NewDocument) -> Result<(Id, bool)> {
        let (kind, digest, place) = (order.kind.as_str(), order.digest(), &order.place);
        let sql = "SELECT id FROM document_order WHERE kind = ?1 AND subject = ?2 AND digest = ?3";
        let before = self.one(sql, (kind, &order.subject, &digest), |row| row.get::<_, String>(0))?;
        if let Some(before) = before {
            return Ok((Id::parse(&before).ok_or_else(|| corrupt("document_order", &before, "id"))?, false));
        }
        let id = self.id()?;
        self.run(
            "INSERT INTO document_order (id, kind, subject, department, district, office, bsk, view, digest, ordered_by, state, ordered_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 'ordered', ?11)",
            rusqlite::params![
                id.to_string(), kind, order.subject, place.department, place.district, place.office, place.bsk,
                order.view.to_string(), digest, order.ordered_by, self.now().millis()
            ],
        )?;
        Ok((id, true))
    }

    /// Orders the acknowledgement of each application as it stands now. Hints of certificates go before.
    pub(crate) fn acknowledge(&self, applications: &BTreeSet<Id>) -> Result<()> {
        for application in applications {
            if let Some(mut order) = self.acknowledgement(*application)? {
                self.put_key(&mut order)?;
                let (id, new) = self.order(&order)?;
                if new {
                    self.hint_ranked(Stage::Store, &id.to_string(), 1)?;
                }
            }
        }
        Ok(())
    }

    fn acknowledgement(&self, application: Id) -> Result<Option<NewDocument>> {
        let reference = &self.inner.reference;
        if reference.names.is_none() {
            return Ok(None);
        }
        let id = application.to_string();
        let sql = "SELECT department, service, application_no, docket_no, bsk FROM application WHERE id = ?1";
        let row = self.one(sql, [&id], |row| {
            let texts: (String, String) = (row.get(0)?, row.get(2)?);
            let rest: (Option<String>, Option<String>, Option<String>) = (row.get(1)?, row.get(3)?, row.get(4)?);
            Ok((texts, rest))
        })?;
        let ((department, application_no), (service, docket_no, bsk)) =
            row.ok_or_else(|| corrupt("application", &id, "id"))?;
        let [submitted, deficient, resumed] = TELLING.map(EventKind::as_str);
        let sql = "SELECT kind, event_at, data FROM inbound_event WHERE application_id = ?1 AND kind IN (?2, ?3, ?4)";
        let rows = self.all(sql, (&id, submitted, deficient, resumed), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, Option<String>>(2)?))
        })?;
        let wrong = |column| corrupt("inbound_event", &id, column);
        let mut told = Vec::with_capacity(rows.len());
        for (kind, at, data) in rows {
            let kind = EventKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
            let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
            told.push((kind, Instant::from_millis(at), data));
        }
        let sql = concat!("SELECT ", columns!(), " FROM clock WHERE application_id = ?1");
        let clocks: Vec<_> = self.all(sql, [&id], clock_row)?.into_iter().map(record).collect::<Result<_>>()?;
        let form = Form {
            department: &department,
            service: service.as_deref(),
            application_no: &application_no,
            docket_no: docket_no.as_deref(),
            bsk: bsk.as_deref(),
            told: &told,
        };
        Ok(acknowledgement(application, &form, &clocks, reference, &self.force()?.rules))
    }

    fn plan_document(&self, plan: &DocumentPlan) -> Result<DocumentPlan> {
        let id = plan.id.to_string();
        let wrong = || corrupt("document_order", &id, "plan");
        let text = serde_json::to_string(plan).map_err(|_| wrong())?;
        self.run(
            "UPDATE document_order SET plan = ?2, planned_at = ?3, state = 'planned' WHERE id = ?1 AND state = 'ordered'",
            (&id, text, self.now().millis()),
        )?;
        let kept = self.one("SELECT plan FROM document_order WHERE id = ?1", [&id], |row| row.get(0))?;
        let kept: String = kept.flatten().ok_or_else(wrong)?;
        serde_json::from_str(&kept).map_err(|error| wrong().because(error))
    }
}

/// Reads a row; the inner error names what this program did not write.
fn document(row: &Row<'_>) -> rusqlite::Result<Result<Document>> {
    let text = |place: usize| row.get::<_, String>(place);
    let (id, kind, view, state) = (text(0)?, text(1)?, text(7)?, text(9)?);
    let (subject, ordered_by, plan) = (text(2)?, text(8)?, row.get::<_, Option<String>>(10)?);
    let place = Place { department: row.get(3)?, district: row.get(4)?, office: row.get(5)?, bsk: row.get(6)? };
    let (cms, sha256, size) = (row.get(11)?, row.get(12)?, row.get::<_, Option<i64>>(13)?);
    let (ordered_at, stored_at) = (row.get(14)?, row.get::<_, Option<i64>>(15)?);
    let wrong = |column| corrupt("document_order", &id, column);
    let build = || {
        let kind = DocumentKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
        let view = serde_json::from_str(&view).map_err(|_| wrong("view"))?;
        let plan = plan.map(|text| serde_json::from_str(&text).map_err(|error| wrong("plan").because(error)));
        Ok(Document {
            id: Id::parse(&id).ok_or_else(|| wrong("id"))?,
            order: NewDocument { kind, subject, place, view, ordered_by },
            made: Made::from_word(&state).ok_or_else(|| wrong("state"))?,
            plan: plan.transpose()?,
            cms,
            sha256,
            size: size.map(|size| size as u64),
            ordered_at: Instant::from_millis(ordered_at),
            stored_at: stored_at.map(Instant::from_millis),
        })
    };
    Ok(build())
}
