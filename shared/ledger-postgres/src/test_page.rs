//! The page by which a centre's printer is tried.

use crate::connection::{PostgresLedger, Session};
use async_trait::async_trait;
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::Result,
    ledger::{Act, Inbox, TestPage, TestPages, TestTry, Tried},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;

#[async_trait]
impl TestPages for PostgresLedger {
    async fn test_page(&self, bsk: &str, fresh: &str, who: &str) -> Result<TestPage> {
        let mut session = self.write().await?;
        let (day, now) = (session.now().day().to_string(), session.now().millis());
        let sql = "INSERT INTO test_page (bsk, day, code, tries, made_by, made_at) VALUES ($1, $2, $3, 0, $4, $5)
                   ON CONFLICT DO NOTHING";
        session.run(query(sql).bind(bsk).bind(&day).bind(fresh).bind(who).bind(now)).await?;
        let page = session.test_page(bsk, &day).await?;
        session.commit().await?;
        // Rows stay: what was there, or made now, is found.
        Ok(page.unwrap_or(TestPage { code: fresh.into(), tries: 0, tried: None }))
    }

    async fn tried_today(&self, bsk: &str) -> Result<Option<Tried>> {
        let day = Inbox::now(self).await?.day().to_string();
        let sql = "SELECT tried_by, tried_at FROM test_page WHERE bsk = $1 AND day = $2";
        let row = self.read().await?.one(query(sql).bind(bsk).bind(day)).await?;
        Ok(row.and_then(|row| tried(&row, 0)))
    }

    async fn try_test_page(&self, bsk: &str, code: &str, fresh: &str, act: Act) -> Result<TestTry> {
        let mut session = self.write().await?;
        let (day, now) = (session.now().day().to_string(), session.now());
        // Of two at once the second waits here for the first, and reads what it counted.
        let page = session.test_page(bsk, &day).await?;
        let outcome = match page.as_ref().map(|page| (page, page.tries_with(code))) {
            None => TestTry::NoPage,
            Some((TestPage { tried: Some(tried), .. }, _)) => TestTry::Before(tried.clone()),
            Some((_, (true, _))) => {
                let sql = "UPDATE test_page SET tried_by = $3, tried_at = $4 WHERE bsk = $1 AND day = $2";
                session.run(query(sql).bind(bsk).bind(&day).bind(&act.actor).bind(now.millis())).await?;
                session.audit(&act).await?;
                TestTry::New(Tried { who: act.actor, at: now })
            }
            Some((page, (false, tries))) => {
                let outcome = TestPage::wrong(tries);
                let (code, tries) = match outcome {
                    TestTry::Fresh => (fresh, 0),
                    _ => (page.code.as_str(), tries),
                };
                let sql = "UPDATE test_page SET code = $3, tries = $4 WHERE bsk = $1 AND day = $2";
                session.run(query(sql).bind(bsk).bind(&day).bind(code).bind(tries as i32)).await?;
                outcome
            }
        };
        session.commit().await?;
        Ok(outcome)
    }
}

impl Session {
    async fn test_page(&mut self, bsk: &str, day: &str) -> Result<Option<TestPage>> {
        let sql = "SELECT code, tries, tried_by, tried_at FROM test_page WHERE bsk = $1 AND day = $2 FOR UPDATE";
        let row = self.one(query(sql).bind(bsk).bind(day)).await?;
        Ok(row.map(|row| TestPage {
            code: row.get(0),
            tries: row.get::<i32, _>(1).unsigned_abs(),
            tried: tried(&row, 2),
        }))
    }
}

/// By whom stands in that column, when follows.
fn tried(row: &PgRow, column: usize) -> Option<Tried> {
    let (who, at): (Option<String>, Option<i64>) = (row.get(column), row.get(column + 1));
    Some(Tried { who: who?, at: Instant::from_millis(at?) })
}
