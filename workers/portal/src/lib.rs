//! mohor-portal
