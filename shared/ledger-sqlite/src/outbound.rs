//! Events to the world: rows of their effect's transaction, numbered by the counter row of their stream.

use crate::connection::Write;
use mohor_domain::event::department_stream;
use mohor_ports::error::Result;
use serde_json::Value;

impl Write<'_> {
    /// The next number of a stream, taken in this transaction.
    pub(crate) fn next_number(&self, stream: &str) -> Result<i64> {
        let sql = "INSERT INTO counter (stream, last) VALUES (?1, 1)
                   ON CONFLICT DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.one(sql, [stream], |row| row.get(0))?.unwrap_or_default())
    }

    /// Publishes to a department.
    pub(crate) fn tell_department(&self, department: &str, word: &str, subject: &str, data: &Value) -> Result<()> {
        self.tell(&department_stream(department), word, subject, data)
    }

    /// Publishes in a stream.
    pub(crate) fn tell(&self, stream: &str, word: &str, subject: &str, data: &Value) -> Result<()> {
        let number = self.next_number(stream)?;
        self.publish(stream, number, word, subject, data)
    }

    /// Writes an event under a number that was taken.
    pub(crate) fn publish(&self, stream: &str, number: i64, word: &str, subject: &str, data: &Value) -> Result<()> {
        let sql =
            "INSERT INTO outbound (stream, number, id, word, subject, data, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = (stream, number, self.id()?.to_string(), word, subject, data.to_string(), self.now().millis());
        self.run(sql, values).map(drop)
    }
}
