//! What people hold against a seal: poppler's pdfsig and pyHanko.

use super::{sample::signer, *};
use mohor_ports::suite::need;
use std::{
    path::{Path, PathBuf},
    process::Command,
};

const PDFSIG: &str = "pdfsig";

/// pyHanko's program, if it and pdfsig are there.
fn tools() -> Option<String> {
    let home =
        || std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
    let folder = std::env::var_os("MOHOR_TOOLS_DIR").map_or_else(|| home().join("../../target/tools"), PathBuf::from);
    let pyhanko = folder.join("python/bin/pyhanko").to_string_lossy().into_owned();
    need::tools(&[PDFSIG, &pyhanko]).then_some(pyhanko)
}

/// What a tool says, and whether it ends well.
fn said(command: &mut Command) -> (bool, String) {
    let output = command.output().unwrap();
    let words = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&words).into_owned())
}

#[test]
fn other_readers_accept_the_seal_and_refuse_a_flipped_byte() {
    let Some(pyhanko) = tools() else { return };
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, name) in BOTH {
        let keys = folder.path().join(name);
        let signer = signer(&keys, algorithm);
        let cases = FILTERS.map(|filter| (filter, rendered(true)));
        for (case, (filter, pdf)) in cases.into_iter().chain([(FILTERS[0], table(true))]).enumerate() {
            let (sealed, _, _) = seal(&pdf, &signer, filter);
            let mut flipped = sealed.clone();
            flipped[pdf.len() / 2] ^= 1;
            let good = folder.path().join(format!("{name}-{case}.pdf"));
            let bad = folder.path().join(format!("{name}-{case}-flipped.pdf"));
            std::fs::write(&good, &sealed).unwrap();
            std::fs::write(&bad, &flipped).unwrap();
            let validate = |path: &Path| {
                let options = ["sign", "validate", "--no-revocation-check", "--pretty-print", "--trust"];
                said(Command::new(&pyhanko).args(options).arg(keys.join("root.pem")).arg(path))
            };
            let (_, words) = said(Command::new(PDFSIG).arg(&good));
            assert!(
                words.contains("Signature is Valid") && words.contains("Total document signed"),
                "{name} {case} {words}"
            );
            let (_, words) = said(Command::new(PDFSIG).arg(&bad));
            assert!(!words.contains("Signature is Valid"), "{name} {case} {words}");
            let (accepted, words) = validate(&good);
            assert!(accepted && words.contains("The signature is judged VALID."), "{name} {case} {words}");
            let (accepted, words) = validate(&bad);
            assert!(!accepted, "{name} {case} {words}");
        }
    }
}
