//! Lists the tree of schemas as a table of paths and bytes.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

/// The crate's own files: no contracts.
const OWN: [&str; 4] = ["Cargo.toml", "build.rs", "src", "target"];

fn main() -> Result<(), Box<dyn Error>> {
    // A folder stands for everything below it: an added, changed or removed file is noticed.
    println!("cargo::rerun-if-changed=.");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let mut files = Vec::new();
    gather(&root, "", &mut files)?;
    files.sort();

    let mut table = String::from(
        "/// Every file: its path below `schemas/` with `/` between the parts, and its bytes. Sorted by path.\n\
         pub static FILES: &[(&str, &[u8])] = &[\n",
    );
    for file in &files {
        writeln!(table, "    ({file:?}, include_bytes!({:?})),", root.join(file))?;
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("files.rs"), table)?;
    Ok(())
}

/// Adds the paths of the files in `folder`, leaving out hidden ones and editors' copies.
fn gather(folder: &Path, prefix: &str, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| io::Error::other(format!("{}: {} is no UTF-8 name", folder.display(), name.display())))?;
        if name.starts_with('.') || name.ends_with('~') || (prefix.is_empty() && OWN.contains(&name.as_str())) {
            continue;
        }
        let path = format!("{prefix}{name}");
        if entry.path().is_dir() {
            gather(&entry.path(), &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
