//! mohor-document
