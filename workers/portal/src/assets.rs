//! Style sheet and script. The digest in the name lets a phone keep them for ever, and a new program brings new names.

use crate::fault::Fault;
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::sync::LazyLock;

struct Asset {
    name: String,
    kind: &'static str,
    bytes: &'static [u8],
}

fn asset(stem: &str, extension: &str, kind: &'static str, bytes: &'static [u8]) -> Asset {
    let digest = hex::encode(Sha256::digest(bytes));
    Asset { name: format!("{stem}.{}.{extension}", &digest[..16]), kind, bytes }
}

static STYLE: LazyLock<Asset> =
    LazyLock::new(|| asset("style", "css", "text/css; charset=utf-8", include_bytes!("../assets/style.css")));
static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| asset("verify", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/verify.js")));
static OFFICE: LazyLock<Asset> =
    LazyLock::new(|| asset("office", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/office.js")));
static TRAY: LazyLock<Asset> =
    LazyLock::new(|| asset("tray", "js", "text/javascript; charset=utf-8", include_bytes!("../assets/tray.js")));
static ICON: LazyLock<Asset> =
    LazyLock::new(|| asset("icon", "svg", "image/svg+xml", include_bytes!("../assets/icon.svg")));

/// The style sheet's name.
pub(crate) fn style() -> &'static str {
    &STYLE.name
}

/// The script's name.
pub(crate) fn script() -> &'static str {
    &SCRIPT.name
}

/// The name of the board's script.
pub(crate) fn office() -> &'static str {
    &OFFICE.name
}

/// The name of the tray's script.
pub(crate) fn tray() -> &'static str {
    &TRAY.name
}

/// The icon's name.
pub(crate) fn icon() -> &'static str {
    &ICON.name
}

/// `GET /assets/{name}`
pub(crate) async fn serve(
    name: Result<Path<String>, axum::extract::rejection::PathRejection>,
) -> Result<Response, Fault> {
    let Ok(Path(name)) = name else { return Err(Fault::not_found()) };
    let all = [&STYLE, &SCRIPT, &OFFICE, &TRAY, &ICON];
    let found = all.into_iter().find(|asset| asset.name == name).ok_or_else(Fault::not_found)?;
    let headers = [(header::CONTENT_TYPE, found.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    Ok((headers, found.bytes).into_response())
}
