//! What waits at centres: which certificates, and of which the citizen is to be reminded.

use crate::{
    board::{select, selected},
    connection::{PostgresLedger, Session},
    trouble::corrupt,
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
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

/// The how manieth centre of the certificate `c` it is.
macro_rules! stay {
    () => {
        "(SELECT count(*) FROM rerouting r WHERE r.uin = c.uin)::int4"
    };
}
pub(crate) use stay;

/// What [`Session::lies`] reads; `k` has the office and since when.
macro_rules! waiting_sql {
    ($since:expr, $rest:expr) => {
        concat!(
            "SELECT a.id, c.uin, a.department, a.service, a.application_no, a.docket_no, n.bsk, k.office, c.standing, n.state, ",
            $since,
            ", ",
            stay!(),
            ", (SELECT count(*) FROM reminder m WHERE m.uin = c.uin AND m.stay = ",
            stay!(),
            ")::int4 ",
            $rest
        )
    };
}

pub const LIST: &str = waiting_sql!(
    "k.started_at",
    concat!(
        "FROM (SELECT application_id, office, started_at FROM clock
               WHERE kind = 'bsk' AND stopped_at IS NULL AND started_at < $7 AND (started_at, application_id) > ($8, $9) AND ",
        selected!(),
        " ORDER BY started_at, application_id LIMIT $10) k
          JOIN application a ON a.id = k.application_id JOIN certificate c ON c.application_id = a.id
          JOIN notice n ON n.uin = c.uin ORDER BY k.started_at, k.application_id"
    )
);
const ONE: &str = waiting_sql!(
    "coalesce((SELECT max(r.at) FROM rerouting r WHERE r.uin = c.uin), c.notified_at)",
    "FROM application a JOIN certificate c ON c.application_id = a.id JOIN notice n ON n.uin = c.uin
     LEFT JOIN clock k ON k.application_id = a.id AND k.kind = 'service' WHERE a.id = $1"
);
pub const REMIND: &str = concat!(
    "SELECT c.uin, ",
    stay!(),
    ", a.department, c.service, a.application_no, a.docket_no, n.bsk, l.mobile
     FROM (SELECT application_id, started_at FROM clock
           WHERE kind = 'bsk' AND stopped_at IS NULL AND started_at >= $1 AND started_at < $2) k
     JOIN application a ON a.id = k.application_id JOIN certificate c ON c.application_id = a.id
     JOIN notice n ON n.uin = c.uin CROSS JOIN LATERAL (SELECT mobile_of(a.id) AS mobile) l
     WHERE c.standing = 'live' AND n.state IN ('ready', 'printed') AND l.mobile IS NOT NULL
       AND NOT EXISTS (SELECT 1 FROM reminder m WHERE m.uin = c.uin AND m.stay = ",
    stay!(),
    " AND m.n >= $3) ORDER BY k.started_at, k.application_id LIMIT $4"
);

#[async_trait]
impl Uncollected for PostgresLedger {
    async fn uncollected(
        &self,
        of: &Selection,
        before: Instant,
        after: Option<WaitingPlace>,
        most: u32,
    ) -> Result<Vec<Waiting>> {
        let (since, id) =
            after.map_or((i64::MIN, Uuid::nil()), |place| (place.since.millis(), place.application.uuid()));
        let statement = select(LIST, of).bind(before.millis()).bind(since).bind(id).bind(i64::from(most));
        let mut session = self.read().await?;
        session.all(statement).await?.iter().map(|row| session.lies(row)).collect()
    }

    async fn lying(&self, application: Id) -> Result<Option<Waiting>> {
        let mut session = self.read().await?;
        let row = session.one(query(ONE).bind(application.uuid())).await?;
        row.map(|row| session.lies(&row)).transpose()
    }

    async fn centre_moves(&self, uin: Uin) -> Result<Vec<CentreMove>> {
        self.read().await?.centre_moves(uin.as_str()).await
    }

    async fn give_back(&self, back: Return) -> Result<Moving> {
        let mut session = self.derive().await?;
        let outcome = session.give_back(&back).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn send_on(&self, on: Reroute) -> Result<Moving> {
        let mut session = self.derive().await?;
        let outcome = session.send_on(&on).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn empty_centre(&self, centre: Emptying, most: u32) -> Result<Emptied> {
        let mut session = self.derive().await?;
        let outcome = session.empty_centre(&centre, most).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn claim_reminders(&self, reminders: &Reminders, most: u32) -> Result<Vec<Reminder>> {
        let mut session = self.write().await?;
        let mut claimed = Vec::new();
        for window in reminders.windows(session.now()) {
            let room = most - claimed.len() as u32;
            claimed.extend(session.claim_window(&window, room).await?);
        }
        session.commit().await?;
        Ok(claimed)
    }
}

impl Session {
    /// Reads a row; the error names what this program did not write.
    fn lies(&self, row: &PgRow) -> Result<Waiting> {
        let (uin, bsk): (&str, String) = (row.get(1), row.get(6));
        Ok(Waiting {
            application: row.get::<Uuid, _>(0).into(),
            uin: Uin::canonical(uin).map_err(|_| corrupt("certificate", uin, "uin"))?,
            department: row.get(2),
            service: row.get(3),
            application_no: row.get(4),
            docket_no: row.get(5),
            district: self.inner.reference.districts.get(&bsk).cloned(),
            bsk,
            office: row.get(7),
            standing: Standing::from_word(row.get(8)).ok_or_else(|| corrupt("certificate", uin, "standing"))?,
            state: TrayState::from_word(row.get(9)).ok_or_else(|| corrupt("notice", uin, "state"))?,
            since: Instant::from_millis(row.get::<Option<i64>, _>(10).unwrap_or_default()),
            stay: row.get::<i32, _>(11).unsigned_abs(),
            reminders: row.get::<i32, _>(12).unsigned_abs(),
        })
    }

    /// Records the reminders of a window that are due; of two who claim at once each has what the other has not.
    async fn claim_window(&mut self, window: &Window, most: u32) -> Result<Vec<Reminder>> {
        let n = window.n as i32;
        let statement = query(REMIND).bind(window.from.millis()).bind(window.until.millis()).bind(n);
        let found = self.all(statement.bind(i64::from(most))).await?;
        if found.is_empty() {
            return Ok(vec![]);
        }
        let column = |row: &PgRow| row.get::<String, _>(0);
        let sql = "INSERT INTO reminder (uin, stay, n, at) SELECT *, $3, $4 FROM unnest($1::text[], $2::int4[])
                   ON CONFLICT DO NOTHING RETURNING uin";
        let statement = query(sql)
            .bind(found.iter().map(column).collect::<Vec<_>>())
            .bind(found.iter().map(|row| row.get::<i32, _>(1)).collect::<Vec<_>>());
        let now = self.now().millis();
        let mine: Vec<String> = self.all(statement.bind(n).bind(now)).await?.iter().map(column).collect();
        let read = |row: &PgRow| {
            let uin: &str = row.get(0);
            Ok(Reminder {
                uin: Uin::canonical(uin).map_err(|_| corrupt("certificate", uin, "uin"))?,
                n: window.n,
                stay: row.get::<i32, _>(1).unsigned_abs(),
                department: row.get(2),
                service: row.get(3),
                application_no: row.get(4),
                docket_no: row.get(5),
                bsk: row.get(6),
                mobile: Mobile(row.get(7)),
            })
        };
        found.iter().filter(|row| mine.contains(&column(row))).map(read).collect()
    }
}
