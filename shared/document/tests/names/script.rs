//! Clusters by the rules of the script: consonants and the conjuncts that are in use, with each vowel sign and final sign.

/// Consonants, those of Assamese among them.
const CONSONANTS: &str = "ক খ গ ঘ ঙ চ ছ জ ঝ ঞ ট ঠ ড ঢ ণ ত থ দ ধ ন প ফ ব ভ ম য র ল শ ষ স হ ড় ঢ় য় ৰ ৱ";
const PAIRS: &str = "ক্ক ক্ট ক্ত ক্ন ক্ব ক্ম ক্য ক্র ক্ল ক্ষ ক্স খ্য খ্র গ্ধ গ্ন গ্ব গ্ম গ্য গ্র গ্ল ঘ্ন ঘ্য ঘ্র ঙ্ক ঙ্খ ঙ্গ ঙ্ঘ ঙ্ম চ্চ চ্ছ চ্ঞ \
    চ্য জ্জ জ্ঝ জ্ঞ জ্ব জ্য জ্র ঞ্চ ঞ্ছ ঞ্জ ঞ্ঝ ট্ট ট্ব ট্ম ট্য ট্র ড্ড ড্ম ড্য ড্র ঢ্য ঢ্র ণ্ট ণ্ঠ ণ্ড ণ্ঢ ণ্ণ ণ্ব ণ্ম ণ্য ত্ত ত্থ ত্ন ত্ব ত্ম ত্য ত্র থ্ব থ্য \
    থ্র দ্গ দ্ঘ দ্দ দ্ধ দ্ব দ্ভ দ্ম দ্য দ্র ধ্ন ধ্ব ধ্ম ধ্য ধ্র ন্ট ন্ঠ ন্ড ন্ত ন্থ ন্দ ন্ধ ন্ন ন্ব ন্ম ন্য ন্স প্ট প্ত প্ন প্প প্য প্র প্ল প্স ফ্র ফ্ল ব্জ ব্দ \
    ব্ধ ব্ব ব্য ব্র ব্ল ভ্ব ভ্য ভ্র ভ্ল ম্ন ম্প ম্ফ ম্ব ম্ভ ম্ম ম্য ম্র ম্ল য্য ল্ক ল্গ ল্ট ল্ড ল্প ল্ফ ল্ব ল্ভ ল্ম ল্য ল্ল শ্চ শ্ছ শ্ন শ্ব শ্ম শ্য শ্র শ্ল \
    ষ্ক ষ্ট ষ্ঠ ষ্ণ ষ্প ষ্ফ ষ্ব ষ্ম ষ্য স্ক স্খ স্ট স্ত স্থ স্ন স্প স্ফ স্ব স্ম স্য স্র স্ল হ্ণ হ্ন হ্ব হ্ম হ্য হ্র হ্ল ড়্গ";
const TRIPLES: &str = "ক্ষ্ণ ক্ষ্ম ক্ষ্য ক্ষ্ব ঙ্ক্ষ ঙ্ক্য ঙ্গ্য জ্জ্ব চ্ছ্ব চ্ছ্র ণ্ড্র ণ্ড্য ত্ত্ব ত্ত্য ত্ম্য ত্র্য দ্দ্ব দ্ধ্ব দ্ভ্র ন্ত্ব ন্ত্য ন্ত্র ন্ত্র্য ন্দ্য ন্দ্ব ন্দ্র ন্ধ্য \
    ন্ধ্র ন্ট্র ন্ড্র ন্স্ট ম্প্র ম্ভ্র ল্ক্য ষ্ক্র ষ্ট্য ষ্ট্র ষ্ঠ্য ষ্ণ্য ষ্প্র স্ক্র স্ট্র স্ত্র স্থ্য স্ত্য স্প্র স্প্ল স্ন্য র্ত্য র্থ্য র্ধ্ব র্ম্য র্শ্ব র্ষ্য র্জ্য";
const SIGNS: [&str; 11] = ["", "া", "ি", "ী", "ু", "ূ", "ৃ", "ে", "ৈ", "ো", "ৌ"];
const FINALS: [&str; 4] = ["", "ঁ", "ং", "ঃ"];
/// Vowels, what stands alone, and spellings with joiners and with a ya-phala below a vowel.
const ALONE: &str = "অ আ ই ঈ উ ঊ ঋ এ ঐ ও ঔ ৎ ৠ ঌ ৺ অ্যা এ্যা র\u{200D}্যা র\u{200D}্যে ক্\u{200C}ষ ক্\u{200D}ষ ত্\u{200D} ক্ ন্ \
    ০ ১ ২ ৩ ৪ ৫ ৬ ৭ ৮ ৯ ৳ কাি কঁা";
/// Marks of other scripts, which the font of the letters does not have.
const FOREIGN: [char; 10] =
    ['\u{300}', '\u{301}', '\u{302}', '\u{303}', '\u{304}', '\u{307}', '\u{308}', '\u{30A}', '\u{323}', '\u{331}'];

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}

/// Clusters that are to be drawn, as intake has them (NFC).
pub fn own() -> Vec<String> {
    let mut all: Vec<String> = words(ALONE).map(str::to_owned).collect();
    for consonant in words(CONSONANTS) {
        for sign in SIGNS {
            all.extend(FINALS.map(|last| format!("{consonant}{sign}{last}")));
            all.push(format!("র্{consonant}{sign}"));
        }
    }
    for conjunct in words(PAIRS).chain(words(TRIPLES)) {
        all.extend(SIGNS.map(|sign| format!("{conjunct}{sign}")));
    }
    composed(all)
}

/// Clusters with a mark that no Bengali font has, and the letter before it.
pub fn foreign() -> Vec<String> {
    let letters = words(CONSONANTS).chain(words(PAIRS).step_by(9));
    let marked = |letter: &str| FOREIGN.map(|mark| [format!("{letter}{mark}"), format!("{letter}{mark}ি")]);
    composed(letters.flat_map(marked).flatten().collect())
}

fn composed(texts: Vec<String>) -> Vec<String> {
    let mut value = serde_json::Value::from(texts);
    mohor_domain::text::normalise(&mut value, "").expect("good text");
    serde_json::from_value(value).expect("texts")
}
