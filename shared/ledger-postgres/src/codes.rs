//! One-time codes.

use crate::{
    connection::{PostgresLedger, Session},
    trouble::corrupt,
};
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    sms::{CODE_AGAIN, CODE_LASTS, CODE_TRIES, CODES_A_DAY, OPEN_OF_ONE_PHONE, SmsKind},
    uin::Uin,
};
use mohor_ports::{
    error::Result,
    ledger::{Act, CodeMade, CodeTried, Codes, NewCode},
};
use sqlx_core::{query::query, row::Row};

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60_000;

#[async_trait]
impl Codes for PostgresLedger {
    async fn make_code(&self, code: NewCode, act: Act) -> Result<CodeMade> {
        let mut session = self.write().await?;
        let outcome = session.make_code(&code, &act).await?;
        session.commit().await?;
        Ok(outcome)
    }

    async fn try_code(&self, uin: Uin, kind: SmsKind, mac: &str) -> Result<CodeTried> {
        let mut session = self.write().await?;
        let outcome = session.try_code(uin.as_str(), kind, mac).await?;
        session.commit().await?;
        Ok(outcome)
    }
}

impl Session {
    async fn make_code(&mut self, code: &NewCode, act: &Act) -> Result<CodeMade> {
        let (uin, now) = (code.uin.as_str(), self.now().millis());
        // Two that ask at once are asked one after the other.
        let sql = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";
        self.run(query(sql).bind(format!("code {uin}"))).await?;
        let sql = "SELECT c.standing, a.application_no, mobile_in(a.data), h.uin IS NOT NULL
                   FROM certificate c JOIN application a ON a.id = c.application_id
                   LEFT JOIN notice n ON n.uin = c.uin LEFT JOIN handover h ON h.uin = c.uin
                   WHERE c.uin = $1 AND c.stored_at IS NOT NULL AND ($2::text IS NULL OR n.bsk = $2)";
        let Some(row) = self.one(query(sql).bind(uin).bind(&code.bsk)).await? else { return Ok(CodeMade::Unknown) };
        let standing = Standing::from_word(row.get(0)).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if code.kind == SmsKind::HandOverCode && row.get(3) {
            return Ok(CodeMade::HandedOver);
        }
        if standing != Standing::Live {
            return Ok(CodeMade::NotLive(standing));
        }
        let Some(mobile) = row.get::<Option<String>, _>(2) else { return Ok(CodeMade::NoMobile) };
        let sql = "SELECT count(*) FROM (
                     SELECT 1 FROM application a WHERE mobile_in(a.data) = $1 AND a.state = 'approved'
                     AND NOT EXISTS (SELECT FROM handover h WHERE h.application_id = a.id)
                     AND NOT EXISTS (SELECT FROM fetched f WHERE f.application_id = a.id AND f.delivered) LIMIT $2) AS o";
        let open = query(sql).bind(&mobile).bind(i64::from(OPEN_OF_ONE_PHONE) + 1);
        let open: i64 = self.one(open).await?.map_or(0, |row| row.get(0));
        if open > i64::from(OPEN_OF_ONE_PHONE) {
            return Ok(CodeMade::Shared);
        }
        let sql = "SELECT coalesce(max(n), 0), max(made_at), count(*) FILTER (WHERE made_at > $3),
                     min(made_at) FILTER (WHERE made_at > $3) FROM code WHERE uin = $1 AND kind = $2";
        let made = query(sql).bind(uin).bind(code.kind.as_str()).bind(now - DAY);
        let (n, last, today, first) = self.one(made).await?.map_or((0, None, 0, None), |row| {
            (row.get::<i32, _>(0), row.get::<Option<i64>, _>(1), row.get::<i64, _>(2), row.get::<Option<i64>, _>(3))
        });
        if let Some(first) = first.filter(|_| today >= i64::from(CODES_A_DAY)) {
            return Ok(CodeMade::Again(Instant::from_millis(first + DAY)));
        }
        if let Some(last) = last.filter(|last| now - last < CODE_AGAIN) {
            return Ok(CodeMade::Again(Instant::from_millis(last + CODE_AGAIN)));
        }
        let sql = "UPDATE code SET state = 'over' WHERE uin = $1 AND kind = $2 AND state = 'open'";
        self.run(query(sql).bind(uin).bind(code.kind.as_str())).await?;
        let sql = "INSERT INTO code (uin, kind, n, mac, state, tries, made_at, expires_at)
                   VALUES ($1, $2, $3, $4, 'open', 0, $5, $6)";
        let new = query(sql).bind(uin).bind(code.kind.as_str()).bind(n + 1).bind(&code.mac);
        self.run(new.bind(now).bind(now + CODE_LASTS)).await?;
        self.audit(act).await?;
        Ok(CodeMade::New { mobile, application_no: row.get(1) })
    }

    /// Tries a code: one that is right is used up, one that is wrong counts, and the last wrong one spends it.
    pub(crate) async fn try_code(&mut self, uin: &str, kind: SmsKind, mac: &str) -> Result<CodeTried> {
        // Of two at once the second waits here for the first, and finds it used.
        let sql = "SELECT mac, tries, expires_at FROM code WHERE uin = $1 AND kind = $2 AND state = 'open' FOR UPDATE";
        let Some(row) = self.one(query(sql).bind(uin).bind(kind.as_str())).await? else { return Ok(CodeTried::None) };
        if row.get::<i64, _>(2) <= self.now().millis() {
            return Ok(CodeTried::None);
        }
        let right = row.get::<&str, _>(0) == mac;
        let tries = row.get::<i32, _>(1).unsigned_abs() + u32::from(!right);
        let state = if right {
            "used"
        } else if tries >= CODE_TRIES {
            "spent"
        } else {
            "open"
        };
        let sql = "UPDATE code SET state = $3, tries = $4 WHERE uin = $1 AND kind = $2 AND state = 'open'";
        self.run(query(sql).bind(uin).bind(kind.as_str()).bind(state).bind(tries as i32)).await?;
        Ok(if right { CodeTried::Right } else { CodeTried::Wrong { left: CODE_TRIES.saturating_sub(tries) } })
    }
}
