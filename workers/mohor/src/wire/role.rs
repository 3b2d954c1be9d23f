//! The roles of the program.

/// What a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers departments' events.
    Intake,
    /// Fixes UIN and plan.
    Mint,
    /// Signs credentials.
    Sign,
    /// Renders, seals, puts.
    Store,
    /// Tells the BSK.
    Notify,
    /// Fires what is due by a limit.
    Sla,
    /// Pages and API.
    Portal,
    /// Re-drives what stands still.
    Reconcile,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 8] =
        [Self::Intake, Self::Mint, Self::Sign, Self::Store, Self::Notify, Self::Sla, Self::Portal, Self::Reconcile];
}
