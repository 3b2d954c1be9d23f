//! One-time codes.

use crate::connection::{SqliteLedger, Write, corrupt};
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

/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60_000;

#[async_trait]
impl Codes for SqliteLedger {
    async fn make_code(&self, code: NewCode, act: Act) -> Result<CodeMade> {
        self.write(move |write| write.make_code(&code, &act)).await
    }

    async fn try_code(&self, uin: Uin, kind: SmsKind, mac: &str) -> Result<CodeTried> {
        let mac = mac.to_owned();
        self.write(move |write| write.try_code(uin.as_str(), kind, &mac)).await
    }
}

impl Write<'_> {
    fn make_code(&self, code: &NewCode, act: &Act) -> Result<CodeMade> {
        let (uin, kind, now) = (code.uin.as_str(), code.kind.as_str(), self.now().millis());
        let sql = "SELECT c.standing, a.application_no, json_extract(a.data, '$.applicant.mobile'), h.uin IS NOT NULL
                   FROM certificate c JOIN application a ON a.id = c.application_id
                   LEFT JOIN notice n ON n.uin = c.uin LEFT JOIN handover h ON h.uin = c.uin
                   WHERE c.uin = ?1 AND c.stored_at IS NOT NULL AND (?2 IS NULL OR n.bsk = ?2)";
        let row = self.one(sql, (uin, &code.bsk), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?, row.get(3)?))
        })?;
        let Some((standing, application_no, mobile, handed)) = row else { return Ok(CodeMade::Unknown) };
        let standing = Standing::from_word(&standing).ok_or_else(|| corrupt("certificate", uin, "standing"))?;
        if code.kind == SmsKind::HandOverCode && handed {
            return Ok(CodeMade::HandedOver);
        }
        if standing != Standing::Live {
            return Ok(CodeMade::NotLive(standing));
        }
        let Some(mobile) = mobile else { return Ok(CodeMade::NoMobile) };
        let sql = "SELECT count(*) FROM (
                     SELECT 1 FROM application a WHERE json_extract(a.data, '$.applicant.mobile') = ?1 AND a.state = 'approved'
                     AND NOT EXISTS (SELECT 1 FROM handover h WHERE h.application_id = a.id)
                     AND NOT EXISTS (SELECT 1 FROM fetched f WHERE f.application_id = a.id AND f.delivered) LIMIT ?2)";
        let open: u32 = self.one(sql, (&mobile, OPEN_OF_ONE_PHONE + 1), |row| row.get(0))?.unwrap_or_default();
        if open > OPEN_OF_ONE_PHONE {
            return Ok(CodeMade::Shared);
        }
        let sql = "SELECT coalesce(max(n), 0), max(made_at), count(*) FILTER (WHERE made_at > ?3),
                     min(made_at) FILTER (WHERE made_at > ?3) FROM code WHERE uin = ?1 AND kind = ?2";
        let made = self.one(sql, (uin, kind, now - DAY), |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, Option<i64>>(1)?,
                row.get::<_, u32>(2)?,
                row.get::<_, Option<i64>>(3)?,
            ))
        })?;
        let (n, last, today, first) = made.unwrap_or_default();
        if let Some(first) = first.filter(|_| today >= CODES_A_DAY) {
            return Ok(CodeMade::Again(Instant::from_millis(first + DAY)));
        }
        if let Some(last) = last.filter(|last| now - last < CODE_AGAIN) {
            return Ok(CodeMade::Again(Instant::from_millis(last + CODE_AGAIN)));
        }
        self.run("UPDATE code SET state = 'over' WHERE uin = ?1 AND kind = ?2 AND state = 'open'", (uin, kind))?;
        let sql = "INSERT INTO code (uin, kind, n, mac, state, tries, made_at, expires_at)
                   VALUES (?1, ?2, ?3, ?4, 'open', 0, ?5, ?6)";
        self.run(sql, (uin, kind, n + 1, &code.mac, now, now + CODE_LASTS))?;
        self.audit(act)?;
        Ok(CodeMade::New { mobile, application_no })
    }

    /// Tries a code: one that is right is used up, one that is wrong counts, and the last wrong one spends it.
    pub(crate) fn try_code(&self, uin: &str, kind: SmsKind, mac: &str) -> Result<CodeTried> {
        let kind = kind.as_str();
        let sql = "SELECT mac, tries, expires_at FROM code WHERE uin = ?1 AND kind = ?2 AND state = 'open'";
        let open = self.one(sql, (uin, kind), |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, u32>(1)?, row.get::<_, i64>(2)?))
        })?;
        let Some((wanted, tries, _)) = open.filter(|(_, _, until)| *until > self.now().millis()) else {
            return Ok(CodeTried::None);
        };
        let right = wanted == mac;
        let tries = tries + u32::from(!right);
        let state = if right {
            "used"
        } else if tries >= CODE_TRIES {
            "spent"
        } else {
            "open"
        };
        let sql = "UPDATE code SET state = ?3, tries = ?4 WHERE uin = ?1 AND kind = ?2 AND state = 'open'";
        self.run(sql, (uin, kind, state, tries))?;
        Ok(if right { CodeTried::Right } else { CodeTried::Wrong { left: CODE_TRIES.saturating_sub(tries) } })
    }
}
