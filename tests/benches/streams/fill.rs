//! What the ledger holds before anybody listens. The rows are written past the program, in the form in which it writes them: to
//! sign thousands of people in takes minutes of argon2, and is not what is measured.

use base64ct::{Base64UrlUnpadded, Encoding};
use mohor_domain::uin::Uin;
use mohor_tests::{chance::Chance, house::House, samples, servers::id_at, tools};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Nobody knows its password: the session is what counts.
const PASSWORD: &str = "$argon2id$of the benchmark";
const TOTP: &str = "JBSWY3DPEHPK3PXP";

/// A centre and the session of its operator.
pub struct Centre {
    pub bsk: String,
    pub cookie: String,
}

/// A certificate for a centre, in the tray by a number or not told yet.
pub struct Lying {
    pub uin: Uin,
    pub bsk: String,
    pub told: Option<(i64, &'static str)>,
}

/// As many centres as are wanted, at most those of the catalogue.
pub fn codes(wanted: usize) -> Vec<String> {
    let bytes = mohor_schemas::get("catalogue/bsks.csv").expect("a file of the catalogue");
    let lines = std::str::from_utf8(bytes).expect("text").lines().filter(|line| !line.starts_with('#'));
    lines.skip(1).take(wanted).map(|line| line.split(',').next().unwrap_or_default().to_owned()).collect()
}

/// Numbers of certificates.
pub fn uins(chance: &mut Chance) -> impl Iterator<Item = Uin> {
    std::iter::repeat_with(move || Uin::from_random("BCW", chance.bits())).flatten()
}

/// An operator of each centre, signed in: the session's cookie, and what the portal keeps of it (`workers/portal/src/session.rs`).
pub fn operators(house: &House, codes: &[String], now: i64) -> Vec<Centre> {
    let mut rows = String::new();
    let mut centres = Vec::new();
    for bsk in codes {
        let login = format!("operator-{}", bsk.to_lowercase());
        let id = Base64UrlUnpadded::encode_string(&Sha256::digest(&login)[..16]);
        let key = hex::encode(Sha256::digest(&id));
        let mut stamp = Sha256::new();
        let parts = [Some(PASSWORD), None, Some(TOTP), Some("bsk_operator"), None, None, None, Some(bsk.as_str())];
        for part in parts {
            stamp.update(part.map_or(String::from("\0"), |part| format!("{part}\0\0")));
        }
        let stamp = hex::encode(&stamp.finalize()[..8]);
        let data = json!({"person": {"login": login, "stamp": stamp, "since": now, "provider": false}});
        let _ = writeln!(rows, "{login}\t{bsk}\t{key}\t{data}");
        centres.push(Centre { bsk: bsk.clone(), cookie: format!("__Host-mohor={id}") });
    }
    run(
        house,
        &format!(
            "CREATE TEMPORARY TABLE seed (login text, bsk text, key text, data text);
             COPY seed FROM stdin;\n{rows}\\.\n
             INSERT INTO person (login, name, post, bsk, password, totp, added_at)
               SELECT login, 'Rekha Das', 'bsk_operator', bsk, '{PASSWORD}', '{TOTP}', {now} FROM seed;
             INSERT INTO session (key, data, expires_at) SELECT key, data, {now} + 6 * 60 * 60 * 1000 FROM seed;
             ANALYZE person; ANALYZE session;\n"
        ),
    );
    centres
}

/// Certificates with their applications; those that were told lie in a tray.
pub fn certificates(house: &House, lying: &[Lying], now: i64) {
    let mut rows = String::new();
    for (n, Lying { uin, bsk, told }) in lying.iter().enumerate() {
        let (number, state) = told.map_or(("\\N".into(), "\\N"), |(number, state)| (number.to_string(), state));
        let _ = writeln!(rows, "{n}\t{uin}\t{bsk}\t{number}\t{state}");
    }
    let data = samples::caste(1)["data"].to_string();
    run(
        house,
        &format!(
            "SET session_replication_role = replica;
             CREATE TEMPORARY TABLE seed (n bigint, uin text, bsk text, number bigint, state text);
             COPY seed FROM stdin;\n{rows}\\.\n
             CREATE TEMPORARY TABLE one AS SELECT {id} AS id, {now} - 600000 + n % 600000 AS at, * FROM seed;
             INSERT INTO application (id, department, application_no, service, bsk, docket_no, state, data, received_at,
                 approved_at, minted)
               SELECT id, 'BCW', 'BCW/BENCH/' || uin, 'caste-certificate', bsk, 'D' || uin, 'approved', $data${data}$data$, at,
                 at, true FROM one;
             INSERT INTO certificate (uin, application_id, department, service, kind, issued_at, progress, claims,
                 credential_kid, plan, sha256, size, minted_at, signed_at, sealed_at, stored_at, notified_at)
               SELECT uin, id, 'BCW', 'caste-certificate', 'certificate', at,
                 CASE WHEN number IS NULL THEN 'stored' ELSE 'notified' END, '', 'of the benchmark', '{{}}',
                 encode(sha256(uin::bytea), 'hex'), 54000, at, at, at, at, CASE WHEN number IS NOT NULL THEN at END FROM one;
             DELETE FROM one WHERE number IS NULL;
             INSERT INTO notice (bsk, number, uin, state) SELECT bsk, number, uin, state FROM one;
             INSERT INTO print (uin, kind, n, who, bsk, at)
               SELECT uin, 'printed', 1, 'person:operator', bsk, at FROM one WHERE state <> 'ready';
             INSERT INTO handover (uin, application_id, bsk, handed_to, actor, handed_at)
               SELECT uin, id, bsk, 'applicant', 'person:operator', at FROM one WHERE state = 'handed_over';
             INSERT INTO outbound (stream, number, id, word, subject, data, at)
               SELECT 'bsk/' || bsk, number, id, 'certificate.ready', uin, json_build_object('uin', uin, 'bsk', bsk)::text, at
               FROM one;
             INSERT INTO counter (stream, last) SELECT 'bsk/' || bsk, max(number) FROM one GROUP BY bsk
               ON CONFLICT (stream) DO UPDATE SET last = greatest(counter.last, excluded.last);
             RESET session_replication_role;
             ANALYZE;\n",
            id = id_at(&format!("{now} - 600000 + n % 600000"), "('x' || substr(md5(uin), 1, 13))::bit(52)::bigint"),
        ),
    );
}

fn run(house: &House, sql: &str) {
    let file = house.file("fill.sql", sql);
    let away = house.away().expect("servers");
    tools::must("psql", ["-qv", "ON_ERROR_STOP=1", "-f", &file.to_string_lossy(), &away.database]);
}
