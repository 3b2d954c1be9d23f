//! What supervisors look at.

use crate::{
    clock::{clock_row, columns},
    connection::{PostgresLedger, Statement},
    trouble::corrupt,
};
use async_trait::async_trait;
use jiff::civil::Date;
use mohor_domain::{
    application::State,
    board::{By, Part, Selection},
    civil::Instant,
    clock::ClockKind,
    event::EventKind,
    id::Id,
    ladder::Rung,
    people::Place,
    uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{
        Beside, Board, Cursor, DayFigures, Days, EventRecord, Figures, FiredRung, Found, FullRecord, Listed, News,
        day_of, lateness_bounds, number_of,
    },
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;
use uuid::Uuid;

/// A selection as a condition; its values are the first six.
macro_rules! selected {
    () => {
        "($1::text IS NULL OR department = $1) AND ($2::text IS NULL OR service = $2)
         AND ($3::text IS NULL OR district = $3) AND ($4::text IS NULL OR office = $4) AND ($5::text IS NULL OR bsk = $5)
         AND ($6::text[] IS NULL OR office = ANY($6))"
    };
}
pub(crate) use selected;

/// Clocks of the Act that run, as their index has it.
macro_rules! running {
    () => {
        "state = 'running' AND kind <> 'pipeline' AND kind <> 'bsk' AND kind <> 'rectification'"
    };
}

/// Applications with where they belong; `a` is the row, `c` the clock of the service.
macro_rules! found {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT a.id, a.application_no, a.service, a.department, c.district, c.office, a.bsk",
            $more,
            " FROM application a JOIN clock c ON c.application_id = a.id AND c.kind = 'service' ",
            $rest
        )
    };
}

pub(crate) fn select<'q>(sql: &'static str, of: &'q Selection) -> Statement<'q> {
    let Selection { department, service, district, office, bsk, offices, .. } = of;
    query(sql).bind(department).bind(service).bind(district).bind(office).bind(bsk).bind(offices)
}

pub(crate) fn case(of: &Selection) -> Option<&'static str> {
    of.case.map(ClockKind::as_str)
}

#[async_trait]
impl Board for PostgresLedger {
    async fn figures(&self, of: &Selection, by: By, days: Days) -> Result<Vec<Figures>> {
        macro_rules! along {
            ($column:literal) => {
                concat!(
                    "SELECT coalesce(",
                    $column,
                    ", ''), count(*) FILTER (WHERE due_on < $7), count(*) FILTER (WHERE due_on = $7),
                       count(*) FILTER (WHERE due_on > $7)
                     FROM clock WHERE ",
                    running!(),
                    " AND due_on <= $8 AND ($9::text IS NULL OR kind = $9 OR due_on < $7) AND ",
                    selected!(),
                    " GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 4 DESC, 1"
                )
            };
        }
        let sql = match by {
            By::Department => along!("department"),
            By::Service => along!("department || '/' || service"),
            By::District => along!("district"),
            By::Office => along!("department || '/' || office"),
            By::Officer => along!("department || '/' || coalesce(service, '') || '/' || office"),
            By::Bsk => along!("bsk"),
        };
        let statement = select(sql, of).bind(days.today.to_string()).bind(days.soon.to_string()).bind(case(of));
        let figure = |row: &PgRow, place: usize| row.get::<i64, _>(place) as u64;
        let rows = self.read().await?.all(statement).await?;
        Ok(rows
            .iter()
            .map(|row| Figures { key: row.get(0), late: figure(row, 1), today: figure(row, 2), soon: figure(row, 3) })
            .collect())
    }

    async fn paused(&self, of: &Selection) -> Result<u64> {
        let sql = concat!(
            "SELECT count(*) FROM clock WHERE state = 'paused' AND ($7::text IS NULL OR kind = $7) AND ",
            selected!()
        );
        let row = self.read().await?.one(select(sql, of).bind(case(of))).await?;
        Ok(row.map_or(0, |row| row.get::<i64, _>(0) as u64))
    }

    async fn nobody_told(&self, of: &Selection) -> Result<u64> {
        let sql =
            concat!("SELECT count(*) FROM untold u JOIN clock c USING (application_id, kind, key) WHERE ", selected!());
        let row = self.read().await?.one(select(sql, of)).await?;
        Ok(row.map_or(0, |row| row.get::<i64, _>(0) as u64))
    }

    async fn beside(&self, of: &Selection, today: Date) -> Result<Beside> {
        // An officer who decides cases answers for no centre.
        if of.case.is_some() {
            return Ok(Beside::default());
        }
        let sql = concat!(
            "SELECT (SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'bsk' AND due_on < $7 AND ",
            selected!(),
            "), (SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'pipeline' AND (fired & 4) <> 0 AND ",
            selected!(),
            ")"
        );
        let row = self.read().await?.one(select(sql, of).bind(today.to_string())).await?;
        let figure = |row: &PgRow, place: usize| row.get::<i64, _>(place) as u64;
        Ok(row.map_or_else(Beside::default, |row| Beside { uncollected: figure(&row, 0), pipeline: figure(&row, 1) }))
    }

