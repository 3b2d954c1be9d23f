//! Short messages to citizens: what they say, in Bengali and English, and how often they are sent.
//!
//! Their words are registered with the operators as templates of the Distributed Ledger Technology platform (Telecom Commercial
//! Communications Customer Preference Regulations 2018, TRAI): a provider refuses what differs from its template by more than
//! the variables. A change of words here is a new template there.

use crate::words::words;

words! {
    /// What a message is for.
    SmsKind {
        /// A one-time code for a hand-over at the counter.
        HandOverCode = "hand_over_code",
        /// A one-time code to fetch the document itself.
        DocumentCode = "document_code",
        /// The certificate is ready at a centre.
        Ready = "ready",
        /// It still waits there.
        Reminder = "reminder",
    }
}

words! {
    /// The language of a message.
    Tongue {
        /// Bengali.
        Bn = "bn",
        /// English.
        En = "en",
    }
}

/// What a provider is told of a message, by our names.
pub const FIELDS: [&str; 6] = ["id", "to", "text", "entity_id", "template_id", "header"];

/// How long a code is good, in milliseconds.
pub const CODE_LASTS: i64 = 10 * 60_000;
/// Wrong codes until it is spent.
pub const CODE_TRIES: u32 = 5;
/// Between two codes of a certificate, in milliseconds.
pub const CODE_AGAIN: i64 = 60_000;
/// Codes of a certificate in a day, at most.
pub const CODES_A_DAY: u32 = 5;
/// Open certificates of one phone, at most: a number on more is somebody's who applies for others, and is sent no code.
pub const OPEN_OF_ONE_PHONE: u32 = 5;

impl SmsKind {
    /// The name of a template in the configuration: `hand_over_code_bn`.
    pub fn template(self, tongue: Tongue) -> String {
        format!("{}_{}", self.as_str(), tongue.as_str())
    }

    /// How many variables the words have.
    pub fn variables(self) -> usize {
        match self {
            Self::HandOverCode => 2,
            Self::DocumentCode => 2,
            Self::Ready => 2,
            Self::Reminder => 2,
        }
    }

    /// The words as they are registered: `{#var#}` is a variable.
    pub fn words(self, tongue: Tongue) -> &'static str {
        match (self, tongue) {
            (Self::HandOverCode, Tongue::En) => {
                "{#var#} is your code to collect the certificate of application {#var#} at the Bangla Sahayata Kendra. Tell it only at the counter. Valid for 10 minutes. -WBGOVT"
            }
            (Self::HandOverCode, Tongue::Bn) => {
                "{#var#} আপনার কোড: আবেদন {#var#}-এর শংসাপত্র বাংলা সহায়তা কেন্দ্রে নিতে শুধু কাউন্টারে বলুন। ১০ মিনিট চলবে। -WBGOVT"
            }
            (Self::DocumentCode, Tongue::En) => {
                "{#var#} is your code to download the certificate of application {#var#}. Never tell it to anybody. Valid for 10 minutes. -WBGOVT"
            }
            (Self::DocumentCode, Tongue::Bn) => {
                "{#var#} আপনার কোড: আবেদন {#var#}-এর শংসাপত্র ডাউনলোড করতে। কাউকে বলবেন না। ১০ মিনিট চলবে। -WBGOVT"
            }
            (Self::Ready, Tongue::En) => {
                "The certificate of application {#var#} is ready. Collect it at {#var#} with this phone or a photo identity document. -WBGOVT"
            }
            (Self::Ready, Tongue::Bn) => {
                "আবেদন {#var#}-এর শংসাপত্র প্রস্তুত। এই ফোন বা ছবিসহ পরিচয়পত্র নিয়ে {#var#} থেকে সংগ্রহ করুন। -WBGOVT"
            }
            (Self::Reminder, Tongue::En) => {
                "The certificate of application {#var#} still waits for you at {#var#}. Please collect it. -WBGOVT"
            }
            (Self::Reminder, Tongue::Bn) => "আবেদন {#var#}-এর শংসাপত্র এখনও {#var#}-এ আছে। অনুগ্রহ করে সংগ্রহ করুন। -WBGOVT",
        }
    }

    /// The message, with its variables in order. A variable has at most thirty characters, as the platform allows: what is
    /// longer is cut.
    pub fn text(self, tongue: Tongue, variables: &[&str]) -> String {
        let mut text = String::new();
        let mut values = variables.iter();
        for (place, part) in self.words(tongue).split(VARIABLE).enumerate() {
            if place > 0 {
                text.extend(values.next().into_iter().flat_map(|value| value.chars().take(VARIABLE_LONGEST)));
            }
            text.push_str(part);
        }
        text
    }
}

/// How the platform writes a variable.
const VARIABLE: &str = "{#var#}";
/// Characters of a variable, at most.
const VARIABLE_LONGEST: usize = 30;

/// A mobile number for people: only its end, `••••••5385`.
pub fn masked(mobile: &str) -> String {
    let digits: Vec<char> = mobile.chars().filter(char::is_ascii_digit).collect();
    let end: String = digits[digits.len().saturating_sub(4)..].iter().collect();
    format!("••••••{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_message_has_its_variables_in_both_languages() {
        for kind in SmsKind::ALL {
            for tongue in Tongue::ALL {
                let words = kind.words(*tongue);
                assert_eq!(words.matches(VARIABLE).count(), kind.variables(), "{kind:?} {tongue:?}");
                let text = kind.text(*tongue, &["123456", "BCW/2026/1"]);
                assert!(text.contains("123456") && text.contains("BCW/2026/1") && !text.contains('#'), "{text}");
            }
        }
    }

    #[test]
    fn a_variable_is_text_and_is_cut() {
        let text = SmsKind::Ready.text(Tongue::En, &["{#var#}", &"x".repeat(40)]);
        assert!(text.contains("application {#var#} is ready"), "{text}");
        assert!(text.contains(&format!("at {} with", "x".repeat(30))), "{text}");
    }

    #[test]
    fn a_number_shows_its_end() {
        assert_eq!(masked("+919875507385"), "••••••7385");
        assert_eq!(masked(""), "••••••");
    }
}
