//! `POST /api/v1/uins`: numbers that a department ascribes itself. They are drawn here; sequential ones are not to be had.

use crate::{client::Client, fault::Fault, signed, site::Site};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, Request, State},
    http::StatusCode,
};
use mohor_domain::uin::Uin;
use mohor_ports::{
    error::{Error, Result},
    ledger::Act,
    time::Entropy,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, sync::Arc};
use utoipa::ToSchema;

/// Numbers of one block, at most.
const MAX_BLOCK: usize = 1_000;
/// Rounds of drawing: in each a number may turn out to be taken, at 55 bits hardly ever.
const ROUNDS: usize = 16;

/// A block of numbers that is asked for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    /// Letters of the department that signs.
    department: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1000)]
    count: usize,
    /// The department's own id of this request: the same id again gives the same numbers.
    #[schema(min_length = 1, max_length = 128)]
    id: String,
}

/// A block of numbers, reserved.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reserved {
    department: String,
    id: String,
    /// Canonical, in no order.
    uins: Vec<String>,
}

/// Reserves numbers for the department to ascribe.
#[utoipa::path(
    post, path = "/api/v1/uins", tag = "departments", request_body = Block,
    responses(
        (status = 200, description = "the numbers; the same for the same id", body = Reserved),
        (status = 401, description = "not signed, or the signature does not hold", content_type = "application/problem+json"),
        (status = 403, description = "another department's letters", content_type = "application/problem+json"),
        (status = 422, description = "count is 1 to 1000, id 1 to 128 printable characters", content_type = "application/problem+json"),
    ),
    security(("Mohor-Signature" = []))
)]
pub(crate) async fn reserve(
    State(site): State<Arc<Site>>,
    client: Client,
    request: Request,
) -> Result<Json<Reserved>, Fault> {
    site.gates.department.pass(client)?;
    let signed = signed::request(request.method(), request.uri(), request.headers())?;
    if !crate::body::is_type(&request, "application/json") {
        return Err(Fault::unsupported("the content type is application/json"));
    }
    let body = Bytes::from_request(request, &()).await.map_err(|e| Fault::of_status(e.status(), "8 KiB"))?;
    let department = signed::department(&site, &signed, &body).await?;
    // The words of a JSON error could repeat what was sent.
    let block: Block = serde_json::from_slice(&body)
        .map_err(|_| Fault::malformed("the body has exactly department, count and id, in JSON"))?;
    if block.department != department {
        let en = "a department reserves numbers of its own letters only";
        return Err(Fault::new(
            StatusCode::FORBIDDEN,
            "foreign_department",
            en,
            "বিভাগ কেবল নিজের অক্ষরের নম্বর সংরক্ষণ করে",
        )
        .at("/department"));
    }
    if !(1..=MAX_BLOCK).contains(&block.count) {
        return Err(Fault::invalid("/count", "a block has 1 to 1000 numbers"));
    }
    if block.id.is_empty() || block.id.len() > 128 || !block.id.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(Fault::invalid("/id", "an id has 1 to 128 printable ASCII characters"));
    }
    let uins = draw(&site, &block).await.map_err(Fault::port)?;
    let act = Act {
        actor: format!("department:{department}"),
        act: "uins.reserve".into(),
        subject: block.id.clone(),
        detail: format!("{} numbers", uins.len()),
    };
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    Ok(Json(Reserved { department, id: block.id, uins: uins.iter().map(Uin::to_string).collect() }))
}

async fn draw(site: &Site, block: &Block) -> Result<Vec<Uin>> {
    let portal = &site.portal;
    let mut drawn = BTreeSet::new();
    for _ in 0..ROUNDS {
        // The first round draws none: it asks what this id has reserved already.
        let wanted = drawn.into_iter().collect();
        let mut reserved = portal.register.reserve_uins(&block.department, &block.id, wanted).await?;
        if reserved.len() >= block.count {
            reserved.truncate(block.count);
            return Ok(reserved);
        }
        drawn = BTreeSet::new();
        while drawn.len() < block.count - reserved.len() {
            drawn.insert(draw_one(portal.entropy.as_ref(), &block.department)?);
        }
    }
    Err(Error::outage("the ledger reserves fewer numbers than were drawn"))
}

/// About one draw in five meets a check character that is left out.
fn draw_one(entropy: &dyn Entropy, department: &str) -> Result<Uin> {
    for _ in 0..64 {
        let mut random = [0; 8];
        entropy.fill(&mut random)?;
        if let Some(uin) = Uin::from_random(department, u64::from_le_bytes(random)) {
            return Ok(uin);
        }
    }
    Err(Error::fatal("no number can be drawn for a department"))
}
