//! The State's own list of centres.

use crate::connection::{SqliteLedger, Write};
use async_trait::async_trait;
use mohor_domain::{centres::CentreList, civil::Instant, json::digest};
use mohor_ports::{
    error::Result,
    ledger::{Act, Centres, CentresLoad, CentresLoaded},
};

#[async_trait]
impl Centres for SqliteLedger {
    async fn load_centres(&self, list: CentreList, act: Act, dry: bool) -> Result<CentresLoaded> {
        self.write(move |write| write.load_centres(&list, &act, dry)).await
    }

    async fn centres(&self) -> Result<Option<CentresLoad>> {
        self.read(|read| {
            let sql = "SELECT version, contents, loaded_at, actor FROM centre_list ORDER BY version DESC LIMIT 1";
            read.one(sql, [], |row| {
                let loaded_at = Instant::from_millis(row.get(2)?);
                Ok(CentresLoad { version: row.get(0)?, text: row.get(1)?, loaded_at, actor: row.get(3)? })
            })
        })
        .await
    }
}

impl Write<'_> {
    fn load_centres(&self, list: &CentreList, act: &Act, dry: bool) -> Result<CentresLoaded> {
        let text = list.text();
        let sha256 = digest(&serde_json::Value::from(text.as_str()));
        let sql = "SELECT version, sha256 FROM centre_list ORDER BY version DESC LIMIT 1";
        let last = self.one(sql, [], |row| Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?)))?;
        if let Some((version, _)) = last.as_ref().filter(|(_, before)| *before == sha256) {
            return Ok(CentresLoaded::Same(*version));
        }
        let waiting = self.waiting_elsewhere(list)?;
        if !waiting.is_empty() {
            return Ok(CentresLoaded::Waiting(waiting));
        }
        let version = last.map_or(0, |(version, _)| version) + 1;
        if !dry {
            let sql =
                "INSERT INTO centre_list (version, sha256, contents, loaded_at, actor) VALUES (?1, ?2, ?3, ?4, ?5)";
            self.run(sql, (version, &sha256, &text, self.now().millis(), &act.actor))?;
            self.audit(act)?;
        }
        Ok(CentresLoaded::New(version))
    }

    /// Centres outside of a list at which certificates wait. One look into the index for each centre that was ever told.
    fn waiting_elsewhere(&self, list: &CentreList) -> Result<Vec<(String, u64)>> {
        let sql = "WITH RECURSIVE told (bsk) AS (SELECT min(bsk) FROM notice UNION ALL
                     SELECT (SELECT min(n.bsk) FROM notice n WHERE n.bsk > told.bsk) FROM told WHERE told.bsk IS NOT NULL)
                   SELECT bsk FROM told WHERE bsk IS NOT NULL";
        let mut waiting = Vec::new();
        for bsk in self.all(sql, [], |row| row.get::<_, String>(0))? {
            if list.centres.contains_key(&bsk) {
                continue;
            }
            let sql = "SELECT count(*) FROM notice n JOIN certificate c ON c.uin = n.uin
                       WHERE n.bsk = ?1 AND n.state IN ('ready', 'printed') AND c.standing = 'live'";
            let count = self.one(sql, [&bsk], |row| row.get::<_, i64>(0))?.unwrap_or_default().unsigned_abs();
            if count > 0 {
                waiting.push((bsk, count));
            }
        }
        Ok(waiting)
    }
}
