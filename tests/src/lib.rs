//! mohor-tests
