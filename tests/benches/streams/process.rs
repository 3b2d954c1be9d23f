//! What a process takes, as `/proc` has it.

/// A process of this one.
pub struct Process(u32);

impl Process {
    /// The child that runs as a role.
    pub fn child(role: &str) -> Self {
        let own = std::process::id();
        let found = std::fs::read_dir("/proc").expect("/proc").flatten().find_map(|entry| {
            let id: u32 = entry.file_name().to_str()?.parse().ok()?;
            let command = std::fs::read_to_string(format!("/proc/{id}/cmdline")).ok()?;
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
            let parent: u32 = stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?;
            (parent == own && command.contains(&format!("run\0{role}\0"))).then_some(id)
        });
        Self(found.unwrap_or_else(|| panic!("no child that runs as {role}")))
    }

    /// Resident memory in MiB: now, and highest.
    pub fn memory(&self) -> (u64, u64) {
        let text = std::fs::read_to_string(format!("/proc/{}/status", self.0)).expect("it runs");
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)).expect("a field");
            line.split_whitespace().next().and_then(|kib| kib.parse::<u64>().ok()).expect("a number") / 1024
        };
        (field("VmRSS:"), field("VmHWM:"))
    }

    /// Seconds of processor time so far.
    pub fn cpu(&self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("it runs");
        let rest = stat.rsplit_once(')').expect("a name").1;
        let field =
            |place: usize| rest.split_whitespace().nth(place).and_then(|it| it.parse::<f64>().ok()).expect("ticks");
        // In ticks of a hundredth of a second, on every Linux.
        (field(11) + field(12)) / 100.0
    }
}
