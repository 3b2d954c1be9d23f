//! Where an application stands, in one word, and what that means for whoever applied.

use super::view::{Seen, Words};
use mohor_domain::{application::State, certificate::Standing};

/// Where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stand {
    Received,
    /// Whether the time limit stands meanwhile.
    Deficient(bool),
    Making,
    AtCentre,
    Online,
    Returned,
    HandedOver,
    Fetched,
    Provided,
    Rejected,
    Withdrawn,
    Stopped(Words, Words),
}

/// Where it stands, by state, memos, certificate and centre.
pub(super) fn stand(seen: &Seen) -> Stand {
    let record = &seen.record;
    match record.state {
        State::Rejected => return Stand::Rejected,
        State::Withdrawn => return Stand::Withdrawn,
        State::Provided => return Stand::Provided,
        State::Pending if seen.paused() => return Stand::Deficient(true),
        State::Pending if seen.memo_stands() => return Stand::Deficient(false),
        State::Pending => return Stand::Received,
        State::Approved => (),
    }
    let Some(certificate) = seen.certificate.as_ref().filter(|_| record.ready_at.is_some()) else {
        return Stand::Making;
    };
    match certificate.standing {
        Standing::Suspended => Stand::Stopped(("Suspended", "স্থগিত"), super::SUSPENDED),
        Standing::Revoked => Stand::Stopped(("Revoked", "বাতিল"), super::REVOKED),
        Standing::Superseded => Stand::Stopped(("Replaced by a correction", "সংশোধিত হয়েছে"), super::SUPERSEDED),
        Standing::Live if record.handed.is_some() => Stand::HandedOver,
        Standing::Live if seen.named.tracked.delivered => Stand::Fetched,
        Standing::Live if seen.returned_at().is_some() => Stand::Returned,
        Standing::Live if certificate.notice.is_some() => Stand::AtCentre,
        Standing::Live => Stand::Online,
    }
}

/// Tone, a word for programs, what stands above and what it means.
pub(super) fn words(stand: Stand) -> (&'static str, &'static str, Words, Words) {
    match stand {
        Stand::Received => (
            "open",
            "received",
            ("Received", "গৃহীত হয়েছে"),
            ("The department has the application and has not decided yet.", "বিভাগ আবেদনটি পেয়েছে, এখনও সিদ্ধান্ত নেয়নি।"),
        ),
        Stand::Deficient(false) => (
            "mind",
            "deficient",
            ("A defect waits for your answer", "ত্রুটির জবাব বাকি আছে"),
            (
                "The department has found a defect. The time limit goes on while it is rectified.",
                "বিভাগ একটি ত্রুটি পেয়েছে। সংশোধনের সময়ও সময়সীমার গণনা চলতে থাকবে।",
            ),
        ),
        Stand::Deficient(true) => (
            "mind",
            "deficient",
            ("Stands because of a defect", "ত্রুটির জন্য থেমে আছে"),
            (
                "The department has found a defect. The time limit stands still until it is rectified.",
                "বিভাগ একটি ত্রুটি পেয়েছে। সংশোধন না হওয়া পর্যন্ত সময়সীমার গণনা থেমে থাকবে।",
            ),
        ),
        Stand::Making => (
            "good",
            "making",
            ("Approved, the certificate is being made", "অনুমোদিত, শংসাপত্র তৈরি হচ্ছে"),
            (
                "The department has approved the application; the certificate is in the making.",
                "বিভাগ আবেদন অনুমোদন করেছে; শংসাপত্র তৈরি হচ্ছে।",
            ),
        ),
        Stand::AtCentre => (
            "good",
            "ready",
            ("Ready at the centre", "কেন্দ্রে প্রস্তুত"),
            ("The certificate is ready at the centre named below.", "নীচে লেখা কেন্দ্রে শংসাপত্র প্রস্তুত।"),
        ),
        Stand::Online => (
            "good",
            "online",
            ("Ready to be fetched here", "এখানে ডাউনলোডের জন্য প্রস্তুত"),
            ("The certificate is ready and can be fetched here.", "শংসাপত্র প্রস্তুত, এখান থেকে ডাউনলোড করা যায়।"),
        ),
        Stand::Returned => (
            "mind",
            "returned",
            ("Went back to the department", "বিভাগে ফেরত গেছে"),
            (
                "Nobody came for the certificate, and the centre has returned it.",
                "কেউ নিতে আসেননি বলে কেন্দ্র শংসাপত্রটি ফেরত দিয়েছে।",
            ),
        ),
        Stand::HandedOver => (
            "good",
            "handed_over",
            ("Handed over", "হস্তান্তরিত"),
            ("The certificate was handed over.", "শংসাপত্র হস্তান্তর করা হয়েছে।"),
        ),
        Stand::Fetched => (
            "good",
            "fetched",
            ("Fetched", "ডাউনলোড হয়েছে"),
            ("The certificate was fetched.", "শংসাপত্র ডাউনলোড করা হয়েছে।"),
        ),
        Stand::Provided => (
            "good",
            "provided",
            ("Provided", "পরিষেবা দেওয়া হয়েছে"),
            (
                "The department has approved the application; the service ends in no certificate.",
                "বিভাগ আবেদন অনুমোদন করেছে; এই পরিষেবায় কোনো শংসাপত্র নেই।",
            ),
        ),
        Stand::Rejected => (
            "bad",
            "rejected",
            ("Rejected", "প্রত্যাখ্যাত"),
            ("The department has rejected the application.", "বিভাগ আবেদন প্রত্যাখ্যান করেছে।"),
        ),
        Stand::Withdrawn => {
            ("open", "withdrawn", ("Withdrawn", "প্রত্যাহৃত"), ("The application was withdrawn.", "আবেদন প্রত্যাহার করা হয়েছে।"))
        }
        Stand::Stopped(head, meaning) => ("mind", "stopped", head, meaning),
    }
}
