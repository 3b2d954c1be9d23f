//! What becomes of a QR code's link on its way: programs that pass links on change their letters, escape them, break them
//! into lines and append to them.
//!
//! The rule of what is printed stays strict: [`super::parse_qr_text`] and base41 fold nothing. Here a text that arrived is
//! put back into what may have been printed, by what the alphabet leaves no doubt of: it has no small letters, no blanks, no
//! `%`, `?`, `&` or `:`. Whether it was that is for the signature to say.

use percent_encoding::percent_decode_str;
use unicode_general_category::{GeneralCategory, get_general_category};
use unicode_normalization::UnicodeNormalization;

/// Escapes may have been escaped again, as often as this.
const ESCAPED: usize = 3;
/// Bytes that are looked at; a genuine text escaped three times is shorter.
const MAX_TEXT: usize = 16 * 1024;
/// Where the fragment ends if something was appended: a text fragment (`:~:text=`), parameters, what links are put between.
const BEHIND: &[char] = &[':', '?', '&', '"', '\'', '<', '>', '(', ')', '[', ']', '{', '}', '|', '\\', ',', ';', '#'];

/// The texts that may have been printed where this one arrived, the likeliest first; each is of the form that
/// [`super::parse_qr_text`] reads. None: there is no fragment in it.
pub fn mended(text: &str) -> Vec<String> {
    if text.len() > MAX_TEXT {
        return Vec::new();
    }
    let mut text = text.to_owned();
    for _ in 0..ESCAPED {
        match percent_decode_str(&text).decode_utf8() {
            Ok(plain) if plain != text => text = plain.into_owned(),
            _ => break,
        }
    }
    let text: String = text.nfkc().flat_map(plain).collect();
    let (address, fragment) = match text.split_once('#') {
        Some((address, fragment)) => (address, fragment),
        // The fragment alone, without its sign.
        None if !text.contains(['/', ':']) => ("", text.as_str()),
        None => return Vec::new(),
    };
    let end = fragment.find(BEHIND).unwrap_or(fragment.len());
    let fragment = fragment[..end].trim().to_ascii_uppercase();
    let words: Vec<&str> = fragment.split_whitespace().collect();
    let mut fragments = vec![
        // Broken into lines.
        words.concat(),
        // Read as a form is, in which `+` is a blank.
        fragment.lines().map(|line| line.trim_matches('\r').replace(' ', "+")).collect(),
        // The first word of a message.
        words.first().copied().unwrap_or_default().to_owned(),
    ];
    // The end of a sentence behind it.
    fragments.extend(fragments[2].strip_suffix('.').map(str::to_owned));
    let host = host(address);
    let address = if host.is_empty() { String::new() } else { format!("HTTPS://{}/", host.to_ascii_uppercase()) };
    fragments.retain(|fragment| !fragment.is_empty());
    let mut texts: Vec<String> = fragments.into_iter().map(|fragment| format!("{address}#{fragment}")).collect();
    texts.dedup();
    texts
}

/// The host of an address, however much of the rest of it there is.
fn host(address: &str) -> &str {
    let last = address.split_whitespace().next_back().unwrap_or_default();
    let behind = last.rsplit_once("://").map_or(last, |(_, rest)| rest);
    let authority = behind.split(['/', '?']).next().unwrap_or_default();
    authority.rsplit_once('@').map_or(authority, |(_, host)| host)
}

/// A character as it was before somebody's typography: dashes are hyphens, a long one two of them; what cannot be seen is
/// not there.
fn plain(character: char) -> impl Iterator<Item = char> {
    let (character, times) = match (character, get_general_category(character)) {
        ('\u{2013}'..='\u{2015}', _) => ('-', 2),
        ('\u{2212}', _) | (_, GeneralCategory::DashPunctuation) => ('-', 1),
        ('\u{FE00}'..='\u{FE0F}', _) | (_, GeneralCategory::Format) => ('-', 0),
        _ => (character, 1),
    };
    std::iter::repeat_n(character, times)
}
