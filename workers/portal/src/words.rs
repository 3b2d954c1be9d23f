//! Verdicts in words: what was found, and what to do next. Only a PDF is ever called unaltered.

use crate::judge::{Finding, Means};
use mohor_domain::{certificate::Verdict, civil::digits_bn, uin::UinError};

/// The same words in both languages.
pub(crate) struct Words {
    pub en: String,
    pub bn: String,
}

fn words(en: impl Into<String>, bn: impl Into<String>) -> Words {
    Words { en: en.into(), bn: bn.into() }
}

/// The paragraphs below a verdict.
pub(crate) fn explain(finding: &Finding, host: &str) -> Vec<Words> {
    let mut paragraphs = vec![what_it_means(finding)];
    if finding.is_specimen() {
        // Before all else: whoever takes the word off the print has a paper that verifies.
        paragraphs.insert(0, specimen());
    }
    if finding.document.is_some() {
        paragraphs.push(words(
            "It is no certificate, and says nothing of how the matter ended. It was true when it was made; a newer one may \
             have taken its place.",
            "এটি শংসাপত্র নয়, এবং বিষয়টির নিষ্পত্তি সম্পর্কে কিছু বলে না। তৈরির সময় এটি সঠিক ছিল; পরে নতুন একটি এর জায়গা নিয়ে থাকতে পারে।",
        ));
    }
    if finding.certificate.is_some() || finding.document.is_some() {
        paragraphs.push(how_far_it_goes(finding.means));
    }
    if let Some(other) = &finding.other_host {
        paragraphs.push(words(
            format!(
                "Beware: the code sends people to {other}. The only genuine address is {host}. Tell the department."
            ),
            format!("সাবধান: কোডটি {other} ঠিকানায় পাঠায়। একমাত্র আসল ঠিকানা {host}। বিভাগকে জানান।"),
        ));
    }
    paragraphs
}

fn specimen() -> Words {
    words(
        "SPECIMEN: it was made for a trial and is sealed by no licensed authority. It certifies nothing; do not accept it.",
        "নমুনা: এটি পরীক্ষামূলকভাবে তৈরি, কোনো লাইসেন্সপ্রাপ্ত কর্তৃপক্ষের সিল এতে নেই। এটি কিছুই প্রমাণ করে না; গ্রহণ করবেন না।",
    )
}

/// How far the evidence carries.
fn how_far_it_goes(means: Means) -> Words {
    match means {
        Means::Number => words(
            "A number alone says only that a certificate was issued. Compare each fact below with the paper.",
            "শুধু নম্বর থেকে কেবল জানা যায় যে একটি শংসাপত্র দেওয়া হয়েছিল। নীচের প্রতিটি তথ্য কাগজের সঙ্গে মিলিয়ে দেখুন।",
        ),
        Means::Qr => words(
            "The QR code is genuine: it was issued. The paper around it may still be copied or changed. Compare each fact \
             below with the paper.",
            "QR কোডটি আসল: এটি দেওয়া হয়েছিল। তবু কাগজটি নকল বা পরিবর্তিত হতে পারে। নীচের প্রতিটি তথ্য কাগজের সঙ্গে মিলিয়ে দেখুন।",
        ),
        Means::Pdf => words(
            "This file is unaltered: every byte is as it was issued. A print of it may differ; keep the file.",
            "ফাইলটি অপরিবর্তিত: প্রতিটি বাইট যেমন দেওয়া হয়েছিল তেমনই আছে। ছাপা কাগজ আলাদা হতে পারে; ফাইলটি রেখে দিন।",
        ),
    }
}