    async fn lateness(&self, of: &Selection, today: Date) -> Result<[u64; 5]> {
        let sql = concat!(
            "SELECT count(*) FILTER (WHERE due_on >= $8), count(*) FILTER (WHERE due_on < $8 AND due_on >= $9),
               count(*) FILTER (WHERE due_on < $9 AND due_on >= $10), count(*) FILTER (WHERE due_on < $10 AND due_on >= $11),
               count(*) FILTER (WHERE due_on < $11)
             FROM clock WHERE ",
            running!(),
            " AND due_on < $7 AND ",
            selected!()
        );
        let statement =
            lateness_bounds(today).into_iter().fold(select(sql, of).bind(today.to_string()), |sql, day| sql.bind(day));
        let row = self.read().await?.one(statement).await?;
        Ok(row.map_or([0; 5], |row| [0, 1, 2, 3, 4].map(|place: usize| row.get::<i64, _>(place) as u64)))
    }

    async fn listed(
        &self,
        of: &Selection,
        part: Part,
        days: Days,
        after: Option<Cursor>,
        most: u32,
    ) -> Result<Vec<Listed>> {
        macro_rules! list {
            ($day:literal, $condition:expr) => {
                concat!(
                    "SELECT ",
                    columns!(),
                    ", (SELECT application_no FROM application WHERE id = application_id)
                     FROM clock WHERE ",
                    $condition,
                    " AND ($14::text IS NULL OR kind = $14) AND ",
                    selected!(),
                    " AND ($9::text IS NULL OR (",
                    $day,
                    ", application_id, kind, key) > ($9, $10, $11, $12))
                     ORDER BY ",
                    $day,
                    ", application_id, kind, key LIMIT $13"
                )
            };
        }
        let sql = match part {
            Part::Paused => {
                list!("coalesce(promised_on, '')", "state = 'paused' AND coalesce(promised_on, '') BETWEEN $7 AND $8")
            }
            Part::Uncollected => list!("due_on", "state = 'running' AND kind = 'bsk' AND due_on BETWEEN $7 AND $8"),
            // What has fired is beyond its limit: 4 is the bit of the breach.
            Part::Pipeline => list!(
                "due_on",
                "state = 'running' AND kind = 'pipeline' AND (fired & 4) <> 0 AND due_on BETWEEN $7 AND $8"
            ),
            Part::Late | Part::Today | Part::Soon => {
                list!("due_on", concat!(running!(), " AND due_on BETWEEN $7 AND $8"))
            }
        };
        let (from, until) = days.of(part);
        let (at, application, kind, key) = match after {
            Some(Cursor { day, application, kind, key }) => (Some(day), application.uuid(), kind, key),
            None => (None, Uuid::nil(), String::new(), String::new()),
        };
        let statement = select(sql, of).bind(from).bind(until).bind(at).bind(application).bind(kind).bind(key);
        // What is late is listed whatever clock it is.
        let statement = statement.bind(i64::from(most)).bind(case(of).filter(|_| part != Part::Late));
        let rows = self.read().await?.all(statement).await?;
        // What cannot be read whole is listed as far as it can: whoever looks for it finds it.
        let listed = |row: &PgRow| {
            let (application, clock) = clock_row(row);
            let record = clock.read(application).map_or_else(|spoilt| spoilt.salvaged(), Some)?;
            Some(Listed { application_no: row.get(22), record })
        };
        Ok(rows.iter().filter_map(listed).collect())
    }

    async fn trend(&self, of: &Selection, from: Date, until: Date) -> Result<Vec<DayFigures>> {
        // Civil days of Asia/Kolkata, counted from 1970.
        let sql = concat!(
            "WITH what AS (
               SELECT (started_at + 19800000) / 86400000 AS day, 0 AS what FROM clock
               WHERE kind = 'service' AND started_at >= $7 * 86400000 - 19800000
                 AND started_at < ($8 + 1) * 86400000 - 19800000 AND ",
            selected!(),
            "
               UNION ALL
               SELECT (stopped_at + 19800000) / 86400000,
                 CASE WHEN due_on::date - date '1970-01-01' < (stopped_at + 19800000) / 86400000 THEN 2 ELSE 1 END
               FROM clock
               WHERE kind = 'service' AND outcome IN ('provided', 'rejected') AND stopped_at >= $7 * 86400000 - 19800000
                 AND stopped_at < ($8 + 1) * 86400000 - 19800000 AND ",
            selected!(),
            ")
             SELECT day, count(*) FILTER (WHERE what = 0), count(*) FILTER (WHERE what = 1),
               count(*) FILTER (WHERE what = 2) FROM what GROUP BY day ORDER BY day"
        );
        let statement = select(sql, of).bind(number_of(from)).bind(number_of(until));
        let figure = |row: &PgRow, place: usize| row.get::<i64, _>(place) as u64;
        let rows = self.read().await?.all(statement).await?;
        let days = rows.iter().filter_map(|row| {
            let day = day_of(row.get(0))?;
            Some(DayFigures { day, begun: figure(row, 1), in_time: figure(row, 2), late: figure(row, 3) })
        });
        Ok(days.collect())
    }

