//! Who is told by mail that an endpoint of a webhook was disabled.

use crate::connection::Session;
use mohor_domain::id::Id;
use mohor_ports::{
    error::Result,
    ledger::{EndpointOver, host_of, looks_after},
};
use sqlx_core::{query::query, row::Row};
use uuid::Uuid;

impl Session {
    /// A mailing for each who looks after the endpoint; of nobody, that there was nobody.
    pub(crate) async fn tell_over(&mut self, webhook: Id, reason: &str) -> Result<()> {
        let sql = "SELECT stream, url FROM webhook WHERE id = $1";
        let Some(row) = self.one(query(sql).bind(webhook.uuid())).await? else { return Ok(()) };
        let (stream, url): (String, String) = (row.get(0), row.get(1));
        let (post, department) = looks_after(&stream);
        let sql = "SELECT login FROM person WHERE post = $1 AND ($2::text IS NULL OR department = $2)
                     AND email IS NOT NULL AND disabled_at IS NULL ORDER BY login";
        let rows = self.all(query(sql).bind(post.as_str()).bind(department)).await?;
        let mut whom: Vec<Option<String>> = rows.iter().map(|row| Some(row.get(0))).collect();
        if whom.is_empty() {
            whom.push(None);
        }
        let now = self.now().millis();
        for login in whom {
            let id = self.id()?.uuid();
            let sql = "INSERT INTO webhook_mail (id, webhook, told, stream, host, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)";
            let row = query(sql).bind(id).bind(webhook.uuid()).bind(login.is_some()).bind(&stream).bind(host_of(&url));
            self.run(row.bind(reason).bind(now)).await?;
            let Some(login) = login else { continue };
            let sql = "INSERT INTO mailing (id, login, state, made_at, next_at, attempts, code)
                       VALUES ($1, $2, 'waiting', $3, $3, 0, '')";
            self.run(query(sql).bind(id).bind(login).bind(now)).await?;
        }
        Ok(())
    }

    /// Of which endpoint a mailing tells, if of one.
    pub(crate) async fn over(&mut self, mailing: Uuid) -> Result<Option<EndpointOver>> {
        let sql = "SELECT webhook, stream, host, reason FROM webhook_mail WHERE id = $1";
        let row = self.one(query(sql).bind(mailing)).await?;
        Ok(row.map(|row| EndpointOver {
            webhook: row.get::<Uuid, _>(0).into(),
            stream: row.get(1),
            host: row.get(2),
            reason: row.get(3),
        }))
    }
}
