//! mohor-schemas
