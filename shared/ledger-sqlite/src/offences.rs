//! What breaks an invariant: the doctor looks for it.

use mohor_domain::invariant::Invariant;

/// An invariant, what is wrong, and the statement that finds whom.
type Offence = (Invariant, &'static str, &'static str);

/// All of them; `waits`: a service is provided when its certificate is handed over.
pub(crate) fn offences(waits: bool) -> impl Iterator<Item = Offence> {
    OFFENCES.into_iter().chain([if waits { HANDED_OVER_AND_RUNNING } else { READY_AND_RUNNING }])
}

/// Each finds the rows that break an invariant. The constraints of the schema forbid most of them: these look anyway.
const OFFENCES: [Offence; 13] = [
    (Invariant::I1, "the application has more than one live certificate",
     "SELECT application_id FROM certificate WHERE standing = 'live' GROUP BY application_id HAVING count(*) > 1"),
    (Invariant::I2, "the number belongs to no application",
     "SELECT c.uin FROM certificate c LEFT JOIN application a ON a.id = c.application_id WHERE a.id IS NULL"),
    (Invariant::I2, "the number was reserved for another application",
     "SELECT c.uin FROM certificate c JOIN reserved_uin r ON r.uin = c.uin WHERE r.used_by IS NOT c.application_id"),
    (Invariant::I2, "the application has another number than the department ascribed",
     "SELECT c.uin FROM certificate c JOIN application a ON a.id = c.application_id WHERE a.ascribed IS NOT NULL AND a.ascribed <> c.uin"),
    (Invariant::I3, "it is sealed and not signed", 
     "SELECT c.uin FROM certificate c LEFT JOIN certificate_seal s ON s.number = c.number
      WHERE coalesce(c.cms, s.cms) IS NOT NULL AND c.credential IS NULL"),
    (Invariant::I4, "its document's digest is not recorded",
     "SELECT c.uin FROM certificate c WHERE c.progress IN ('stored', 'notified')
      AND NOT EXISTS (SELECT 1 FROM document d WHERE d.sha256 = c.sha256 AND d.uin = c.uin)"),
    (Invariant::I4, "the document's digest, seal or plan is not recorded",
     "SELECT id FROM document_order WHERE state = 'stored' AND (sha256 IS NULL OR cms IS NULL OR plan IS NULL)"),
    (Invariant::I5, "the application has no clock",
     "SELECT a.id FROM application a WHERE NOT EXISTS (SELECT 1 FROM clock c WHERE c.application_id = a.id AND c.kind = 'service')"),
    (Invariant::I5, "it was handed over and the clock of its centre has not stopped",
     "SELECT h.uin FROM handover h JOIN clock c ON c.application_id = h.application_id
      WHERE c.kind = 'bsk' AND c.stopped_at IS NULL"),
    (Invariant::I5, "it went back to its department or on to another centre and the clock of the centre has not stopped",
     "SELECT e.uin FROM (SELECT uin, stay FROM returned UNION SELECT uin, stay FROM rerouting) e
      JOIN certificate c ON c.uin = e.uin JOIN clock k ON k.application_id = c.application_id AND k.kind = 'bsk'
      WHERE k.key = CASE e.stay WHEN 0 THEN '' ELSE CAST(e.stay + 1 AS text) END AND k.stopped_at IS NULL"),
    (Invariant::I6, "its notice is at another centre than it was sent on to",
     "SELECT r.uin FROM rerouting r LEFT JOIN notice n ON n.uin = r.uin AND n.bsk = r.to_bsk AND n.number = r.to_number
      WHERE r.stay = (SELECT max(l.stay) FROM rerouting l WHERE l.uin = r.uin) AND n.uin IS NULL"),
    (Invariant::I6, "it has a notice and no stored document",
     "SELECT n.uin FROM notice n JOIN certificate c ON c.uin = n.uin WHERE c.stored_at IS NULL"),
    (Invariant::I6, "it is ready at a centre that has no notice of it",
     "SELECT c.uin FROM certificate c JOIN application a ON a.id = c.application_id LEFT JOIN notice n ON n.uin = c.uin
      WHERE c.progress = 'notified' AND c.standing = 'live' AND a.bsk IS NOT NULL AND n.uin IS NULL"),
];

/// What provides a service is a setting: that the certificate is ready,
const READY_AND_RUNNING: Offence = (
    Invariant::I5,
    "the certificate is ready and the clock of the service has not stopped",
    "SELECT k.uin FROM clock c JOIN certificate k ON k.application_id = c.application_id
      WHERE c.kind = 'service' AND c.stopped_at IS NULL AND k.notified_at IS NOT NULL",
);

/// or that it was handed over.
const HANDED_OVER_AND_RUNNING: Offence = (
    Invariant::I5,
    "the certificate was handed over and the clock of the service has not stopped",
    "SELECT h.uin FROM handover h JOIN clock c ON c.application_id = h.application_id
      WHERE c.kind = 'service' AND c.stopped_at IS NULL",
);
