//! What a test needs that a machine may lack: servers, other people's tools, the right to mount a disk.
//!
//! A test that cannot be carried out must not look as if it had passed. Every test that may be passed over asks here.

use std::{
    cell::RefCell,
    collections::BTreeSet,
    io::Write,
    path::{Path, PathBuf},
    process::Command,
};

/// Whether something is there. Without it a quick run passes the test over and says so; any other run fails, with
/// `advice`.
pub fn there(is: bool, what: &str, advice: &str) -> bool {
    if is {
        return true;
    }
    assert!(std::env::var_os("MOHOR_QUICK").is_some(), "{what} is missing: {advice}");
    let thread = std::thread::current();
    // Past the harness, which keeps what a test that passes prints to itself.
    let said = writeln!(std::io::stderr(), "SKIPPED {}: {what} is missing", thread.name().unwrap_or("a test"));
    said.expect("standard error");
    false
}

thread_local! {
    static ASKED: RefCell<BTreeSet<String>> = RefCell::default();
}

/// Whether the tools are there: programs by name, or files by path. Remembers that this test asked.
pub fn tools(names: &[&str]) -> bool {
    ASKED.with_borrow_mut(|asked| asked.extend(names.iter().map(ToString::to_string)));
    let missing: Vec<&&str> = names.iter().filter(|name| !found(name)).collect();
    there(missing.is_empty(), &format!("{missing:?}"), "run ./infra/test, which installs them")
}

/// This test has asked for the tool, and so is passed over where it is not. In every run: whoever forgets to ask is told
/// where all tools are there, and not on a machine without them.
pub fn assert_asked(name: &str) {
    let asked = ASKED.with_borrow(|asked| asked.contains(name));
    assert!(asked, "this test uses {name} and has not asked whether it is there: `need::tools`");
}

fn found(name: &str) -> bool {
    if name.contains('/') {
        return Path::new(name).is_file();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

/// A disk of its own in memory, unmounted at the end.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    /// One of this size (as `mount` has it: `4m`) over a folder; none in a quick run of somebody who may not mount.
    pub fn over(folder: &Path, size: &str) -> Option<Self> {
        let mounted = as_root("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "mohor-test"], folder);
        there(mounted, "the right to mount a disk", "run as root, or as somebody whose sudo asks for no password")
            .then(|| Self(folder.to_owned()))
    }

    /// Makes it larger.
    pub fn grow(&self, size: &str) {
        assert!(as_root("mount", &["-o", &format!("remount,size={size}")], &self.0), "it grows to {size}");
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        as_root("umount", &["-l"], &self.0);
    }
}

fn as_root(program: &str, arguments: &[&str], folder: &Path) -> bool {
    let ran = |command: &mut Command| command.args(arguments).arg(folder).output().is_ok_and(|it| it.status.success());
    ran(&mut Command::new(program)) || ran(Command::new("sudo").args(["-n", program]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_used_and_what_was_not_asked_for_is_not() {
        assert!(there(true, "the sky", "look up"));
        assert!(tools(&["sh", "/proc/self/exe"]));
        assert_asked("sh");
        assert!(std::panic::catch_unwind(|| assert_asked("ls")).is_err(), "`ls` was not asked for");
        // Another test has asked for nothing yet.
        let other = std::thread::spawn(|| assert_asked("sh")).join();
        assert!(other.is_err());
    }

    /// The switch is of the process: the test asks itself, as another process, in either kind of run.
    #[test]
    fn what_is_missing_fails_and_is_passed_over_in_a_quick_run_only() {
        let myself = std::env::current_exe().expect("this program");
        let run = |quick: bool| {
            let mut command = Command::new(&myself);
            command.args(["--exact", "suite::need::tests::asks_for_what_is_nowhere"]);
            command.env("MOHOR_NEED_ASKS", "1").env_remove("MOHOR_QUICK").envs(quick.then_some(("MOHOR_QUICK", "1")));
            let output = command.output().expect("it starts");
            (output.status.success(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
        };
        let (passed, said) = run(false);
        assert!(!passed && said.contains("/nowhere/tool"), "{said}");
        let (passed, said) = run(true);
        let name = "SKIPPED suite::need::tests::asks_for_what_is_nowhere";
        assert!(passed && said.contains(name) && said.contains("/nowhere/tool"), "{said}");
    }

    #[test]
    fn asks_for_what_is_nowhere() {
        if std::env::var_os("MOHOR_NEED_ASKS").is_some() {
            assert!(!tools(&["/nowhere/tool"]), "it is nowhere");
        }
    }
}
