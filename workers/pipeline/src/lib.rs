//! mohor-pipeline
