//! What of a text the fonts draw, letter by letter.
//!
//! Typst sets a run with one font and what that font lacks with the next. Where a letter and its mark are in different
//! fonts, both belong to one cluster, the cluster is cut in the middle, and the letter is not on the paper. So a cluster is drawn
//! where one font has all of it.

use super::fonts::{FAMILIES, families};
use serde_json::Value;
use std::{borrow::Cow, fmt};
use typst_library::text::is_default_ignorable;
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

/// What is drawn: of an undrawable cluster so many characters are named.
const NAMED: usize = 8;

/// A cluster of letters that no font draws, in words that name its characters and not the text it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undrawn(String);

impl fmt::Display for Undrawn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let named = |c: char| format!("U+{:04X}", c as u32);
        if let Some(unseen) = self.0.chars().find(|c| !is_joiner(*c) && is_default_ignorable(*c)) {
            return write!(f, "{} is not visible on paper: leave it out", named(unseen));
        }
        if let Some(lacking) = self.0.chars().find(|c| drawn_by(*c) == 0) {
            return write!(f, "the fonts of the certificate have no {}", named(lacking));
        }
        let cluster: Vec<String> = self.0.chars().take(NAMED).map(named).collect();
        write!(f, "no font of the certificate draws {} as one letter: write it without the mark", cluster.join(" "))
    }
}

/// The first cluster of a text that is not drawn whole. Printing it would leave a blank box or nothing at all where a letter
/// should be, so intake refuses it.
pub fn unprintable(text: &str) -> Option<Undrawn> {
    clusters(text).into_iter().find(|cluster| by_one_font(cluster) == 0).map(|cluster| Undrawn(cluster.to_owned()))
}

/// The same words with `?` for what no font draws: intake refuses such a text of an approval, while an application is
/// acknowledged whatever its applicant is called, and a centre is called whatever its list says.
pub(super) fn drawn(value: &Value) -> Cow<'_, Value> {
    each(value, &|text| clusters(text).iter().any(|cluster| by_one_font(cluster) == 0), &mended)
}

/// As the renderers before had it: `?` for each character that is in no font at all.
pub(super) fn drawn_before(value: &Value) -> Cow<'_, Value> {
    let lacking = |c: char| !is_joiner(c) && families(c) == 0;
    each(value, &|text| text.chars().any(lacking), &|text| {
        text.chars().map(|c| if lacking(c) { '?' } else { c }).collect()
    })
}

fn each<'v>(value: &'v Value, wanting: &dyn Fn(&str) -> bool, mend: &dyn Fn(&str) -> String) -> Cow<'v, Value> {
    match value {
        Value::String(text) if wanting(text) => Cow::Owned(mend(text).into()),
        Value::Array(items) => {
            let mended: Vec<Cow<'_, Value>> = items.iter().map(|item| each(item, wanting, mend)).collect();
            match mended.iter().any(|item| matches!(item, Cow::Owned(_))) {
                true => Cow::Owned(mended.into_iter().map(Cow::into_owned).collect()),
                false => Cow::Borrowed(value),
            }
        }
        Value::Object(members) => {
            let mended: Vec<(&String, Cow<'_, Value>)> =
                members.iter().map(|(name, member)| (name, each(member, wanting, mend))).collect();
            match mended.iter().any(|(_, member)| matches!(member, Cow::Owned(_))) {
                true => {
                    Cow::Owned(mended.into_iter().map(|(name, member)| (name.clone(), member.into_owned())).collect())
                }
                false => Cow::Borrowed(value),
            }
        }
        _ => Cow::Borrowed(value),
    }
}

/// The letter stays and its mark becomes `?`; what is in no font at all is one `?`.
fn mended(text: &str) -> String {
    let mut words = String::with_capacity(text.len());
    for cluster in clusters(text) {
        let family = cluster.chars().map(drawn_by).next().unwrap_or_default();
        match (by_one_font(cluster), family) {
            (0, 0) => words.push('?'),
            (0, family) => {
                let seen = cluster.chars().filter(|c| is_joiner(*c) || !is_default_ignorable(*c));
                words.extend(seen.map(|c| if drawn_by(c) & family == 0 { '?' } else { c }));
            }
            _ => words.push_str(cluster),
        }
    }
    words
}

/// The clusters of a text (UAX 29), cut where letters change the script: there the layout begins another run.
fn clusters(text: &str) -> Vec<&str> {
    let specific = |script: Script| !matches!(script, Script::Common | Script::Inherited | Script::Unknown);
    let mut found = Vec::new();
    for cluster in text.graphemes(true) {
        let (mut from, mut before) = (0, Script::Common);
        for (at, script) in cluster.char_indices().map(|(at, c)| (at, c.script())).filter(|(_, s)| specific(*s)) {
            if specific(before) && before != script {
                found.push(&cluster[from..at]);
                from = at;
            }
            before = script;
        }
        found.push(&cluster[from..]);
    }
    found
}

/// The families that have every character of a cluster, a bit each.
fn by_one_font(cluster: &str) -> u8 {
    cluster.chars().fold((1 << FAMILIES) - 1, |families, c| families & drawn_by(c))
}

/// The families that draw a character. The two joiners shape their neighbours and need no glyph; what else is invisible by
/// its nature is left out of the page without a word.
fn drawn_by(c: char) -> u8 {
    if is_joiner(c) {
        (1 << FAMILIES) - 1
    } else if is_default_ignorable(c) {
        0
    } else {
        families(c)
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

#[cfg(test)]
mod tests;
