//! What waits at centres: which certificates, and of which the citizen is to be reminded.

use crate::{
    board::{Selected, selected},
    connection::{Inner, SqliteLedger, Write, corrupt},
};
use async_trait::async_trait;
use mohor_domain::{
    board::Selection,
    certificate::Standing,
    civil::Instant,
    id::Id,
    tray::TrayState,
    uin::Uin,
    uncollected::{Reminders, Window},
};
use mohor_ports::{
    error::Result,
    ledger::{
        CentreMove, Emptied, Emptying, Mobile, Moving, Reminder, Reroute, Return, Uncollected, Waiting, WaitingPlace,
    },
};
use rusqlite::{Row, params};

/// The how manieth centre of the certificate `c` it is.
macro_rules! stay {
    () => {
        "(SELECT count(*) FROM rerouting r WHERE r.uin = c.uin)"
    };
}
pub(crate) use stay;

/// What [`waiting`] reads; `k` has the office and since when.
macro_rules! waiting_sql {
    ($since:expr, $rest:expr) => {
        concat!(
            "SELECT a.id, c.uin, a.department, a.service, a.application_no, a.docket_no, n.bsk, k.office, c.standing, n.state, ",
            $since,
            ", ",
            stay!(),
            ", (SELECT count(*) FROM reminder m WHERE m.uin = c.uin AND m.stay = ",
            stay!(),
            ") ",
            $rest
        )
    };
}

/// By itself SQLite would look for all clocks of centres before it counts.
pub const LIST: &str = waiting_sql!(
    "k.started_at",
    concat!(
        "FROM (SELECT application_id, office, started_at FROM clock INDEXED BY clock_waiting
               WHERE kind = 'bsk' AND stopped_at IS NULL AND started_at < ?7 AND (started_at, application_id) > (?8, ?9) AND ",
        selected!(),
        " ORDER BY started_at, application_id LIMIT ?10) k
          CROSS JOIN application a ON a.id = k.application_id CROSS JOIN certificate c ON c.application_id = a.id
          CROSS JOIN notice n ON n.uin = c.uin ORDER BY k.started_at, k.application_id"
    )
);
const ONE: &str = waiting_sql!(
    "coalesce((SELECT max(r.at) FROM rerouting r WHERE r.uin = c.uin), c.notified_at)",
    "FROM application a JOIN certificate c ON c.application_id = a.id JOIN notice n ON n.uin = c.uin
     LEFT JOIN clock k ON k.application_id = a.id AND k.kind = 'service' WHERE a.id = ?1"
);
pub const REMIND: &str = concat!(
    "SELECT c.uin, ",
    stay!(),
    ", a.department, a.service, a.application_no, a.docket_no, n.bsk, a.data ->> '$.applicant.mobile'
     FROM (SELECT application_id, started_at FROM clock INDEXED BY clock_waiting
           WHERE kind = 'bsk' AND stopped_at IS NULL AND started_at >= ?1 AND started_at < ?2) k
     CROSS JOIN application a ON a.id = k.application_id CROSS JOIN certificate c ON c.application_id = a.id
     CROSS JOIN notice n ON n.uin = c.uin
     WHERE c.standing = 'live' AND n.state IN ('ready', 'printed') AND a.data ->> '$.applicant.mobile' IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM reminder m WHERE m.uin = c.uin AND m.stay = ",
    stay!(),
    " AND m.n >= ?3) ORDER BY k.started_at, k.application_id LIMIT ?4"
);

#[async_trait]
impl Uncollected for SqliteLedger {
    async fn uncollected(
        &self,
        of: &Selection,
        before: Instant,
        after: Option<WaitingPlace>,
        most: u32,
    ) -> Result<Vec<Waiting>> {
        let Selected { department, service, district, office, bsk, offices, .. } = Selected::of(of);
        let (since, id) = match after {
            Some(place) => (place.since.millis(), place.application.to_string()),
            None => (i64::MIN, String::new()),
        };
        self.read(move |read| {
            let values = params![department, service, district, office, bsk, offices, before.millis(), since, id, most];
            read.all(LIST, values, |row| waiting(read.inner, row))?.into_iter().collect()
        })
        .await
    }

