//! What lies at a centre: where a certificate stands there, and what was done with its document.

use crate::words::words;

words! {
    /// Where a certificate stands at its centre.
    TrayState {
        /// It waits, and nobody has printed it.
        Ready = "ready",
        /// It was printed and waits for whoever fetches it.
        Printed = "printed",
        /// It was handed over.
        HandedOver = "handed_over",
        /// Nobody fetched it, and it went back to the department.
        Returned = "returned",
    }
}

words! {
    /// What the sealed document was given out for.
    PrintKind {
        /// To be looked at.
        Opened = "opened",
        /// To be printed.
        Printed = "printed",
    }
}
