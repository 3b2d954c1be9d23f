//! Accounts.

use crate::{
    connection::{PostgresLedger, Session},
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    people::{Place, Post, lock_millis},
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Admission, Attempt, Inbox, People, Person, Proof, Vouched},
};
use sqlx_core::{query::query, row::Row};
use sqlx_postgres::PgRow;

macro_rules! person {
    ($rest:literal) => {
        concat!(
            "SELECT login, name, post, department, district, office, bsk, password, totp, failures, locked_until, last_step,
             added_at, disabled_at, email, subject FROM person ", $rest
        )
    };
}

#[async_trait]
impl People for PostgresLedger {
    async fn add_person(&self, person: Person, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "INSERT INTO person (login, name, post, department, district, office, bsk, password, totp, added_at,
                     email, subject)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING";
        let Place { department, district, office, bsk } = person.bounds;
        let (password, subject) = (person.proof.password(), person.proof.subject());
        let statement = query(sql).bind(person.login).bind(person.name).bind(person.post.as_str()).bind(department);
        let statement = statement.bind(district).bind(office).bind(bsk).bind(password).bind(person.totp);
        let now = session.now().millis();
        let added = session.run(statement.bind(now).bind(person.email).bind(subject)).await? == 1;
        session.audited(added, &act).await
    }

    async fn person(&self, login: &str) -> Result<Option<Person>> {
        let row = self.read().await?.one(query(person!("WHERE login = $1")).bind(login)).await?;
        row.as_ref().map(person).transpose()
    }

    async fn accounts(&self, logins: &[String]) -> Result<Vec<Person>> {
        let rows = self.read().await?.all(query(person!("WHERE login = ANY($1)")).bind(logins)).await?;
        rows.iter().map(person).collect()
    }

    async fn people(&self) -> Result<Vec<Person>> {
        let rows = self.read().await?.all(query(person!("ORDER BY login"))).await?;
        rows.iter().map(person).collect()
    }

    async fn disable_person(&self, login: &str, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE person SET disabled_at = $2 WHERE login = $1 AND disabled_at IS NULL";
        let now = session.now().millis();
        let done = session.run(query(sql).bind(login).bind(now)).await? == 1;
        session.audited(done, &act).await
    }

    async fn reset_person(&self, login: &str, password: Option<&str>, totp: &str, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE person SET password = $2, totp = $3, failures = 0, locked_until = NULL, last_step = 0,
                     subject = NULL
                   WHERE login = $1 AND disabled_at IS NULL AND (password IS NULL) = ($2::text IS NULL)";
        let done = session.run(query(sql).bind(login).bind(password).bind(totp)).await? == 1;
        session.audited(done, &act).await
    }

    async fn set_email(&self, login: &str, email: Option<&str>, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE person SET email = $2 WHERE login = $1 AND disabled_at IS NULL";
        let done = session.run(query(sql).bind(login).bind(email)).await? == 1;
        session.audited(done, &act).await
    }

    async fn admit(&self, who: Vouched) -> Result<Admission> {
        let mut session = self.write().await?;
        let now = session.now();
        if who.provision && session.provision(&who).await? {
            let account = who.opened(None, now);
            return session.admitted(&who, None, account).await;
        }
        let row = session.one(query(person!("WHERE login = $1 FOR NO KEY UPDATE")).bind(&who.login)).await?;
        let found = row.as_ref().map(person).transpose()?;
        let sql = "SELECT login FROM person WHERE subject = $1 AND login <> $2";
        let another = session.one(query(sql).bind(&who.subject).bind(&who.login)).await?.is_some();
        let refused = match &found {
            None if another => Some(Admission::Another),
            None => Some(Admission::Unknown),
            Some(account) => who.refused_by(account, now).or(another.then_some(Admission::Another)),
        };
        if let Some(refused) = refused {
            session.rollback().await?;
            return Ok(refused);
        }
        let account = who.opened(found.clone(), now);
        let sql = "UPDATE person SET post = $2, department = $3, district = $4, office = $5, bsk = $6, subject = $7,
                     failures = 0, locked_until = NULL, last_step = $8 WHERE login = $1";
        let Place { department, district, office, bsk } = &account.bounds;
        let statement = query(sql).bind(&who.login).bind(who.post.as_str()).bind(department).bind(district);
        let statement = statement.bind(office).bind(bsk).bind(&who.subject).bind(account.last_step);
        session.run(statement).await?;
        session.admitted(&who, found.as_ref(), account).await
    }

    async fn attempted(&self, login: &str, attempt: Attempt) -> Result<bool> {
        let mut session = self.write().await?;
        let now = session.now();
        let sql = "SELECT failures, last_step FROM person WHERE login = $1 AND disabled_at IS NULL
                   AND coalesce(locked_until, 0) <= $2 FOR NO KEY UPDATE";
        let Some(row) = session.one(query(sql).bind(login).bind(now.millis())).await? else {
            session.rollback().await?;
            return Ok(false);
        };
        let (failures, last): (i64, i64) = (row.get(0), row.get(1));
        if let Attempt::Right(step) = attempt
            && step > last
        {
            let sql = "UPDATE person SET failures = 0, locked_until = NULL, last_step = $2 WHERE login = $1";
            session.run(query(sql).bind(login).bind(step)).await?;
            let actor = format!("person:{login}");
            let act = Act { actor, act: "person.sign_in".into(), subject: login.into(), detail: String::new() };
            return session.audited(true, &act).await;
        }
        let failures = u32::try_from(failures).unwrap_or(u32::MAX).saturating_add(1);
        let wait = lock_millis(failures);
        let until = (wait > 0).then(|| now.plus_millis(wait).millis());
        let sql = "UPDATE person SET failures = $2, locked_until = $3 WHERE login = $1";
        session.run(query(sql).bind(login).bind(i64::from(failures)).bind(until)).await?;
        if wait > 0 {
            let (actor, detail) = (format!("person:{login}"), format!("for {} s", wait / 1000));
            session.audit(&Act { actor, act: "person.lock".into(), subject: login.into(), detail }).await?;
        }
        session.commit().await?;
        Ok(false)
    }

    async fn unlock_person(&self, login: &str, act: Act) -> Result<bool> {
        let mut session = self.write().await?;
        let sql = "UPDATE person SET failures = 0, locked_until = NULL WHERE login = $1 AND disabled_at IS NULL";
        let done = session.run(query(sql).bind(login)).await? == 1;
        session.audited(done, &act).await
    }

    async fn open_session(&self, key: &str, data: &str, until: Instant) -> Result<()> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        session.run(query("DELETE FROM session WHERE expires_at <= $1").bind(now)).await?;
        let sql = "INSERT INTO session (key, data, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
        session.run(query(sql).bind(key).bind(data).bind(until.millis())).await?;
        session.commit().await
    }

    async fn keep_session(&self, key: &str, data: &str, until: Instant) -> Result<bool> {
        let mut session = self.write().await?;
        let now = session.now().millis();
        let sql = "UPDATE session SET data = $2, expires_at = $3 WHERE key = $1 AND expires_at > $4";
        let kept = session.run(query(sql).bind(key).bind(data).bind(until.millis()).bind(now)).await? == 1;
        session.commit().await?;
        Ok(kept)
    }

    async fn session(&self, key: &str) -> Result<Option<(String, Instant)>> {
        let now = Inbox::now(self).await?.millis();
        let sql = "SELECT data, expires_at FROM session WHERE key = $1 AND expires_at > $2";
        let row = self.read().await?.one(query(sql).bind(key).bind(now)).await?;
        Ok(row.map(|row| (row.get(0), Instant::from_millis(row.get(1)))))
    }

    async fn take_session(&self, key: &str) -> Result<Option<String>> {
        let now = Inbox::now(self).await?.millis();
        let sql = "DELETE FROM session WHERE key = $1 RETURNING data, expires_at";
        let row = self.read().await?.one(query(sql).bind(key)).await?;
        Ok(row.filter(|row| row.get::<i64, _>(1) > now).map(|row| row.get(0)))
    }

    async fn kept_sessions(&self, keys: &[String]) -> Result<Vec<String>> {
        let now = Inbox::now(self).await?.millis();
        let sql = "SELECT key FROM session WHERE key = ANY($1) AND expires_at > $2";
        let rows = self.read().await?.all(query(sql).bind(keys).bind(now)).await?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }

    async fn end_session(&self, key: &str) -> Result<()> {
        self.read().await?.run(query("DELETE FROM session WHERE key = $1").bind(key)).await.map(drop)
    }
}

