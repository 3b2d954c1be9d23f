//! Reading JSON from outside, with every limit the contract names.

use crate::{
    encoding,
    refusal::{Code, Refusal},
};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of one event, at most.
pub const MAX_EVENT_BYTES: usize = 65_536;
/// Levels an event may nest.
pub const MAX_DEPTH: usize = 32;
/// Integers beyond this are not the same number in every language (RFC 7493, 2.2).
pub const MAX_INTEGER: i64 = (1 << 53) - 1;

/// Reads one event. The order of the checks is that of the refusal codes: UTF-8, JSON, size, depth, then numbers.
///
/// A lone surrogate escape becomes U+FFFF, which [`crate::text::normalise`] refuses at its field. A number without a fraction
/// is an integer however it is written (`1960.0`, `1e3`, `-0`): so JSON Schema has it (2020-12, 6.1.1) and RFC 8785 writes it.
pub fn read(bytes: &[u8]) -> Result<Value, Refusal> {
    let refuse = |code| Refusal::new(code, "");
    if encoding::is_utf16(bytes) {
        return Err(refuse(Code::NotUtf8).detail("it is UTF-16"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse(Code::NotUtf8))?;
    if encoding::behind_mark(bytes).len() < bytes.len() {
        // A file may begin with one; what is transmitted must not (RFC 8259, 8.1), and a signature covers it.
        return Err(refuse(Code::NotJson).detail("it begins with a byte order mark, U+FEFF"));
    }
    // IgnoredAny walks without recursion, so a deep text cannot exhaust the stack before its depth is known.
    serde_json::from_str::<IgnoredAny>(text)
        .map_err(|e| refuse(Code::NotJson).detail(format!("line {}, column {}", e.line(), e.column())))?;
    if bytes.len() > MAX_EVENT_BYTES {
        return Err(refuse(Code::TooLarge).detail(format!("{} bytes", bytes.len())));
    }
    let depth = depth(bytes);
    if depth > MAX_DEPTH {
        return Err(refuse(Code::TooDeep).detail(format!("{depth} levels")));
    }
    let text = mark_lone_surrogates(text);
    let mut deserializer = serde_json::Deserializer::from_str(&text);
    let value = Strict.deserialize(&mut deserializer).map_err(|e| refuse(Code::NotJson).detail(e.to_string()))?;
    numbers(&value, "")?;
    Ok(value)
}

/// Canonical JSON (RFC 8785).
pub fn canonical(value: &Value) -> Vec<u8> {
    // A serde_json value has text keys and finite numbers only, so this cannot fail.
    serde_json_canonicalizer::to_vec(value).unwrap_or_default()
}

/// SHA-256 of the canonical JSON, hexadecimal: "the same contents".
pub fn digest(value: &Value) -> String {
    hex::encode(Sha256::digest(canonical(value)))
}

/// The deepest nesting of a syntactically valid text.
fn depth(bytes: &[u8]) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Replaces each escape of a lone surrogate by that of U+FFFF, a noncharacter.
fn mark_lone_surrogates(text: &str) -> std::borrow::Cow<'_, str> {
    let bytes = text.as_bytes();
    let unit = |at: usize| -> Option<u16> {
        let escape = bytes.get(at..at + 6)?;
        (escape.starts_with(b"\\u"))
            .then(|| std::str::from_utf8(&escape[2..]).ok())
            .flatten()
            .and_then(|h| u16::from_str_radix(h, 16).ok())
    };
    let mut lone = Vec::new();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|b| *b == b'\\') {
        at += found;
        match unit(at) {
            Some(0xD800..=0xDBFF) if matches!(unit(at + 6), Some(0xDC00..=0xDFFF)) => at += 12,
            Some(0xD800..=0xDFFF) => {
                lone.push(at);
                at += 6;
            }
            Some(_) => at += 6,
            None => at += 2,
        }
        if at >= bytes.len() {
            break;
        }
    }
    if lone.is_empty() {
        return text.into();
    }
    let mut marked = text.to_owned();
    for at in lone {
        marked.replace_range(at + 2..at + 6, "ffff");
    }
    marked.into()
}

