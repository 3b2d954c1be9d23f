//! mohor-runtime
