//! What supervisors look at.

use crate::{
    clock::{columns, identified, row as clock_row},
    connection::{SqliteLedger, corrupt},
    counter::handed,
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
use rusqlite::{Row, params};

/// A selection as a condition; its values are the first six.
macro_rules! selected {
    () => {
        "(?1 IS NULL OR department = ?1) AND (?2 IS NULL OR service = ?2) AND (?3 IS NULL OR district = ?3)
         AND (?4 IS NULL OR office = ?4) AND (?5 IS NULL OR bsk = ?5)
         AND (?6 IS NULL OR office IN (SELECT value FROM json_each(?6)))"
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

/// A selection as values.
pub(crate) struct Selected {
    pub department: Option<String>,
    pub service: Option<String>,
    pub district: Option<String>,
    pub office: Option<String>,
    pub bsk: Option<String>,
    /// A JSON array.
    pub offices: Option<String>,
    pub case: Option<&'static str>,
}

impl Selected {
    pub(crate) fn of(of: &Selection) -> Self {
        let Selection { department, service, district, office, bsk, offices, case } = of.clone();
        let offices = offices.map(|codes| serde_json::Value::from(codes).to_string());
        Self { department, service, district, office, bsk, offices, case: case.map(ClockKind::as_str) }
    }
}

#[async_trait]
impl Board for SqliteLedger {
    async fn figures(&self, of: &Selection, by: By, days: Days) -> Result<Vec<Figures>> {
        macro_rules! along {
            ($column:literal) => {
                concat!(
                    "SELECT coalesce(",
                    $column,
                    ", ''), count(*) FILTER (WHERE due_on < ?7), count(*) FILTER (WHERE due_on = ?7),
                       count(*) FILTER (WHERE due_on > ?7)
                     FROM clock WHERE ",
                    running!(),
                    " AND due_on <= ?8 AND (?9 IS NULL OR kind = ?9 OR due_on < ?7) AND ",
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
        let Selected { department, service, district, office, bsk, offices, case } = Selected::of(of);
        self.read(move |read| {
            let (today, soon) = (days.today.to_string(), days.soon.to_string());
            let values = params![department, service, district, office, bsk, offices, today, soon, case];
            read.all(sql, values, |row| {
                let figure = |place| row.get::<_, i64>(place).map(|count| count as u64);
                Ok(Figures { key: row.get(0)?, late: figure(1)?, today: figure(2)?, soon: figure(3)? })
            })
        })
        .await
    }

    async fn paused(&self, of: &Selection) -> Result<u64> {
        let Selected { department, service, district, office, bsk, offices, case } = Selected::of(of);
        self.read(move |read| {
            let sql = concat!(
                "SELECT count(*) FROM clock WHERE state = 'paused' AND (?7 IS NULL OR kind = ?7) AND ",
                selected!()
            );
            let values = params![department, service, district, office, bsk, offices, case];
            let count = read.one(sql, values, |row| row.get::<_, i64>(0))?;
            Ok(count.unwrap_or_default() as u64)
        })
        .await
    }

    async fn nobody_told(&self, of: &Selection) -> Result<u64> {
        let Selected { department, service, district, office, bsk, offices, .. } = Selected::of(of);
        self.read(move |read| {
            let sql = concat!(
                "SELECT count(*) FROM untold u JOIN clock c USING (application_id, kind, key) WHERE ",
                selected!()
            );
            let values = params![department, service, district, office, bsk, offices];
            Ok(read.one(sql, values, |row| row.get::<_, i64>(0))?.unwrap_or_default() as u64)
        })
        .await
    }

    async fn beside(&self, of: &Selection, today: Date) -> Result<Beside> {
        // An officer who decides cases answers for no centre.
        if of.case.is_some() {
            return Ok(Beside::default());
        }
        let sql = concat!(
            "SELECT (SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'bsk' AND due_on < ?7 AND ",
            selected!(),
            "), (SELECT count(*) FROM clock WHERE state = 'running' AND kind = 'pipeline' AND (fired & 4) <> 0 AND ",
            selected!(),
            ")"
        );
        let Selected { department, service, district, office, bsk, offices, .. } = Selected::of(of);
        self.read(move |read| {
            let values = params![department, service, district, office, bsk, offices, today.to_string()];
            let found = read.one(sql, values, |row| {
                let figure = |place| row.get::<_, i64>(place).map(|count| count as u64);
                Ok(Beside { uncollected: figure(0)?, pipeline: figure(1)? })
            })?;
            Ok(found.unwrap_or_default())
        })
        .await
    }

    async fn lateness(&self, of: &Selection, today: Date) -> Result<[u64; 5]> {
        let sql = concat!(
            "SELECT count(*) FILTER (WHERE due_on >= ?8), count(*) FILTER (WHERE due_on < ?8 AND due_on >= ?9),
               count(*) FILTER (WHERE due_on < ?9 AND due_on >= ?10), count(*) FILTER (WHERE due_on < ?10 AND due_on >= ?11),
               count(*) FILTER (WHERE due_on < ?11)
             FROM clock WHERE ",
            running!(),
            " AND due_on < ?7 AND ",
            selected!()
        );
        let Selected { department, service, district, office, bsk, offices, .. } = Selected::of(of);
        self.read(move |read| {
            let [week, fortnight, month, two] = lateness_bounds(today);
            let today = today.to_string();
            let values =
                params![department, service, district, office, bsk, offices, today, week, fortnight, month, two];
            let found = read.one(sql, values, |row| {
                let figure = |place| row.get::<_, i64>(place).map(|count| count as u64);
                Ok([figure(0)?, figure(1)?, figure(2)?, figure(3)?, figure(4)?])
            })?;
            Ok(found.unwrap_or_default())
        })
        .await
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
                    " AND (?14 IS NULL OR kind = ?14) AND ",
                    selected!(),
                    " AND (?9 IS NULL OR (",
                    $day,
                    ", application_id, kind, key) > (?9, ?10, ?11, ?12))
                     ORDER BY ",
                    $day,
                    ", application_id, kind, key LIMIT ?13"
                )
            };
        }
        let sql = match part {
            Part::Paused => {
                list!("coalesce(promised_on, '')", "state = 'paused' AND coalesce(promised_on, '') BETWEEN ?7 AND ?8")
            }
            Part::Uncollected => list!("due_on", "state = 'running' AND kind = 'bsk' AND due_on BETWEEN ?7 AND ?8"),
            // What has fired is beyond its limit: 4 is the bit of the breach.
            Part::Pipeline => list!(
                "due_on",
                "state = 'running' AND kind = 'pipeline' AND (fired & 4) <> 0 AND due_on BETWEEN ?7 AND ?8"
            ),
            Part::Late | Part::Today | Part::Soon => {
                list!("due_on", concat!(running!(), " AND due_on BETWEEN ?7 AND ?8"))
            }
        };
        let (from, until) = days.of(part);
        let Selected { department, service, district, office, bsk, offices, case } = Selected::of(of);
        self.read(move |read| {
            let day = after.as_ref().map(|cursor| cursor.day.as_str());
            let id = after.as_ref().map(|cursor| cursor.application.to_string());
            let kind = after.as_ref().map(|cursor| cursor.kind.as_str());
            let key = after.as_ref().map(|cursor| cursor.key.as_str());
            // What is late is listed whatever clock it is.
            let case = case.filter(|_| part != Part::Late);
            let values = params![
                department, service, district, office, bsk, offices, from, until, day, id, kind, key, most, case
            ];
            let rows = read.all(sql, values, |row| Ok((clock_row(row)?, row.get(22)?)))?;
            // What cannot be read whole is listed as far as it can: whoever looks for it finds it.
            let listed = |(row, application_no): (_, String)| {
                let (application, row) = identified(row)?;
                let record = row.read(application).map_or_else(|spoilt| spoilt.salvaged(), Some);
                Ok(record.map(|record| Listed { application_no, record }))
            };
            rows.into_iter().filter_map(|row| listed(row).transpose()).collect()
        })
        .await
    }

    async fn trend(&self, of: &Selection, from: Date, until: Date) -> Result<Vec<DayFigures>> {
        // Civil days of Asia/Kolkata, counted from 1970.
        let sql = concat!(
            "WITH what (day, what) AS (
               SELECT (started_at + 19800000) / 86400000, 0 FROM clock
               WHERE kind = 'service' AND started_at >= ?7 * 86400000 - 19800000
                 AND started_at < (?8 + 1) * 86400000 - 19800000 AND ",
            selected!(),
            "
               UNION ALL
               SELECT (stopped_at + 19800000) / 86400000,
                 CASE WHEN unixepoch(due_on) / 86400 < (stopped_at + 19800000) / 86400000 THEN 2 ELSE 1 END
               FROM clock
               WHERE kind = 'service' AND outcome IN ('provided', 'rejected') AND stopped_at >= ?7 * 86400000 - 19800000
                 AND stopped_at < (?8 + 1) * 86400000 - 19800000 AND ",
            selected!(),
            ")
             SELECT day, count(*) FILTER (WHERE what = 0), count(*) FILTER (WHERE what = 1),
               count(*) FILTER (WHERE what = 2) FROM what GROUP BY day ORDER BY day"
        );
        let Selected { department, service, district, office, bsk, offices, .. } = Selected::of(of);
        self.read(move |read| {
            let values =
                params![department, service, district, office, bsk, offices, number_of(from), number_of(until)];
            let rows = read.all(sql, values, |row| {
                let figure = |place| row.get::<_, i64>(place).map(|count| count as u64);
                Ok((row.get::<_, i64>(0)?, figure(1)?, figure(2)?, figure(3)?))
            })?;
            let day = |(day, begun, in_time, late)| Some(DayFigures { day: day_of(day)?, begun, in_time, late });
            Ok(rows.into_iter().filter_map(day).collect())
        })
        .await
    }

    async fn look_up(&self, number: &str) -> Result<Vec<Found>> {
        let number = number.to_owned();
        self.read(move |read| {
            let sql = found!(
                "",
                "WHERE a.id IN (SELECT id FROM application WHERE application_no = ?1
                   UNION SELECT id FROM application WHERE docket_no = ?1)
                 ORDER BY a.department, a.application_no LIMIT 20"
            );
            read.all(sql, [number], found)?.into_iter().map(read_found).collect()
        })
        .await
    }

    async fn full_record(&self, id: Id) -> Result<Option<FullRecord>> {
        self.read(move |read| {
            let id = id.to_string();
            let wrong = |column| corrupt("application", &id, column);
            let sql = found!(
                ", a.docket_no, a.state, k.uin, k.notified_at",
                "LEFT JOIN certificate k ON k.application_id = a.id WHERE a.id = ?1"
            );
            let row = read.one(sql, [&id], |row| {
                let rest: (Option<String>, String, Option<String>) = (row.get(7)?, row.get(8)?, row.get(9)?);
                Ok((found(row)?, rest, row.get::<_, Option<i64>>(10)?))
            })?;
            let Some((place, (docket_no, state, uin), ready)) = row else { return Ok(None) };
            let sql = "SELECT e.kind, e.event_at, e.received_at, e.late, coalesce(e.data, a.data) FROM inbound_event e
                       JOIN application a ON a.id = e.application_id WHERE e.application_id = ?1
                       ORDER BY e.event_at, e.received_at LIMIT 1000";
            let events = read.all(sql, [&id], |row| {
                let times = (Instant::from_millis(row.get(1)?), Instant::from_millis(row.get(2)?));
                Ok((row.get::<_, String>(0)?, times, row.get::<_, bool>(3)?, row.get::<_, Option<String>>(4)?))
            })?;
            let event = |(kind, (at, received_at), late, data): (String, _, _, Option<String>)| {
                let wrong = |column| corrupt("inbound_event", &id, column);
                let kind = EventKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
                let data = serde_json::from_str(&data.unwrap_or_default()).map_err(|_| wrong("data"))?;
                Ok(EventRecord { kind, at, received_at, late, data })
            };
            Ok(Some(FullRecord {
                found: read_found(place)?,
                docket_no,
                state: State::from_word(&state).ok_or_else(|| wrong("state"))?,
                handed: match &uin {
                    Some(uin) => handed(read, uin)?,
                    None => None,
                },
                uin: uin.map(|text| Uin::canonical(&text).map_err(|_| wrong("uin"))).transpose()?,
                ready_at: ready.map(Instant::from_millis),
                events: events.into_iter().map(event).collect::<Result<_>>()?,
            }))
        })
        .await
    }

    async fn news(&self, since: Instant, most: u32) -> Result<Vec<News>> {
        self.read(move |read| {
            let sql = "SELECT a.id, a.application_no, c.service, a.department, c.district, c.office, c.bsk,
                         r.kind, r.key, r.rung, r.due_on, r.moment, r.fired_at
                       FROM (SELECT * FROM rung WHERE fired_at >= ?1 ORDER BY fired_at, moment, application_id LIMIT ?2) r
                       JOIN application a ON a.id = r.application_id
                       JOIN clock c ON (c.application_id, c.kind, c.key) = (r.application_id, r.kind, r.key)
                       ORDER BY r.fired_at, r.moment, r.application_id";
            let rows = read.all(sql, (since.millis(), most), |row| {
                let words: (String, String, String) = (row.get(7)?, row.get(8)?, row.get(9)?);
                let times = (Instant::from_millis(row.get(11)?), Instant::from_millis(row.get(12)?));
                Ok((found(row)?, words, row.get(10)?, times))
            })?;
            let news = |(place, (kind, key, rung), due_on, (moment, fired_at)): (_, (String, String, String), _, _)| {
                let found = read_found(place)?;
                let wrong = |column| corrupt("rung", &found.id.to_string(), column);
                let kind = ClockKind::from_word(&kind).ok_or_else(|| wrong("kind"))?;
                let rung = Rung::from_word(&rung).ok_or_else(|| wrong("rung"))?;
                Ok(News { found, fired: FiredRung { kind, key, rung, due_on, moment, fired_at } })
            };
            rows.into_iter().map(news).collect()
        })
        .await
    }
}

pub(crate) type FoundRow = (String, String, Option<String>, Place);

pub(crate) fn found(row: &Row<'_>) -> rusqlite::Result<FoundRow> {
    let place = Place { department: row.get(3)?, district: row.get(4)?, office: row.get(5)?, bsk: row.get(6)? };
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, place))
}

pub(crate) fn read_found((id, application_no, service, place): FoundRow) -> Result<Found> {
    let id = Id::parse(&id).ok_or_else(|| corrupt("application", &id, "id"))?;
    Ok(Found { id, application_no, service, place })
}
