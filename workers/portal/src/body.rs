//! Bodies from outside: an uploaded file, a delivery of events.

use crate::{FRAMING, MAX_FILE, fault::Fault};
use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request, multipart::MultipartError},
    http::header,
};
use mohor_domain::{event, json::MAX_EVENT_BYTES};
use serde_json::value::RawValue;

/// Events of one delivery, at most.
pub(crate) const MAX_BATCH: usize = 100;
/// Bytes of a batch, at most: as many events of full size, and the commas.
pub(crate) const MAX_BATCH_BYTES: usize = MAX_BATCH * (MAX_EVENT_BYTES + 16);
/// Parts of a multipart body that are looked through for the file.
const MAX_PARTS: usize = 8;

const FILE_WORDS: &str = "10 MiB";

/// Takes the part `file` of a multipart body. A form without a chosen file gives no bytes.
pub(crate) async fn file(request: Request) -> Result<Vec<u8>, Fault> {
    let refuse = |error: MultipartError| Fault::of_status(error.status(), FILE_WORDS);
    if !is_type(&request, "multipart/form-data") {
        return Err(Fault::unsupported("a file is sent as multipart/form-data, in the part `file`"));
    }
    // A body that says its length is refused before a byte of it is read.
    if declared_length(&request).is_some_and(|length| length > MAX_FILE + FRAMING) {
        return Err(Fault::too_large(format!("at most {FILE_WORDS} are taken")));
    }
    let mut parts =
        Multipart::from_request(request, &()).await.map_err(|e| Fault::of_status(e.status(), FILE_WORDS))?;
    for _ in 0..MAX_PARTS {
        let Some(mut part) = parts.next_field().await.map_err(refuse)? else { break };
        if part.name() != Some("file") {
            continue;
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = part.chunk().await.map_err(refuse)? {
            if bytes.len() + chunk.len() > MAX_FILE {
                return Err(Fault::too_large(format!("at most {FILE_WORDS} are taken")));
            }
            bytes.extend_from_slice(&chunk);
        }
        return Ok(bytes);
    }
    Err(Fault::malformed("the part `file` is missing"))
}

/// Takes the named parts of a multipart body as text, together at most so many bytes; a part that comes twice counts once.
pub(crate) async fn texts(request: Request, names: &[&'static str], most: usize) -> Result<Vec<String>, Fault> {
    let words = format!("{} MiB", most >> 20);
    if !is_type(&request, "multipart/form-data") {
        return Err(Fault::unsupported("the form is sent as multipart/form-data"));
    }
    if declared_length(&request).is_some_and(|length| length > most + FRAMING) {
        return Err(Fault::too_large(format!("at most {words} are taken")));
    }
    let refuse = |error: MultipartError| Fault::of_status(error.status(), &words);
    let mut parts = Multipart::from_request(request, &()).await.map_err(|e| Fault::of_status(e.status(), &words))?;
    let (mut found, mut whole) = (vec![Vec::new(); names.len()], 0);
    for _ in 0..MAX_PARTS {
        let Some(mut part) = parts.next_field().await.map_err(refuse)? else { break };
        let Some(place) = names.iter().position(|name| part.name() == Some(name)) else { continue };
        found[place].clear();
        while let Some(chunk) = part.chunk().await.map_err(refuse)? {
            whole += chunk.len();
            if whole > most {
                return Err(Fault::too_large(format!("at most {words} are taken")));
            }
            found[place].extend_from_slice(&chunk);
        }
    }
    let text = |bytes| String::from_utf8(bytes).map_err(|_| Fault::malformed("the form is UTF-8 text"));
    found.into_iter().map(text).collect()
}

/// Takes one event or a batch, as it came; `true` for a batch.
pub(crate) async fn delivery(request: Request) -> Result<(bool, Vec<u8>), Fault> {
    let batch = if is_type(&request, event::BATCH_CONTENT_TYPE) {
        true
    } else if is_type(&request, event::CONTENT_TYPE) {
        false
    } else {
        let words = format!("the content type is {} or {}", event::CONTENT_TYPE, event::BATCH_CONTENT_TYPE);
        return Err(Fault::unsupported(words));
    };
    if !event::is_utf8(kind(&request)) {
        let words =
            "the charset is utf-8: JSON is written in no other (RFC 8259); send it so, or leave the parameter out";
        return Err(Fault::unsupported(words));
    }
    let (most, words) = if batch { (MAX_BATCH_BYTES, "100 events of 64 KiB") } else { (MAX_EVENT_BYTES, "64 KiB") };
    let too_large = || Fault::too_large(format!("at most {words} are taken"));
    if declared_length(&request).is_some_and(|length| length > most) {
        return Err(too_large());
    }
    let body = Bytes::from_request(request, &()).await.map_err(|e| Fault::of_status(e.status(), words))?;
    if body.len() > most {
        return Err(too_large());
    }
    // What is no array of JSON values is answered by intake, with its code.
    if batch && serde_json::from_slice::<Vec<&RawValue>>(&body).is_ok_and(|events| events.len() > MAX_BATCH) {
        return Err(too_large());
    }
    Ok((batch, body.into()))
}

/// Whether the content type is this one, parameters aside.
pub(crate) fn is_type(request: &Request, wanted: &str) -> bool {
    kind(request).split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(wanted)
}

fn kind(request: &Request) -> &str {
    request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn declared_length(request: &Request) -> Option<usize> {
    request.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}
