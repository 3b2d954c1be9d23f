//! Events to the world: rows of their effect's transaction, numbered by the counter row of their stream.

use crate::connection::Session;
use mohor_domain::event::department_stream;
use mohor_ports::error::Result;
use serde_json::Value;
use sqlx_core::{query::query, row::Row};
use std::collections::BTreeMap;

/// An event that a transaction is going to tell.
pub(crate) struct Told {
    pub(crate) stream: String,
    pub(crate) word: &'static str,
    pub(crate) subject: String,
    pub(crate) data: Value,
}

impl Told {
    /// To a department.
    pub(crate) fn department(department: &str, word: &'static str, subject: &str, data: Value) -> Self {
        Self { stream: department_stream(department), word, subject: subject.into(), data }
    }
}

impl Session {
    /// Numbers for so many events of each stream: the first of each. Streams are locked in order of their names, and as
    /// late as may be: until the commit nobody else can tell anything there.
    pub(crate) async fn numbers(&mut self, counts: &BTreeMap<String, i64>) -> Result<BTreeMap<String, i64>> {
        let (streams, by): (Vec<&str>, Vec<i64>) = counts.iter().map(|(stream, by)| (stream.as_str(), *by)).unzip();
        let sql = "INSERT INTO counter AS c (stream, last) SELECT * FROM unnest($1::text[], $2::int8[])
                   ON CONFLICT (stream) DO UPDATE SET last = c.last + excluded.last RETURNING stream, last";
        let rows = self.all(query(sql).bind(streams).bind(by)).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let stream: String = row.get(0);
                let first = row.get::<i64, _>(1) - counts.get(&stream).copied().unwrap_or_default() + 1;
                (stream, first)
            })
            .collect())
    }

    /// Tells events in order.
    pub(crate) async fn tell(&mut self, events: Vec<Told>) -> Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let mut counts = BTreeMap::new();
        events.iter().for_each(|event| *counts.entry(event.stream.clone()).or_default() += 1);
        let mut next = self.numbers(&counts).await?;
        let numbered = events.into_iter().map(|event| {
            let number = next.entry(event.stream.clone()).or_default();
            *number += 1;
            (*number - 1, event)
        });
        let numbered = numbered.collect();
        self.publish(numbered).await
    }

    /// Writes events under numbers that were taken.
    pub(crate) async fn publish(&mut self, events: Vec<(i64, Told)>) -> Result<()> {
        let mut ids = Vec::with_capacity(events.len());
        for _ in &events {
            ids.push(self.id()?.uuid());
        }
        let numbers: Vec<i64> = events.iter().map(|(number, _)| *number).collect();
        let streams: Vec<&str> = events.iter().map(|(_, event)| event.stream.as_str()).collect();
        let words: Vec<&str> = events.iter().map(|(_, event)| event.word).collect();
        let subjects: Vec<&str> = events.iter().map(|(_, event)| event.subject.as_str()).collect();
        let data: Vec<String> = events.iter().map(|(_, event)| event.data.to_string()).collect();
        let sql = "WITH told AS (
                     INSERT INTO outbound (stream, number, id, word, subject, data, at)
                     SELECT *, $7 FROM unnest($1::text[], $2::int8[], $3::uuid[], $4::text[], $5::text[], $6::text[])
                     RETURNING id, stream, number)
                   INSERT INTO unpublished (id, stream, number, due_at) SELECT id, stream, number, 0 FROM told";
        let statement = query(sql).bind(streams).bind(numbers).bind(ids).bind(words).bind(subjects).bind(data);
        let now = self.now().millis();
        self.run(statement.bind(now)).await.map(drop)
    }
}
