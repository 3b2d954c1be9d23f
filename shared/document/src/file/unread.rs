//! Why there is no verdict.

/// What was handed over cannot be read. It is no verdict: it says nothing for or against any certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// A QR code's text that ends before its end.
    #[error(
        "the link of the QR code is not whole: its end is missing, as when it is cut on its way; scan the code on the paper \
         again, or key in the number"
    )]
    CutOff,
    /// A file of no bytes.
    #[error("the file is empty; choose the PDF as it was received, or a picture of the paper")]
    Empty,
    /// A kind of file that is not read.
    #[error(
        "the file is {0}, which is not read; give the PDF as it was received, or a picture of the paper as JPEG, PNG, WebP, \
         GIF or BMP, or key in the number"
    )]
    Kind(&'static str),
    /// A picture with more pixels than are looked at.
    #[error("the picture has too many pixels; give one of at most 60 million, or key in the number")]
    Large,
    /// A picture that is damaged.
    #[error("the picture is damaged or not whole; take it again, or key in the number")]
    Damaged,
    /// A picture without a code that can be read.
    #[error(
        "no QR code can be read on the picture: there is none, or it is too small or blurred; take it again, straight and in \
         good light, or key in the number"
    )]
    NoCode,
    /// Codes of several certificates on one picture.
    #[error("there are QR codes of several certificates on it; show one at a time, or key in the number")]
    Several,
    /// A PDF under a password that bears no mark of ours.
    #[error(
        "the PDF is locked with a password, so nothing in it can be read; give the file as it was received, or key in the \
         number"
    )]
    Locked,
    /// A PDF that is a picture of paper, without a code that can be read.
    #[error(
        "the PDF is a scan, a picture of paper, and no QR code can be read on it; give the PDF as it was received, or a \
         picture of the QR code, or key in the number"
    )]
    Scan,
}

impl Unread {
    /// The same in Bengali.
    pub fn words_bn(&self) -> &'static str {
        match self {
            Self::CutOff => {
                "QR কোডের লিঙ্কটি সম্পূর্ণ নয়: শেষের অংশ নেই, পথে কেটে গেলে এমন হয়; কাগজের কোডটি আবার স্ক্যান করুন, অথবা নম্বরটি লিখুন"
            }
            Self::Empty => "ফাইলটি খালি; যেমন পাওয়া গিয়েছিল সেই PDF, অথবা কাগজের ছবি বাছুন",
            Self::Kind(_) => {
                "এই ধরনের ফাইল পড়া হয় না; যেমন পাওয়া গিয়েছিল সেই PDF, অথবা JPEG, PNG, WebP, GIF বা BMP হিসেবে কাগজের ছবি দিন, অথবা নম্বরটি লিখুন"
            }
            Self::Large => "ছবিটিতে পিক্সেল খুব বেশি; সর্বাধিক ৬ কোটি পিক্সেলের ছবি দিন, অথবা নম্বরটি লিখুন",
            Self::Damaged => "ছবিটি নষ্ট বা অসম্পূর্ণ; আবার তুলুন, অথবা নম্বরটি লিখুন",
            Self::NoCode => {
                "ছবিতে কোনো QR কোড পড়া যাচ্ছে না: হয় নেই, নয়তো খুব ছোট বা অস্পষ্ট; সোজা করে ভালো আলোয় আবার তুলুন, অথবা নম্বরটি লিখুন"
            }
            Self::Several => "এতে একাধিক শংসাপত্রের QR কোড আছে; একবারে একটি দেখান, অথবা নম্বরটি লিখুন",
            Self::Locked => {
                "PDF-টি পাসওয়ার্ড দিয়ে বন্ধ, তাই ভিতরের কিছু পড়া যাচ্ছে না; যেমন পাওয়া গিয়েছিল সেই ফাইলটি দিন, অথবা নম্বরটি লিখুন"
            }
            Self::Scan => {
                "PDF-টি কাগজের স্ক্যান বা ছবি, তাতে কোনো QR কোড পড়া যাচ্ছে না; যেমন পাওয়া গিয়েছিল সেই PDF বা QR কোডের ছবি দিন, অথবা নম্বরটি লিখুন"
            }
        }
    }
}
