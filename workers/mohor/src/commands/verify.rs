//! `mohor verify`: the verdict on a number, a PDF, a QR code's text or a picture of it.

use crate::{
    cli::{GOOD, NO},
    evidence::Evidence,
    wire::Parts,
};
use anyhow::Result;
use mohor_domain::{certificate::Verdict, civil};
use serde_json::json;

/// Prints the verdict; the exit code is 0 only for genuine.
pub async fn run(parts: Parts, what: String, json: bool) -> Result<u8> {
    let finding = Evidence::read(&what)?.judge(&parts).await?;
    let plan = finding.certificate.as_ref().map(|certificate| &certificate.plan);
    let document = finding.document.as_ref().and_then(|document| document.plan.as_ref());
    let specimen = plan.is_some_and(|plan| plan.specimen) || document.is_some_and(|plan| plan.specimen);
    if json {
        say!(
            "{}",
            json!({
                "verdict": finding.verdict,
                "words_en": finding.verdict.words_en(),
                "words_bn": finding.verdict.words_bn(),
                "uin": finding.uin,
                "specimen": specimen,
                "department": plan.map(|plan| &plan.department),
                "service": plan.map(|plan| &plan.service),
                "issued_at": plan.map(|plan| plan.minted_at),
                "valid_until": plan.map(|plan| &plan.facts["valid_until"]),
                "document": finding.document.as_ref().map(|document| document.order.kind),
                "remark": finding.remark,
            })
        );
    } else {
        say!("{}  ·  {}", finding.verdict.words_en(), finding.verdict.words_bn());
        if specimen {
            say!("  SPECIMEN    made for a trial, sealed by no licensed authority: it certifies nothing");
        }
        if let Some(uin) = finding.uin {
            say!("  number      {}", uin.grouped());
        }
        if let Some(plan) = plan {
            let words =
                |pointer: &str| plan.view.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
            say!("  department  {}", words("/department/en"));
            say!("  service     {}", words("/service/en"));
            say!("  issued      {}", civil::date_en(plan.minted_at.day()));
        }
        if let Some(document) = &finding.document {
            let words = |value: &serde_json::Value| value["en"].as_str().unwrap_or_default().to_owned();
            say!("  document    {} ({})", words(document.title()), document.id);
            say!("  issuer      {}", words(&document.order.view["issuer"]));
            say!("  made        {}", civil::date_en(document.stored_at.unwrap_or(document.ordered_at).day()));
        }
        if let Some(remark) = &finding.remark {
            say!("  {remark}");
        }
    }
    Ok(if finding.verdict == Verdict::Genuine { GOOD } else { NO })
}
