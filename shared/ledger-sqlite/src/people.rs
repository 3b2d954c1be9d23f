//! Accounts.

use crate::connection::{SqliteLedger, Write, corrupt};
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    people::{Place, Post, lock_millis},
};
use mohor_ports::{
    error::Result,
    ledger::{Act, Admission, Attempt, People, Person, Proof, Vouched},
};
use rusqlite::Row;

const PERSON: &str =
    "SELECT login, name, post, department, district, office, bsk, password, totp, failures, locked_until,
    last_step, added_at, disabled_at, email, subject FROM person";

#[async_trait]
impl People for SqliteLedger {
    async fn add_person(&self, person: Person, act: Act) -> Result<bool> {
        self.write(move |write| {
            let added = write.add_person(&person)?;
            write.audited(added, &act)
        })
        .await
    }

    async fn person(&self, login: &str) -> Result<Option<Person>> {
        let login = login.to_owned();
        self.read(move |read| read.one(&format!("{PERSON} WHERE login = ?1"), [login], person)?.transpose()).await
    }

    async fn accounts(&self, logins: &[String]) -> Result<Vec<Person>> {
        let logins = serde_json::json!(logins).to_string();
        let sql = format!("{PERSON} WHERE login IN (SELECT value FROM json_each(?1))");
        self.read(move |read| read.all(&sql, [logins], person)?.into_iter().collect()).await
    }

    async fn people(&self) -> Result<Vec<Person>> {
        self.read(|read| read.all(&format!("{PERSON} ORDER BY login"), [], person)?.into_iter().collect()).await
    }

    async fn disable_person(&self, login: &str, act: Act) -> Result<bool> {
        let login = login.to_owned();
        self.write(move |write| {
            let sql = "UPDATE person SET disabled_at = ?2 WHERE login = ?1 AND disabled_at IS NULL";
            let done = write.run(sql, (&login, write.now().millis()))? == 1;
            write.audited(done, &act)
        })
        .await
    }

    async fn reset_person(&self, login: &str, password: Option<&str>, totp: &str, act: Act) -> Result<bool> {
        let (login, password, totp) = (login.to_owned(), password.map(str::to_owned), totp.to_owned());
        self.write(move |write| {
            let sql = "UPDATE person SET password = ?2, totp = ?3, failures = 0, locked_until = NULL, last_step = 0,
                         subject = NULL
                       WHERE login = ?1 AND disabled_at IS NULL AND (password IS NULL) = (?2 IS NULL)";
            let done = write.run(sql, (&login, &password, &totp))? == 1;
            write.audited(done, &act)
        })
        .await
    }

    async fn set_email(&self, login: &str, email: Option<&str>, act: Act) -> Result<bool> {
        let (login, email) = (login.to_owned(), email.map(str::to_owned));
        self.write(move |write| {
            let sql = "UPDATE person SET email = ?2 WHERE login = ?1 AND disabled_at IS NULL";
            let done = write.run(sql, (&login, &email))? == 1;
            write.audited(done, &act)
        })
        .await
    }

    async fn admit(&self, who: Vouched) -> Result<Admission> {
        self.write(move |write| {
            let now = write.now();
            let found = write.one(&format!("{PERSON} WHERE login = ?1"), [&who.login], person)?.transpose()?;
            let refused = match &found {
                None => (!who.provision).then_some(Admission::Unknown),
                Some(account) => who.refused_by(account, now),
            };
            if let Some(refused) = refused {
                return Ok(refused);
            }
            let sql = "SELECT login FROM person WHERE subject = ?1 AND login <> ?2";
            if write.one(sql, (&who.subject, &who.login), |row| row.get::<_, String>(0))?.is_some() {
                return Ok(Admission::Another);
            }
            let acts = who.acts(found.as_ref());
            let new = found.is_none();
            let account = who.opened(found, now);
            if new { write.add_person(&account).map(drop) } else { write.move_person(&account) }?;
            acts.iter().try_for_each(|act| write.audit(act))?;
            Ok(Admission::In(Box::new(account)))
        })
        .await
    }

    async fn attempted(&self, login: &str, attempt: Attempt) -> Result<bool> {
        let login = login.to_owned();
        self.write(move |write| {
            let now = write.now();
            let sql = "SELECT failures FROM person WHERE login = ?1 AND disabled_at IS NULL
                       AND coalesce(locked_until, 0) <= ?2";
            let open = write.one(sql, (&login, now.millis()), |row| row.get::<_, u32>(0))?;
            let Some(failures) = open else { return Ok(false) };
            if let Attempt::Right(step) = attempt {
                let sql = "UPDATE person SET failures = 0, locked_until = NULL, last_step = ?2
                           WHERE login = ?1 AND last_step < ?2";
                if write.run(sql, (&login, step))? == 1 {
                    let actor = format!("person:{login}");
                    let act = Act { actor, act: "person.sign_in".into(), subject: login, detail: String::new() };
                    return write.audited(true, &act);
                }
            }
            let failures = failures.saturating_add(1);
            let wait = lock_millis(failures);
            let until = (wait > 0).then(|| now.plus_millis(wait).millis());
            write.run(
                "UPDATE person SET failures = ?2, locked_until = ?3 WHERE login = ?1",
                (&login, failures, until),
            )?;
            if wait > 0 {
                let (actor, detail) = (format!("person:{login}"), format!("for {} s", wait / 1000));
                write.audit(&Act { actor, act: "person.lock".into(), subject: login, detail })?;
            }
            Ok(false)
        })
        .await
    }

