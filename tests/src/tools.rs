//! Tools that others wrote: PDF readers, bar-code readers, Python. `./infra/test` installs them.

use crate::tree;
use mohor_ports::suite::need;
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// What a tool said: all of standard output and standard error, and whether it was content.
#[derive(Debug)]
pub struct Said {
    /// Both streams, one after the other.
    pub words: String,
    /// It ended with 0.
    pub content: bool,
}

/// A tool, not yet started. What others wrote this test has asked for; what is named by a path of the tree is ours.
pub fn command(tool: &str) -> Command {
    if !tool.contains('/') || Path::new(tool).starts_with(folder()) {
        need::assert_asked(tool);
    }
    Command::new(tool)
}

/// Runs a tool to its end.
pub fn run<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(tool: &str, arguments: I) -> Said {
    let output = command(tool).args(arguments).output();
    let Output { status, stdout, stderr } =
        output.unwrap_or_else(|error| panic!("{tool}: {error}; ./infra/test installs what is missing"));
    let words = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    Said { words, content: status.success() }
}

/// Runs a tool that has to be content; gives its words.
pub fn must<I: IntoIterator<Item = A>, A: AsRef<OsStr>>(tool: &str, arguments: I) -> String {
    let said = run(tool, arguments);
    assert!(said.content, "{tool}: {}", said.words);
    said.words
}

/// The folder that `./infra/test` installs into.
pub fn folder() -> PathBuf {
    std::env::var_os("MOHOR_TOOLS_DIR").map_or_else(|| tree::root().join("target/tools"), PathBuf::from)
}

/// A program of the Python environment that `./infra/test` makes.
pub fn python(program: &str) -> String {
    folder().join("python/bin").join(program).to_string_lossy().into_owned()
}

/// The folder of Node packages that `./infra/test` installs under this name.
pub fn packages(name: &str) -> PathBuf {
    folder().join(name).join("node_modules")
}

/// Whether the tools are there. Without them a quick run passes this test over and says so; any other run fails.
pub fn ready(tools: &[&str]) -> bool {
    need::tools(tools)
}

/// Text without any white space: extraction puts a stray space after some Bengali clusters. Nor with the places where a
/// word that is longer than its line may break.
pub fn closed_up(text: &str) -> String {
    text.chars().filter(|character| !character.is_whitespace() && *character != '\u{200b}').collect()
}

/// The text of a PDF, closed up.
pub fn text_of_pdf(pdf: &Path) -> String {
    closed_up(&must("pdftotext", [pdf.as_os_str(), OsStr::new("-")]))
}

/// The text of a PDF in the order in which it was laid out, closed up: tables row by row.
pub fn rows_of_pdf(pdf: &Path) -> String {
    closed_up(&must("pdftotext", ["-raw".as_ref(), pdf.as_os_str(), OsStr::new("-")]))
}

/// The seal of a PDF holds for pyHanko and for poppler.
pub fn assert_sealed(pdf: &Path, trust: &Path) {
    let validate = ["sign", "validate", "--pretty-print", "--no-revocation-check", "--trust"];
    let arguments = validate.iter().map(OsStr::new).chain([trust.as_os_str(), pdf.as_os_str()]);
    let said = must(&python("pyhanko"), arguments);
    assert!(said.contains("The signature is judged VALID."), "{said}");
    let said = must("pdfsig", [pdf]);
    assert!(said.contains("Signature is Valid") && said.contains("Total document signed"), "{said}");
}

/// The text of the QR code on a PDF's page, printed at 100 dpi.
pub fn qr_of_pdf(pdf: &Path, folder: &Path) -> String {
    let picture = folder.join(pdf.file_stem().unwrap_or_default());
    must(
        "pdftoppm",
        [
            OsStr::new("-r"),
            "100".as_ref(),
            "-png".as_ref(),
            "-singlefile".as_ref(),
            pdf.as_os_str(),
            picture.as_os_str(),
        ],
    );
    let picture = picture.with_extension("png");
    must(
        "zbarimg",
        [OsStr::new("-q"), "--raw".as_ref(), "-Sdisable".as_ref(), "-Sqrcode.enable".as_ref(), picture.as_os_str()],
    )
    .lines()
    .next()
    .unwrap_or_default()
    .to_owned()
}