    async fn look_up(&self, number: &str) -> Result<Vec<Found>> {
        let sql = found!(
            "",
            "WHERE a.id IN (SELECT id FROM application WHERE application_no = $1
               UNION SELECT id FROM application WHERE docket_no = $1)
             ORDER BY a.department, a.application_no LIMIT 20"
        );
        let rows = self.read().await?.all(query(sql).bind(number)).await?;
        Ok(rows.iter().map(found).collect())
    }

    async fn full_record(&self, id: Id) -> Result<Option<FullRecord>> {
        let mut session = self.read().await?;
        let wrong = |column| corrupt("application", &id.to_string(), column);
        let sql = found!(
            ", a.docket_no, a.state, k.uin, k.notified_at",
            "LEFT JOIN certificate k ON k.application_id = a.id WHERE a.id = $1"
        );
        let Some(row) = session.one(query(sql).bind(id.uuid())).await? else {
            return Ok(None);
        };
        let uin: Option<String> = row.get(9);
        let handed = match &uin {
            Some(uin) => session.handed(uin).await?,
            None => None,
        };
        let sql = "SELECT e.kind, e.event_at, e.received_at, e.late, coalesce(e.data, a.data) FROM inbound_event e
                   JOIN application a ON a.id = e.application_id WHERE e.application_id = $1
                   ORDER BY e.event_at, e.received_at LIMIT 1000";
        let events = session.all(query(sql).bind(id.uuid())).await?;
        let event = |row: &PgRow| {
            let wrong = |column| corrupt("inbound_event", &id.to_string(), column);
            let data: Option<String> = row.get(4);
            Ok(EventRecord {
                kind: EventKind::from_word(row.get(0)).ok_or_else(|| wrong("kind"))?,
                at: Instant::from_millis(row.get(1)),
                received_at: Instant::from_millis(row.get(2)),
                late: row.get(3),
                data: serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?,
            })
        };
        Ok(Some(FullRecord {
            found: found(&row),
            docket_no: row.get(7),
            state: State::from_word(row.get(8)).ok_or_else(|| wrong("state"))?,
            uin: uin.map(|text| Uin::canonical(&text).map_err(|_| wrong("uin"))).transpose()?,
            ready_at: row.get::<Option<i64>, _>(10).map(Instant::from_millis),
            handed,
            events: events.iter().map(event).collect::<Result<_>>()?,
        }))
    }

    async fn news(&self, since: Instant, most: u32) -> Result<Vec<News>> {
        let sql = "SELECT a.id, a.application_no, c.service, a.department, c.district, c.office, c.bsk,
                     r.kind, r.key, r.rung, r.due_on, r.moment, r.fired_at
                   FROM (SELECT * FROM rung WHERE fired_at >= $1 ORDER BY fired_at, moment, application_id LIMIT $2) r
                   JOIN application a ON a.id = r.application_id
                   JOIN clock c ON (c.application_id, c.kind, c.key) = (r.application_id, r.kind, r.key)
                   ORDER BY r.fired_at, r.moment, r.application_id";
        let rows = self.read().await?.all(query(sql).bind(since.millis()).bind(i64::from(most))).await?;
        let read = |row: &PgRow| {
            let found = found(row);
            let wrong = |column| corrupt("rung", &found.id.to_string(), column);
            let fired = FiredRung {
                kind: ClockKind::from_word(row.get(7)).ok_or_else(|| wrong("kind"))?,
                key: row.get(8),
                rung: Rung::from_word(row.get(9)).ok_or_else(|| wrong("rung"))?,
                due_on: row.get(10),
                moment: Instant::from_millis(row.get(11)),
                fired_at: Instant::from_millis(row.get(12)),
            };
            Ok(News { found, fired })
        };
        rows.iter().map(read).collect()
    }
}

pub(crate) fn found(row: &PgRow) -> Found {
    let place = Place { department: row.get(3), district: row.get(4), office: row.get(5), bsk: row.get(6) };
    Found { id: Id::from(row.get::<Uuid, _>(0)), application_no: row.get(1), service: row.get(2), place }
}