/// Decimals are strings, and integers stay within what every language reads alike.
fn numbers(value: &Value, pointer: &str) -> Result<(), Refusal> {
    match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) if integer.abs() <= MAX_INTEGER => Ok(()),
            _ => Err(Refusal::new(Code::Schema, pointer)
                .detail("a number is an integer within 2^53-1; write a decimal as a string")),
        },
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| numbers(item, &format!("{pointer}/{index}")))
        }
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            numbers(member, &format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")))
        }),
        _ => Ok(()),
    }
}

/// A JSON value that refuses a member named twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        if value.fract() == 0.0 && value.abs() <= MAX_INTEGER as f64 {
            return Ok((value as i64).into());
        }
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element_seed(Strict)? {
            items.push(item);
        }
        Ok(items.into())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut members = Map::new();
        while let Some(name) = access.next_key::<String>()? {
            let member = access.next_value_seed(Strict)?;
            if members.insert(name, member).is_some() {
                return Err(serde::de::Error::custom("a member is named twice"));
            }
        }
        Ok(members.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: impl AsRef<[u8]>) -> Option<Code> {
        read(bytes.as_ref()).err().map(|refusal| refusal.code)
    }

    #[test]
    fn each_limit_has_its_code() {
        assert_eq!(code(b"{\"a\":\"\xff\"}"), Some(Code::NotUtf8));
        assert_eq!(code("{"), Some(Code::NotJson));
        assert_eq!(code("{\"a\":1,\"a\":1}"), Some(Code::NotJson));
        assert_eq!(code("{\"a\":1,\"\\u0061\":1}"), Some(Code::NotJson), "the same name, written otherwise");
        assert_eq!(code(format!("\"{}\"", "x".repeat(MAX_EVENT_BYTES))), Some(Code::TooLarge));
        assert_eq!(code("[".repeat(30_000) + &"]".repeat(30_000)), Some(Code::TooDeep));
        assert_eq!(code("[".repeat(32) + &"]".repeat(32)), None);
        assert_eq!(code("1e999"), Some(Code::NotJson));
        assert_eq!(code("[9007199254740992]"), Some(Code::Schema));
        assert_eq!(code("[1.5]"), Some(Code::Schema));
        assert_eq!(code("[9007199254740991,-9007199254740991]"), None);
    }

    #[test]
    fn a_number_without_a_fraction_is_an_integer_however_it_is_written() {
        let written = read(b"[1960.0,1e3,-0,-0.0,1.5e1,0e5,9007199254740991.0,-1960.00]").unwrap();
        assert_eq!(written, serde_json::json!([1960, 1000, 0, 0, 15, 0, MAX_INTEGER, -1960]));
        assert_eq!(digest(&written), digest(&read(b"[1960,1000,0,0,15,0,9007199254740991,-1960]").unwrap()));
        for other in ["[1960.5]", "[1e-3]", "[9007199254740992.0]", "[1e300]", "[-1e16]"] {
            assert_eq!(code(other), Some(Code::Schema), "{other}");
        }
    }

    #[test]
    fn an_event_that_is_not_utf_8_or_begins_with_a_mark_is_told_so() {
        let words = |bytes: &[u8]| read(bytes).unwrap_err();
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let refusal = words(&utf16);
        assert!(refusal.code == Code::NotUtf8 && refusal.reason_en.contains("UTF-16"), "{refusal:?}");
        let refusal = words("\u{FEFF}{}".as_bytes());
        assert!(refusal.code == Code::NotJson && refusal.reason_en.contains("byte order mark"), "{refusal:?}");
    }

    #[test]
    fn a_lone_surrogate_becomes_a_noncharacter_and_a_pair_stays() {
        assert_eq!(
            read(br#"["\ud800","\ud83d\ude00","\\ud800","\udc00x\ud800\ud800"]"#).unwrap(),
            serde_json::json!(["\u{FFFF}", "😀", "\\ud800", "\u{FFFF}x\u{FFFF}\u{FFFF}"])
        );
    }

    #[test]
    fn canonical_json_sorts_by_utf16_and_drops_space() {
        let value: Value = serde_json::from_str("{ \"b\": 1, \"a\": \"é\", \"😀\": 2, \"\u{FB33}\": 3 }").unwrap();
        assert_eq!(String::from_utf8(canonical(&value)).unwrap(), "{\"a\":\"é\",\"b\":1,\"😀\":2,\"\u{FB33}\":3}");
    }
}
