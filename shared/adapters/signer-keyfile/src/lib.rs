//! mohor-signer-keyfile
