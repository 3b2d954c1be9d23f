//! What providers of short messages say in an answer whose status is good. There is no standard: each has words of its own.
//! Heard is only what cannot mean anything but a refusal; whatever else is said, or nothing, the status counts.

use serde_json::Value;

/// Words for what has failed, under one of the names of an outcome.
const FAILED: [&str; 7] = ["error", "fail", "failed", "failure", "invalid", "rejected", "undelivered"];
/// Names of an outcome.
const OUTCOMES: [&str; 5] = ["result", "state", "status", "statustext", "type"];
/// Names of what is there when something is wrong.
const ERRORS: [&str; 4] = ["error", "errorcode", "errors", "errortext"];
/// What stands there when nothing is wrong; zeros besides.
const NOTHING: [&str; 7] = ["", "done", "false", "no", "none", "ok", "success"];

/// Whether an answer says that the message was not taken.
pub(crate) fn failed(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    match serde_json::from_str(text) {
        Ok(Value::String(words)) => is_refusal(&words),
        Ok(value) => says_so(&value),
        Err(_) => is_refusal(text),
    }
}

/// `ERROR:14`, `ERR: 001, no credit`, `FAILED`: the first word says it.
fn is_refusal(words: &str) -> bool {
    let first: String = words.trim().chars().take_while(char::is_ascii_alphabetic).collect();
    let first = first.to_lowercase();
    first == "err" || FAILED.contains(&first.as_str())
}

/// Anywhere in it: of several messages each has an outcome, and one was sent.
fn says_so(value: &Value) -> bool {
    match value {
        Value::Array(values) => values.iter().any(says_so),
        Value::Object(members) => members.iter().any(|(name, value)| is_bad(&plain(name), value) || says_so(value)),
        _ => false,
    }
}

fn is_bad(name: &str, value: &Value) -> bool {
    let word = |text: &str| text.trim().to_lowercase();
    match value {
        Value::Bool(is) => (!is && matches!(name, "ok" | "success")) || (*is && name == "error"),
        Value::String(text) if OUTCOMES.contains(&name) => FAILED.contains(&word(text).as_str()),
        Value::String(text) if ERRORS.contains(&name) => {
            let text = word(text);
            !NOTHING.contains(&text.as_str()) && !text.bytes().all(|byte| byte == b'0')
        }
        Value::Number(number) => ERRORS.contains(&name) && number.as_f64() != Some(0.0),
        Value::Array(values) => ERRORS.contains(&name) && !values.is_empty(),
        Value::Object(members) => ERRORS.contains(&name) && !members.is_empty(),
        _ => false,
    }
}

/// `ErrorCode`, `error_code` and `error-code` are one name.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_in_words_is_heard() {
        for body in [
            "ERROR:14",
            "ERR: 001, Authentication failed",
            " Failed ",
            "\"error: no credit\"",
            r#"{"type":"error","message":"Invalid template"}"#,
            r#"{"status":"FAILURE","errors":[{"code":4}]}"#,
            r#"{"success":false,"message":"x"}"#,
            r#"{"ok":false}"#,
            r#"{"ErrorCode":"021","ErrorMessage":"Invalid sender"}"#,
            r#"{"error":{"code":7}}"#,
            r#"{"error":true}"#,
            r#"[{"error_code":106}]"#,
            r#"{"message-count":"1","messages":[{"status":"4","error-text":"Bad Credentials"}]}"#,
        ] {
            assert!(failed(body.as_bytes()), "{body}");
        }
    }

    #[test]
    fn anything_else_is_no_refusal() {
        for body in [
            "",
            "ok",
            "1701|919875507385:3f2a",
            "ID: 205e85d0578314037a96175249fc6a2b",
            "errorless",
            "<html>error</html>",
            r#"{"type":"success","message":"3763646c3058373530393938"}"#,
            r#"{"ErrorCode":"000","ErrorMessage":"Done","JobId":"1"}"#,
            r#"{"sid":"SM1","status":"queued","error_code":null,"error_message":null}"#,
            r#"{"error":false,"errors":[],"errorCode":0,"error":"","success":true}"#,
            r#"{"messages":[{"status":"0","message-id":"0A"}]}"#,
            r#"{"status":"sent","error":"none"}"#,
            r#"{"text":"error","message":"failed"}"#,
            "{",
            "17",
            "null",
        ] {
            assert!(!failed(body.as_bytes()), "{body}");
        }
        assert!(!failed(b"\xff\xfe"));
    }
}
