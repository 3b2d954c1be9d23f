//! mohor-vault-folder
