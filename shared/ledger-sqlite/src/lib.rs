//! mohor-ledger-sqlite
