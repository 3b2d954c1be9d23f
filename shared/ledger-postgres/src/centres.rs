//! The State's own list of centres.

use crate::{
    connection::{PostgresLedger, Session},
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{centres::CentreList, civil::Instant, json::digest};
use mohor_ports::{
    error::Result,
    ledger::{Act, Centres, CentresLoad, CentresLoaded},
};
use sqlx_core::{query::query, row::Row};

/// The lock of whoever loads a list.
const LOADER: i64 = 0x6D6F_686F_7203;

#[async_trait]
impl Centres for PostgresLedger {
    async fn load_centres(&self, list: CentreList, act: Act, dry: bool) -> Result<CentresLoaded> {
        let mut session = self.write().await?;
        session.run(query("SELECT pg_advisory_xact_lock($1)").bind(LOADER)).await?;
        let text = list.text();
        let sha256 = digest(&serde_json::Value::from(text.as_str()));
        let last = session.one(query("SELECT version, sha256 FROM centre_list ORDER BY version DESC LIMIT 1")).await?;
        let last = last.map(|row| (row.get::<i64, _>(0), row.get::<String, _>(1)));
        let found = match &last {
            Some((version, before)) if *before == sha256 => CentresLoaded::Same(number(*version)?),
            _ => match session.waiting_elsewhere(&list).await? {
                waiting if waiting.is_empty() => {
                    CentresLoaded::New(number(last.map_or(0, |(version, _)| version) + 1)?)
                }
                waiting => CentresLoaded::Waiting(waiting),
            },
        };
        let CentresLoaded::New(version) = &found else {
            session.rollback().await?;
            return Ok(found);
        };
        if dry {
            session.rollback().await?;
            return Ok(found);
        }
        let sql = "INSERT INTO centre_list (version, sha256, contents, loaded_at, actor) VALUES ($1, $2, $3, $4, $5)";
        let now = session.now().millis();
        let statement = query(sql).bind(i64::from(*version)).bind(&sha256).bind(&text).bind(now).bind(&act.actor);
        session.run(statement).await?;
        session.audit(&act).await?;
        session.commit().await?;
        Ok(found)
    }

    async fn centres(&self) -> Result<Option<CentresLoad>> {
        let sql = "SELECT version, contents, loaded_at, actor FROM centre_list ORDER BY version DESC LIMIT 1";
        let row = self.read().await?.one(query(sql)).await?;
        row.map(|row| {
            let loaded_at = Instant::from_millis(row.get(2));
            Ok(CentresLoad { version: number(row.get(0))?, text: row.get(1), loaded_at, actor: row.get(3) })
        })
        .transpose()
    }
}

fn number(version: i64) -> Result<u32> {
    u32::try_from(version).map_err(|_| corrupt("centre_list", &version.to_string(), "version"))
}

impl Session {
    /// Centres outside of a list at which certificates wait. One look into the index for each centre that was ever told.
    async fn waiting_elsewhere(&mut self, list: &CentreList) -> Result<Vec<(String, u64)>> {
        let sql = "WITH RECURSIVE told (bsk) AS (SELECT min(bsk) FROM notice UNION ALL
                     SELECT (SELECT min(n.bsk) FROM notice n WHERE n.bsk > told.bsk) FROM told WHERE told.bsk IS NOT NULL)
                   SELECT bsk FROM told WHERE bsk IS NOT NULL";
        let told = self.all(query(sql)).await?.into_iter().map(|row| row.get::<String, _>(0));
        let gone: Vec<String> = told.filter(|bsk| !list.centres.contains_key(bsk)).collect();
        let mut waiting = Vec::new();
        for bsk in gone {
            let sql = "SELECT count(*) FROM notice n JOIN certificate c ON c.uin = n.uin
                       WHERE n.bsk = $1 AND n.state IN ('ready', 'printed') AND c.standing = 'live'";
            let count = self.one(query(sql).bind(&bsk)).await?.map_or(0, |row| row.get::<i64, _>(0)).unsigned_abs();
            if count > 0 {
                waiting.push((bsk, count));
            }
        }
        Ok(waiting)
    }
}