impl Session {
    /// Makes the account if neither login nor subject is taken; of two at once one does. The columns are those that the
    /// portal may write: no password and no second factor.
    async fn provision(&mut self, who: &Vouched) -> Result<bool> {
        let sql = "INSERT INTO person (login, name, post, department, district, office, bsk, added_at, subject)
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
        let Place { department, district, office, bsk } = &who.bounds;
        let statement = query(sql).bind(&who.login).bind(&who.name).bind(who.post.as_str()).bind(department);
        let statement = statement.bind(district).bind(office).bind(bsk).bind(self.now().millis());
        Ok(self.run(statement.bind(&who.subject)).await? == 1)
    }

    /// Commits it with its audit lines.
    async fn admitted(mut self, who: &Vouched, before: Option<&Person>, account: Person) -> Result<Admission> {
        for act in who.acts(before) {
            self.audit(&act).await?;
        }
        self.commit().await?;
        Ok(Admission::In(Box::new(account)))
    }

    /// Commits what was done with its audit line; of what was not there is none.
    async fn audited(mut self, done: bool, act: &Act) -> Result<bool> {
        if done {
            self.audit(act).await?;
        }
        self.commit().await?;
        Ok(done)
    }
}

fn person(row: &PgRow) -> Result<Person> {
    let login: String = row.get(0);
    Ok(Person {
        name: row.get(1),
        post: Post::from_word(row.get(2)).ok_or_else(|| corrupt("person", &login, "post"))?,
        bounds: Place { department: row.get(3), district: row.get(4), office: row.get(5), bsk: row.get(6) },
        proof: match row.get::<Option<String>, _>(7) {
            Some(password) => Proof::Password(password),
            None => Proof::Provider(row.get(15)),
        },
        totp: row.get(8),
        failures: u32::try_from(row.get::<i64, _>(9)).map_err(|_| corrupt("person", &login, "failures"))?,
        locked_until: row.get::<Option<i64>, _>(10).map(Instant::from_millis),
        last_step: row.get(11),
        added_at: Instant::from_millis(row.get(12)),
        disabled_at: row.get::<Option<i64>, _>(13).map(Instant::from_millis),
        email: row.get(14),
        login,
    })
}
