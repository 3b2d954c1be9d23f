//! Refusals: stable codes, each with its rule and words in English and Bengali.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $rule:literal, $en:literal, $bn:literal;)*) => {
        /// Why an event is refused. The order is that of the checks: the first that fails is the answer.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// Every code, in order.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];
            /// The stable word.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $code,)* } }
            /// The rule that was broken.
            pub fn rule(self) -> &'static str { match self { $(Code::$name => $rule,)* } }
            /// What it means and what to do next, English.
            pub fn words_en(self) -> &'static str { match self { $(Code::$name => $en,)* } }
            /// What it means and what to do next, Bengali.
            pub fn words_bn(self) -> &'static str { match self { $(Code::$name => $bn,)* } }
        }
    };
}

codes! {
    /// Bytes that are no UTF-8.
    NotUtf8 = "not_utf8", "an event is UTF-8 text (RFC 8259, 8.1)",
        "the bytes are not UTF-8; encode the event as UTF-8 and send it again",
        "বাইটগুলি UTF-8 নয়; UTF-8 এ লিখে আবার পাঠান";
    /// Text that is no JSON, or names a member twice.
    NotJson = "not_json", "an event is one JSON value with no member named twice (RFC 8259; I-JSON, RFC 7493)",
        "the text is not valid JSON or repeats a member name; correct it and send it again",
        "লেখাটি সঠিক JSON নয় বা একই নাম দুবার আছে; ঠিক করে আবার পাঠান";
    /// More than 64 KiB.
    TooLarge = "too_large", "an event is at most 65,536 bytes",
        "the event is larger than 64 KiB; leave out what the service's schema does not name",
        "ইভেন্টটি 64 KiB এর চেয়ে বড়; যা লাগে না তা বাদ দিন";
    /// More than 32 levels.
    TooDeep = "too_deep", "an event nests at most 32 levels",
        "the event nests deeper than 32 levels; flatten it",
        "ইভেন্টটি ৩২ স্তরের বেশি গভীর; সরল করুন";
    /// The envelope is wrong.
    NotCloudevent = "not_cloudevent", "an event is a CloudEvents 1.0 envelope in structured JSON",
        "the envelope is not CloudEvents 1.0 as schemas/events/cloudevent.v1.schema.json describes it",
        "খামটি CloudEvents 1.0 অনুযায়ী নয়";
    /// A type that is not taken.
    UnknownType = "unknown_type", "the type is one that intake takes (schemas/README.md)",
        "this type of event is not taken here; check its spelling and version",
        "এই ধরনের ইভেন্ট এখানে নেওয়া হয় না; বানান ও সংস্করণ দেখুন";
    /// Against the schema.
    Schema = "schema", "the data follow the event's schema and the service's own schema",
        "the field does not follow the schema; correct it and send the event again",
        "ঘরটি নিয়ম মতো পূরণ হয়নি; ঠিক করে আবার পাঠান";
    /// No such department.
    UnknownDepartment = "unknown_department", "the department is in the catalogue",
        "no department has this code; see schemas/catalogue/departments.csv",
        "এই কোডের কোনো বিভাগ নেই";
    /// Another department's matter.
    ForeignDepartment = "foreign_department", "a department speaks for itself only",
        "the sender is not the department that the event names",
        "প্রেরক এই ইভেন্টের বিভাগ নন";
    /// No such service.
    UnknownService = "unknown_service", "the service is the department's own",
        "this department has no such service; check its slug, or add its folder",
        "এই বিভাগের এই নামে কোনো পরিষেবা নেই; নামটি মিলিয়ে দেখুন";
    /// No such centre.
    UnknownBsk = "unknown_bsk", "the BSK is in the catalogue",
        "no BSK has this code; see schemas/catalogue/bsks.csv",
        "এই কোডের কোনো বাংলা সহায়তা কেন্দ্র নেই";
    /// Times that contradict each other.
    DateOrder = "date_order", "times follow each other: the Act (2013), submitted, then approved; valid from, then until; a service's own days as it says",
        "the times contradict each other; correct the earlier or the later one",
        "তারিখগুলির ক্রম ঠিক নেই";
    /// A time that has not come.
    DateFuture = "date_future", "an act lies in the past, with five minutes' grace, and what an approval tells of lies before it",
        "the time or day had not come; correct it, or check the clock of the sending machine",
        "সময় বা তারিখটি তখনও আসেনি; ঠিক করুন, অথবা প্রেরক যন্ত্রের ঘড়ি দেখুন";
    /// Text nobody can print.
    BadText = "bad_text", "text has no control or bidirectional characters and something to print, and of an approval each letter can be drawn",
        "the text holds a control or bidirectional character, a lone surrogate, a letter that cannot be drawn, or nothing printable; correct it",
        "লেখায় নিয়ন্ত্রণ চিহ্ন বা ছাপা যায় না এমন অক্ষর আছে, অথবা ছাপার মতো কিছু নেই; ঠিক করুন";
    /// The same again with other contents.
    Conflict = "conflict", "one key and one application have one contents",
        "the same event or application is here already with other contents; send a correction under a new application number",
        "একই আবেদন অন্য তথ্যসহ আগেই এসেছে; সংশোধন নতুন আবেদন নম্বরে পাঠান";
    /// An office that the department's directory does not know.
    UnknownOffice = "unknown_office", "the office is in the department's directory, where the department asks for it",
        "the department's directory has no such office at that time; correct the code, or load a directory that has it",
        "বিভাগের নির্দেশিকায় ওই সময়ে এই কার্যালয় নেই; কোড ঠিক করুন, অথবা কার্যালয়টি সহ নির্দেশিকা তুলুন";
    /// An officer who was not in charge.
    OfficerNotInCharge = "officer_not_in_charge",
        "the officer is in charge of the application's office when the event happens, where the department asks for it",
        "by the department's directory this officer was not in charge of the office at that time; correct the officer or the time, or load a directory that has the charge",
        "বিভাগের নির্দেশিকা অনুযায়ী ওই সময়ে এই আধিকারিক কার্যালয়ের দায়িত্বে ছিলেন না; আধিকারিক বা সময় ঠিক করুন, অথবা দায়িত্বটি সহ নির্দেশিকা তুলুন";
    /// A number with a wrong check.
    UinMistyped = "uin_mistyped", "a UIN is sent in canonical form with right check characters (ISO/IEC 7064)",
        "the number is not a UIN in canonical form",
        "নম্বরটি সঠিক UIN নয়";
    /// Another department's number.
    UinForeign = "uin_foreign", "a department ascribes numbers of its own letters only",
        "the number belongs to another department",
        "নম্বরটি অন্য বিভাগের";
    /// A number nobody reserved.
    UinNotReserved = "uin_not_reserved", "an ascribed number comes from a block reserved here",
        "the number was not reserved here; reserve a block with `mohor uins reserve` or POST /api/v1/uins",
        "নম্বরটি এখানে সংরক্ষিত নয়";
    /// A number already given.
    UinTaken = "uin_taken", "a number is given to one application, for ever",
        "the number belongs to another application already",
        "নম্বরটি অন্য আবেদনকে দেওয়া হয়েছে";
    /// No such application.
    UnknownApplication = "unknown_application", "the application is known",
        "no application of this department has this number",
        "এই নম্বরের কোনো আবেদন নেই";
    /// No such certificate.
    UnknownUin = "unknown_uin", "the certificate named is a live one of the same department and service",
        "the department has no live certificate with this number",
        "বিভাগের এই নম্বরের কোনো বৈধ শংসাপত্র নেই";
    /// No such stage.
    UnknownStage = "unknown_stage", "a stage is one of the service's own (schemas/catalogue/limits.csv)",
        "the service has no stage of this name; name one of its own",
        "এই পরিষেবার এই নামে কোনো পর্যায় নেই; পরিষেবাটির নিজের একটি পর্যায়ের নাম দিন";
    /// Not possible now.
    WrongState = "wrong_state", "the application or certificate is in a state that allows this",
        "the application has been decided otherwise already; of approved and rejected the first recorded holds",
        "আবেদনটির সিদ্ধান্ত আগেই অন্যভাবে নথিভুক্ত হয়েছে";
    /// One person twice.
    SamePerson = "same_person", "a second person confirms",
        "the second person must be somebody else",
        "দ্বিতীয় ব্যক্তিকে অন্য কেউ হতে হবে";
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == word)
            .ok_or_else(|| serde::de::Error::custom(format!("`{word}` is no refusal code")))
    }
}

