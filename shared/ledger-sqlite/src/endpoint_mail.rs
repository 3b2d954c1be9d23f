//! Who is told by mail that an endpoint of a webhook was disabled.

use crate::connection::{Write, corrupt};
use mohor_domain::id::Id;
use mohor_ports::{
    error::Result,
    ledger::{EndpointOver, host_of, looks_after},
};

impl Write<'_> {
    /// A mailing for each who looks after the endpoint; of nobody, that there was nobody.
    pub(crate) fn tell_over(&self, webhook: Id, reason: &str) -> Result<()> {
        let id = webhook.to_string();
        let sql = "SELECT stream, url FROM webhook WHERE id = ?1";
        let found = self.one(sql, [&id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        let Some((stream, url)) = found else { return Ok(()) };
        let (post, department) = looks_after(&stream);
        let sql = "SELECT login FROM person WHERE post = ?1 AND (?2 IS NULL OR department = ?2)
                     AND email IS NOT NULL AND disabled_at IS NULL ORDER BY login";
        let mut whom: Vec<Option<String>> = self.all(sql, (post.as_str(), department), |row| row.get(0))?;
        if whom.is_empty() {
            whom.push(None);
        }
        let now = self.now().millis();
        for login in whom {
            let mailing = self.id()?.to_string();
            let sql = "INSERT INTO webhook_mail (id, webhook, told, stream, host, reason, at)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            self.run(sql, (&mailing, &id, login.is_some(), &stream, host_of(&url), reason, now))?;
            let Some(login) = login else { continue };
            let sql = "INSERT INTO mailing (id, login, state, made_at, next_at, attempts, code)
                       VALUES (?1, ?2, 'waiting', ?3, ?3, 0, '')";
            self.run(sql, (&mailing, login, now))?;
        }
        Ok(())
    }

    /// Of which endpoint a mailing tells, if of one.
    pub(crate) fn over(&self, mailing: &str) -> Result<Option<EndpointOver>> {
        let sql = "SELECT webhook, stream, host, reason FROM webhook_mail WHERE id = ?1";
        let found =
            self.one(sql, [mailing], |row| Ok((row.get::<_, String>(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
        let read = |(webhook, stream, host, reason): (String, String, String, String)| {
            let webhook = Id::parse(&webhook).ok_or_else(|| corrupt("webhook_mail", mailing, "webhook"))?;
            Ok(EndpointOver { webhook, stream, host, reason })
        };
        found.map(read).transpose()
    }
}