fn what_it_means(finding: &Finding) -> Words {
    match (finding.verdict, finding.means) {
        (Verdict::Mistyped, _) => match finding.mistake {
            Some(mistake) => typing_error(mistake),
            None => words("Key the number in again.", "নম্বরটি আবার লিখুন।"),
        },
        (Verdict::Altered, Means::Qr) => words(
            "The QR code names a key of ours, but its signature does not fit: it was changed or forged. Do not rely on \
             this paper; show it to the department.",
            "QR কোডে আমাদের চাবির উল্লেখ আছে, কিন্তু স্বাক্ষর মিলছে না: এটি বদলানো বা জাল করা হয়েছে। এই কাগজের উপর নির্ভর করবেন না; বিভাগকে দেখান।",
        ),
        (Verdict::Altered, _) => words(
            "The file bears our marks, but it is not a file that was issued: it was changed afterwards. Opening and saving \
             a PDF, or putting a password on it, also changes it; ask for the file as it was received.",
            "ফাইলটিতে আমাদের চিহ্ন আছে, কিন্তু এটি দেওয়া ফাইলের সমান নয়: পরে বদলানো হয়েছে। PDF খুলে আবার সেভ করলে বা পাসওয়ার্ড দিলেও তা বদলে যায়; যেমন পাওয়া গিয়েছিল সেই ফাইলটি চান।",
        ),
        (Verdict::NotIssuedHere, Means::Number) => words(
            "The number is well formed, but no certificate was issued under it. Compare it once more with the paper.",
            "নম্বরটির গঠন ঠিক, কিন্তু এই নম্বরে কোনো শংসাপত্র দেওয়া হয়নি। কাগজের সঙ্গে আর একবার মিলিয়ে দেখুন।",
        ),
        (Verdict::NotIssuedHere, Means::Qr) => words(
            "This QR code was not made here. Key in the number printed on the paper to check that too.",
            "এই QR কোড এখানে তৈরি নয়। কাগজে ছাপা নম্বরটিও লিখে যাচাই করুন।",
        ),
        (Verdict::NotIssuedHere, Means::Pdf) => words(
            "This file was not issued here. A file that another program has printed or made anew is another file: key in the \
             number instead.",
            "এই ফাইল এখান থেকে দেওয়া হয়নি। অন্য প্রোগ্রামে ছাপা বা নতুন করে তৈরি ফাইল আলাদা ফাইল: তার নম্বরটি লিখুন।",
        ),
        (Verdict::CannotCheckNow, Means::Qr) if finding.signature_valid => words(
            "The signature in the QR code is valid, but whether the certificate still holds cannot be looked up now. Try \
             again in a few minutes.",
            "QR কোডের স্বাক্ষর সঠিক, কিন্তু শংসাপত্রটি এখনও বহাল কি না তা এই মুহূর্তে দেখা যাচ্ছে না। কয়েক মিনিট পরে আবার চেষ্টা করুন।",
        ),
        (Verdict::CannotCheckNow, _) => words(
            "The register cannot be reached. This says nothing about the certificate. Try again in a few minutes.",
            "নথিভাণ্ডারে এই মুহূর্তে পৌঁছানো যাচ্ছে না। এতে শংসাপত্র সম্পর্কে কিছুই বোঝায় না। কয়েক মিনিট পরে আবার চেষ্টা করুন।",
        ),
        (Verdict::Revoked, _) => words(
            "It was issued, and the department has withdrawn it for good. Do not accept it.",
            "এটি দেওয়া হয়েছিল, কিন্তু বিভাগ স্থায়ীভাবে প্রত্যাহার করেছে। গ্রহণ করবেন না।",
        ),
        (Verdict::Suspended, _) => words(
            "It was issued, and the department has suspended it while it looks into the matter. Do not rely on it now.",
            "এটি দেওয়া হয়েছিল, কিন্তু বিষয়টি খতিয়ে দেখার জন্য বিভাগ স্থগিত রেখেছে। এখন এর উপর নির্ভর করবেন না।",
        ),
        (Verdict::GenuineSuperseded, _) => words(
            "It was issued, and a corrected certificate has taken its place. Ask for the newer one.",
            "এটি দেওয়া হয়েছিল, পরে একটি সংশোধিত শংসাপত্র এর জায়গা নিয়েছে। নতুনটি চান।",
        ),
        (Verdict::GenuineExpired, _) => {
            words("It was issued, and its period of validity is over.", "এটি দেওয়া হয়েছিল, কিন্তু এর মেয়াদ শেষ হয়েছে।")
        }
        (Verdict::Genuine, _) if finding.document.is_some() => words(
            "It was issued here, by the office named below.",
            "এটি এখান থেকে দেওয়া হয়েছে, দিয়েছে নীচে উল্লিখিত দপ্তর।",
        ),
        (Verdict::Genuine, _) => words(
            "It was issued by the department named below and is in force.",
            "এটি নীচে উল্লিখিত বিভাগ দিয়েছে এবং এটি বহাল আছে।",
        ),
    }
}

fn typing_error(mistake: UinError) -> Words {
    let en = format!("{}.", capital(&mistake.to_string()));
    let bn = match mistake {
        UinError::Length(length) => {
            format!("একটি নম্বরে ১৬টি অক্ষর ও অঙ্ক থাকে, এটিতে আছে {}টি।", digits_bn(&length.to_string()))
        }
        UinError::Character(place) => {
            format!("{} নম্বর জায়গার অক্ষরটি সেখানে থাকতে পারে না।", digits_bn(&place.to_string()))
        }
        UinError::Check => "যাচাই অক্ষর মিলছে না: এক বা একাধিক অক্ষর ভুল লেখা হয়েছে।".into(),
    };
    words(
        format!("{en} Compare it with the paper and key it in again; nothing was looked up."),
        format!("{bn} কাগজের সঙ্গে মিলিয়ে আবার লিখুন; কিছু খোঁজা হয়নি।"),
    )
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