    async fn unlock_person(&self, login: &str, act: Act) -> Result<bool> {
        let login = login.to_owned();
        self.write(move |write| {
            let sql = "UPDATE person SET failures = 0, locked_until = NULL WHERE login = ?1 AND disabled_at IS NULL";
            let done = write.run(sql, [&login])? == 1;
            write.audited(done, &act)
        })
        .await
    }

    async fn open_session(&self, key: &str, data: &str, until: Instant) -> Result<()> {
        let (key, data) = (key.to_owned(), data.to_owned());
        self.write(move |write| {
            write.run("DELETE FROM session WHERE expires_at <= ?1", [write.now().millis()])?;
            let sql = "INSERT INTO session (key, data, expires_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            write.run(sql, (&key, &data, until.millis())).map(drop)
        })
        .await
    }

    async fn keep_session(&self, key: &str, data: &str, until: Instant) -> Result<bool> {
        let (key, data) = (key.to_owned(), data.to_owned());
        self.write(move |write| {
            let sql = "UPDATE session SET data = ?2, expires_at = ?3 WHERE key = ?1 AND expires_at > ?4";
            Ok(write.run(sql, (&key, &data, until.millis(), write.now().millis()))? == 1)
        })
        .await
    }

    async fn session(&self, key: &str) -> Result<Option<(String, Instant)>> {
        let (key, now) = (key.to_owned(), self.clock().millis());
        self.read(move |read| {
            let sql = "SELECT data, expires_at FROM session WHERE key = ?1 AND expires_at > ?2";
            read.one(sql, (key, now), |row| Ok((row.get(0)?, Instant::from_millis(row.get(1)?))))
        })
        .await
    }

    async fn take_session(&self, key: &str) -> Result<Option<String>> {
        let key = key.to_owned();
        self.write(move |write| {
            let sql = "DELETE FROM session WHERE key = ?1 RETURNING data, expires_at";
            let taken = write.one(sql, [&key], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
            Ok(taken.filter(|(_, until)| *until > write.now().millis()).map(|(data, _)| data))
        })
        .await
    }

    async fn kept_sessions(&self, keys: &[String]) -> Result<Vec<String>> {
        let (keys, now) = (serde_json::json!(keys).to_string(), self.clock().millis());
        let sql = "SELECT key FROM session WHERE key IN (SELECT value FROM json_each(?1)) AND expires_at > ?2";
        self.read(move |read| read.all(sql, (keys, now), |row| row.get(0))).await
    }

    async fn end_session(&self, key: &str) -> Result<()> {
        let key = key.to_owned();
        self.write(move |write| write.run("DELETE FROM session WHERE key = ?1", [&key]).map(drop)).await
    }
}

impl Write<'_> {
    fn add_person(&self, person: &Person) -> Result<bool> {
        let sql = "INSERT INTO person (login, name, post, department, district, office, bsk, password, totp, added_at,
                     email, subject)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING";
        let Place { department, district, office, bsk } = &person.bounds;
        let values = rusqlite::params![
            person.login,
            person.name,
            person.post.as_str(),
            department,
            district,
            office,
            bsk,
            person.proof.password(),
            person.totp,
            self.now().millis(),
            person.email,
            person.proof.subject(),
        ];
        Ok(self.run(sql, values)? == 1)
    }

    /// Of an account that the provider opens.
    fn move_person(&self, person: &Person) -> Result<()> {
        let sql = "UPDATE person SET post = ?2, department = ?3, district = ?4, office = ?5, bsk = ?6, subject = ?7,
                     failures = 0, locked_until = NULL, last_step = ?8 WHERE login = ?1";
        let Place { department, district, office, bsk } = &person.bounds;
        let (post, subject) = (person.post.as_str(), person.proof.subject());
        let values =
            rusqlite::params![person.login, post, department, district, office, bsk, subject, person.last_step];
        self.run(sql, values).map(drop)
    }

    /// The audit line of what was done; of what was not there is none.
    fn audited(&self, done: bool, act: &Act) -> Result<bool> {
        if done {
            self.audit(act)?;
        }
        Ok(done)
    }
}

fn person(row: &Row<'_>) -> rusqlite::Result<Result<Person>> {
    let (login, post): (String, String) = (row.get(0)?, row.get(2)?);
    let Some(post) = Post::from_word(&post) else { return Ok(Err(corrupt("person", &login, "post"))) };
    Ok(Ok(Person {
        login,
        name: row.get(1)?,
        post,
        bounds: Place { department: row.get(3)?, district: row.get(4)?, office: row.get(5)?, bsk: row.get(6)? },
        proof: match row.get(7)? {
            Some(password) => Proof::Password(password),
            None => Proof::Provider(row.get(15)?),
        },
        totp: row.get(8)?,
        failures: row.get(9)?,
        locked_until: row.get::<_, Option<i64>>(10)?.map(Instant::from_millis),
        last_step: row.get(11)?,
        added_at: Instant::from_millis(row.get(12)?),
        disabled_at: row.get::<_, Option<i64>>(13)?.map(Instant::from_millis),
        email: row.get(14)?,
    }))
}
