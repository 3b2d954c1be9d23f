//! The page by which a centre's printer is tried.

use crate::connection::{SqliteLedger, Write};
use async_trait::async_trait;
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::Result,
    ledger::{Act, TestPage, TestPages, TestTry, Tried},
};
use rusqlite::Row;

#[async_trait]
impl TestPages for SqliteLedger {
    async fn test_page(&self, bsk: &str, fresh: &str, who: &str) -> Result<TestPage> {
        let (bsk, fresh, who) = (bsk.to_owned(), fresh.to_owned(), who.to_owned());
        self.write(move |write| {
            let day = write.now().day().to_string();
            let sql = "INSERT INTO test_page (bsk, day, code, tries, made_by, made_at) VALUES (?1, ?2, ?3, 0, ?4, ?5)
                       ON CONFLICT DO NOTHING";
            write.run(sql, (&bsk, &day, &fresh, &who, write.now().millis()))?;
            // Rows stay: what was there, or made now, is found.
            Ok(write.test_page(&bsk, &day)?.unwrap_or(TestPage { code: fresh, tries: 0, tried: None }))
        })
        .await
    }

    async fn tried_today(&self, bsk: &str) -> Result<Option<Tried>> {
        let (bsk, day) = (bsk.to_owned(), self.clock().day().to_string());
        let sql = "SELECT tried_by, tried_at FROM test_page WHERE bsk = ?1 AND day = ?2";
        self.read(move |read| Ok(read.one(sql, (bsk, day), |row| tried(row, 0))?.flatten())).await
    }

    async fn try_test_page(&self, bsk: &str, code: &str, fresh: &str, act: Act) -> Result<TestTry> {
        let (bsk, code, fresh) = (bsk.to_owned(), code.to_owned(), fresh.to_owned());
        self.write(move |write| write.try_test_page(&bsk, &code, &fresh, act)).await
    }
}

impl Write<'_> {
    fn test_page(&self, bsk: &str, day: &str) -> Result<Option<TestPage>> {
        let sql = "SELECT code, tries, tried_by, tried_at FROM test_page WHERE bsk = ?1 AND day = ?2";
        self.one(sql, (bsk, day), |row| Ok(TestPage { code: row.get(0)?, tries: row.get(1)?, tried: tried(row, 2)? }))
    }

    fn try_test_page(&self, bsk: &str, code: &str, fresh: &str, act: Act) -> Result<TestTry> {
        let (day, now) = (self.now().day().to_string(), self.now());
        let Some(page) = self.test_page(bsk, &day)? else { return Ok(TestTry::NoPage) };
        if let Some(tried) = page.tried {
            return Ok(TestTry::Before(tried));
        }
        match page.tries_with(code) {
            (true, _) => {
                let sql = "UPDATE test_page SET tried_by = ?3, tried_at = ?4 WHERE bsk = ?1 AND day = ?2";
                self.run(sql, (bsk, &day, &act.actor, now.millis()))?;
                self.audit(&act)?;
                Ok(TestTry::New(Tried { who: act.actor, at: now }))
            }
            (false, tries) => {
                let outcome = TestPage::wrong(tries);
                let (code, tries) = match outcome {
                    TestTry::Fresh => (fresh, 0),
                    _ => (page.code.as_str(), tries),
                };
                let sql = "UPDATE test_page SET code = ?3, tries = ?4 WHERE bsk = ?1 AND day = ?2";
                self.run(sql, (bsk, &day, code, tries))?;
                Ok(outcome)
            }
        }
    }
}

/// By whom stands in that column, when follows.
fn tried(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Tried>> {
    let (who, at): (Option<String>, Option<i64>) = (row.get(column)?, row.get(column + 1)?);
    Ok(who.zip(at).map(|(who, at)| Tried { who, at: Instant::from_millis(at) }))
}