/// Characters of a pointer, at most: `pointer` in `schemas/events/common.v1.schema.json`.
pub const MAX_POINTER: usize = 1000;

/// One refusal: the answer to one event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The stable code.
    pub code: Code,
    /// JSON Pointer (RFC 6901) of the field in the event; empty for the whole.
    pub pointer: String,
    /// The rule that was broken.
    pub rule: String,
    /// What it means and what to do next.
    pub reason_en: String,
    /// The same in Bengali.
    pub reason_bn: String,
}

impl Refusal {
    /// A refusal of the field at `pointer` in the code's own words. A pointer longer than the contract has it
    /// ([`MAX_POINTER`]: somebody made up the names) gives way to that of the nearest member around it.
    pub fn new(code: Code, pointer: impl Into<String>) -> Self {
        let mut pointer: String = pointer.into();
        while pointer.chars().count() > MAX_POINTER {
            pointer.truncate(pointer.rfind('/').unwrap_or_default());
        }
        Self {
            code,
            pointer,
            rule: code.rule().into(),
            reason_en: code.words_en().into(),
            reason_bn: code.words_bn().into(),
        }
    }

    /// Adds what exactly is wrong; the words must not repeat what the sender wrote (it may be a person's name).
    #[must_use]
    pub fn detail(mut self, words: impl AsRef<str>) -> Self {
        self.reason_en = format!("{} ({})", self.reason_en, words.as_ref());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_distinct_and_read_back() {
        for code in Code::ALL {
            let text = serde_json::to_string(code).unwrap();
            assert_eq!(serde_json::from_str::<Code>(&text).unwrap(), *code);
        }
        let words: std::collections::BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(words.len(), Code::ALL.len());
    }
}