    async fn lying(&self, application: Id) -> Result<Option<Waiting>> {
        self.read(move |read| read.one(ONE, [application.to_string()], |row| waiting(read.inner, row))?.transpose())
            .await
    }

    async fn centre_moves(&self, uin: Uin) -> Result<Vec<CentreMove>> {
        self.read(move |read| read.centre_moves(uin.as_str())).await
    }

    async fn give_back(&self, back: Return) -> Result<Moving> {
        self.write(move |write| write.give_back(&back)).await
    }

    async fn send_on(&self, on: Reroute) -> Result<Moving> {
        self.write(move |write| write.send_on(&on)).await
    }

    async fn empty_centre(&self, centre: Emptying, most: u32) -> Result<Emptied> {
        self.write(move |write| write.empty_centre(&centre, most)).await
    }

    async fn claim_reminders(&self, reminders: &Reminders, most: u32) -> Result<Vec<Reminder>> {
        let reminders = reminders.clone();
        self.write(move |write| {
            let mut claimed = Vec::new();
            for window in reminders.windows(write.now()) {
                let room = most - claimed.len() as u32;
                claimed.extend(write.claim_window(&window, room)?);
            }
            Ok(claimed)
        })
        .await
    }
}

/// Reads a row; the inner error names what this program did not write.
fn waiting(inner: &Inner, row: &Row<'_>) -> rusqlite::Result<Result<Waiting>> {
    let (id, uin, standing, state): (String, String, String, String) =
        (row.get(0)?, row.get(1)?, row.get(8)?, row.get(9)?);
    let (department, service, application_no): (String, Option<String>, String) =
        (row.get(2)?, row.get(3)?, row.get(4)?);
    let (docket_no, bsk, office): (Option<String>, String, Option<String>) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let since = Instant::from_millis(row.get::<_, Option<i64>>(10)?.unwrap_or_default());
    let (stay, reminders) = (row.get(11)?, row.get(12)?);
    let build = || {
        Ok(Waiting {
            application: Id::parse(&id).ok_or_else(|| corrupt("application", &id, "id"))?,
            uin: Uin::canonical(&uin).map_err(|_| corrupt("certificate", &uin, "uin"))?,
            department,
            service,
            application_no,
            docket_no,
            district: inner.reference.districts.get(&bsk).cloned(),
            bsk,
            office,
            standing: Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", &uin, "standing"))?,
            state: TrayState::from_word(&state).ok_or_else(|| corrupt("notice", &uin, "state"))?,
            since,
            stay,
            reminders,
        })
    };
    Ok(build())
}

impl Write<'_> {
    /// Records the reminders of a window that are due.
    fn claim_window(&self, window: &Window, most: u32) -> Result<Vec<Reminder>> {
        let values = (window.from.millis(), window.until.millis(), window.n, most);
        let found = self.all(REMIND, values, |row| {
            let texts: (String, String, Option<String>) = (row.get(0)?, row.get(2)?, row.get(3)?);
            let numbers: (String, Option<String>) = (row.get(4)?, row.get(5)?);
            Ok((texts, numbers, row.get::<_, u32>(1)?, row.get::<_, String>(6)?, row.get::<_, String>(7)?))
        })?;
        let mut claimed = Vec::with_capacity(found.len());
        for ((uin, department, service), (application_no, docket_no), stay, bsk, mobile) in found {
            let sql = "INSERT INTO reminder (uin, stay, n, at) VALUES (?1, ?2, ?3, ?4)";
            self.run(sql, (&uin, stay, window.n, self.now().millis()))?;
            let uin = Uin::canonical(&uin).map_err(|_| corrupt("certificate", &uin, "uin"))?;
            let (n, mobile) = (window.n, Mobile(mobile));
            claimed.push(Reminder { uin, n, stay, department, service, application_no, docket_no, bsk, mobile });
        }
        Ok(claimed)
    }
}
