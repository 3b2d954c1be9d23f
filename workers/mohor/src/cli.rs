//! The command line.

use crate::{
    commands::{CentresAction, DirectoryAction, HologramsAction, WebhooksAction},
    wire::Role,
};
use clap::{Parser, Subcommand};
use mohor_domain::people::Post;
use std::{net::SocketAddr, path::PathBuf};

/// Exit code: all is well.
pub const GOOD: u8 = 0;
/// Exit code: the answer is no (something refused, not genuine, an invariant broken, nothing found).
pub const NO: u8 = 1;
/// Exit code: it could not be done. (Wrong usage is 2 as well, as clap has it.)
pub const TROUBLE: u8 = 2;

/// Turns a department's approval into a sealed certificate that anybody can verify.
#[derive(Debug, Parser)]
#[command(
    name = "mohor",
    version,
    after_help = "Exit codes: 0 well, 1 the answer is no, 2 it could not be done; 128 and its number after a signal that ended it."
)]
pub struct Cli {
    /// Configuration file (TOML). Every key can also be set as MOHOR__SECTION__KEY.
    #[arg(long, global = true, env = "MOHOR_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Folder that holds everything: ledger, documents, keys.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// One JSON object on standard output, for machines.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take approvals, issue certificates, keep the portal up: everything in one process, without any server.
    Demo {
        /// NDJSON of CloudEvents; without it the bundled approvals.
        file: Option<PathBuf>,
        /// Leave when done instead of keeping the portal up.
        #[arg(long)]
        exit: bool,
        /// Address and port of the portal; port 0 takes a free one.
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// Where refusals go, one JSON object a line (default FILE.refused.ndjson, written when there are any).
        #[arg(long, value_name = "PATH")]
        refused: Option<PathBuf>,
    },
    /// Run all roles, or those named, until stopped.
    Run {
        /// Roles.
        roles: Vec<Role>,
        /// Address and port of the portal.
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
    },
    /// Hand an NDJSON file of CloudEvents to the configured intake and wait for the answers.
    Submit {
        /// The file; `-` is standard input.
        file: PathBuf,
        /// Record nothing, only say what would be answered.
        #[arg(long)]
        check: bool,
        /// Where refusals go (default FILE.refused.ndjson).
        #[arg(long, value_name = "PATH")]
        refused: Option<PathBuf>,
    },
    /// Everything recorded about a certificate or an application.
    Show {
        /// A UIN or an application number.
        what: String,
    },
    /// Clocks of the Right to Public Services Act.
    Sla {
        /// Recompute or simulate.
        #[command(subcommand)]
        action: SlaAction,
    },
    /// NDJSON of every certificate.
    Export,
    /// The verdict on a UIN, a PDF, a QR code's text or a picture of it.
    Verify {
        /// A UIN, a file (.pdf, .png, .jpg) or the QR code's text.
        what: String,
    },
    /// Check or preview a service folder.
    Services {
        /// Check or preview.
        #[command(subcommand)]
        action: ServicesAction,
    },
    /// Reserve numbers for a department to ascribe.
    Uins {
        /// Reserve.
        #[command(subcommand)]
        action: UinsAction,
    },
    /// Make a lost document again from the ledger, without any key, and put it back.
    Restore {
        /// The number of a certificate, or the id of another document.
        #[arg(value_name = "UIN|ID")]
        what: String,
    },
    /// Keys and certificates.
    Keys {
        /// What about them; without it, what is there.
        #[command(subcommand)]
        action: Option<KeysAction>,
    },
    /// Accounts of officers, supervisors, operators, administrators and auditors.
    People {
        /// What to do with them.
        #[command(subcommand)]
        action: PeopleAction,
    },
    /// Offices, officers and who is in charge of what, by department.
    Directory {
        /// Load, show or require.
        #[command(subcommand)]
        action: DirectoryAction,
    },
    /// Systems of departments and centres that are told of their events by HTTP.
    Webhooks {
        /// What to do with them.
        #[command(subcommand)]
        action: WebhooksAction,
    },
    /// Centres: the State's own list of them, and what waits at one goes on to another.
    Centres {
        /// Load, show or re-route.
        #[command(subcommand)]
        action: CentresAction,
    },
    /// Pre-printed, numbered stickers that centres put on prints.
    Holograms {
        /// What to do with them.
        #[command(subcommand)]
        action: HologramsAction,
    },
    /// The centre's notices, by cursor.
    Notices {
        /// Code of the BSK.
        bsk: String,
        /// Only those numbered higher.
        #[arg(long, default_value_t = 0)]
        after: i64,
    },
    /// Bring the ledger's schema up to this program's.
    Migrate,
    /// Whether the process that listens on `operations.listen` is alive (for containers).
    Healthcheck,
    /// Check every invariant and name each offender.
    Doctor,
    /// Read the configuration and try every dependency.
    CheckConfig {
        /// Print every key with its default instead.
        #[arg(long)]
        defaults: bool,
    },
    /// Parked items: messages that do not move until somebody decides.
    Dead {
        /// What to do with them.
        #[command(subcommand)]
        action: DeadAction,
    },
    /// Measure: distinct approvals through the configured back ends, first submission to last notice.
    Bench {
        /// How many approvals.
        #[arg(long, default_value_t = 2000)]
        count: u32,
        /// So many a second, one by one, and how long each took; without it as fast as they are taken.
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
        rate: Option<u32>,
        /// The workers run in other processes (`mohor run ROLE`, with `local_operator`); this one hands in and waits.
        #[arg(long)]
        elsewhere: bool,
    },
}

/// Service folders.
#[derive(Debug, Subcommand)]
pub enum ServicesAction {
    /// Name what is wrong with a service folder.
    Check {
        /// The folder.
        dir: PathBuf,
    },
    /// Render its example.
    Preview {
        /// The folder.
        dir: PathBuf,
        /// Where the PDF goes.
        #[arg(long, default_value = "preview.pdf")]
        out: PathBuf,
    },
    /// List the services that end in a document.
    List,
}

/// Clocks.
#[derive(Debug, Subcommand)]
pub enum SlaAction {
    /// Compute the due days of all open clocks again, after limits' calendar or policy changed.
    Recompute {
        /// Write nothing, only say what would move.
        #[arg(long)]
        dry_run: bool,
    },
    /// The compliance figures of a department in a period.
    Report {
        /// Letters of the department.
        department: String,
        /// The first day, 2026-04-01.
        #[arg(long, value_name = "DAY")]
        from: String,
        /// The last day; at most two years.
        #[arg(long, value_name = "DAY")]
        until: String,
    },
    /// Changes of holidays, limits and policy: those that wait, and the last that were decided.
    Changes,
    /// The clocks of the applications in an NDJSON file of CloudEvents; nothing is written.
    Simulate {
        /// The file.
        file: PathBuf,
        /// What if these were the holidays: a file like schemas/catalogue/holidays.csv.
        #[arg(long, value_name = "FILE")]
        holidays: Option<PathBuf>,
        /// What if the lists of these years were complete.
        #[arg(long, value_name = "YEAR", value_delimiter = ',')]
        settled: Vec<i16>,
    },
}

/// Reserved numbers.
#[derive(Debug, Subcommand)]
pub enum UinsAction {
    /// Draw and reserve a block of numbers.
    Reserve {
        /// Letters of the department.
        department: String,
        /// How many, at most 10,000.
        count: u32,
    },
}

/// Keys.
#[derive(Debug, Subcommand)]
pub enum KeysAction {
    /// Make a department's signing key, or register its public half.
    Department {
        /// Letters of the department.
        department: String,
        /// PEM of the department's own public key (it keeps the private one). Without it a pair is made.
        #[arg(long, value_name = "FILE")]
        public: Option<PathBuf>,
        /// Where the private key goes when a pair is made.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Map a user of the broker to the department instead, and print what the broker's administrator has to run.
        #[arg(long, value_name = "USER", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["public", "out"])]
        amqp: Option<String>,
        /// With --amqp: services the user speaks for (default: all of the department).
        #[arg(long, value_name = "SERVICE", value_delimiter = ',', requires = "amqp")]
        services: Vec<String>,
        /// With --amqp: offices the user speaks for (default: all of the department).
        #[arg(long, value_name = "OFFICE", value_delimiter = ',', requires = "amqp")]
        offices: Vec<String>,
    },
    /// Make demo keys in the configured signer's folder if it is empty.
    Demo,
}

/// Accounts.
#[derive(Debug, Subcommand)]
pub enum PeopleAction {
    /// Add an account; its password and second factor are drawn and shown once.
    Add {
        /// What is keyed in to sign in.
        login: String,
        /// The name on pages.
        #[arg(long)]
        name: String,
        /// designated_officer, appellate_officer, reviewing_officer, integrator, supervisor, bsk_operator, administrator or auditor.
        #[arg(long, value_parser = post)]
        post: Post,
        /// Letters of the department.
        #[arg(long, value_name = "DEPT")]
        department: Option<String>,
        /// Code of the district.
        #[arg(long)]
        district: Option<String>,
        /// The department's own code of the office.
        #[arg(long)]
        office: Option<String>,
        /// Code of the centre.
        #[arg(long)]
        bsk: Option<String>,
        /// Where the person is told of breaches and of what is due.
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// Opened by the State's single sign-on in place of a password; post and bounds are then what its rules give.
        #[arg(long)]
        sso: bool,
    },
    /// All accounts.
    List,
    /// The six digits of a second factor now, without an app.
    Code {
        /// The second factor as it was shown: base 32.
        secret: String,
    },
    /// Draw a new password and second factor, and unlock; of an account of single sign-on the second factor, and whoever
    /// comes next by that login is who it is.
    Reset {
        /// Whose.
        login: String,
    },
    /// Take the lock off an account that wrong codes have locked; password and second factor stay as they are.
    Unlock {
        /// Whose.
        login: String,
    },
    /// Change where an account is told of breaches and of what is due.
    #[command(group(clap::ArgGroup::new("where").required(true)))]
    Email {
        /// Whose.
        login: String,
        /// The address.
        #[arg(group = "where")]
        address: Option<String>,
        /// Nowhere: not by mail.
        #[arg(long, group = "where")]
        none: bool,
    },
    /// Disable an account for good.
    Disable {
        /// Whose.
        login: String,
    },
}

fn post(word: &str) -> Result<Post, String> {
    Post::from_word(word).ok_or_else(|| {
        let words: Vec<&str> = Post::ALL.iter().map(|post| post.as_str()).collect();
        format!("a post is one of {}", words.join(", "))
    })
}

/// Parked items.
#[derive(Debug, Subcommand)]
pub enum DeadAction {
    /// All of them.
    List,
    /// One of them.
    Show {
        /// Its number.
        number: i64,
    },
    /// Give it back to its stage.
    Replay {
        /// Its number.
        number: i64,
    },
    /// Remove it for good.
    Discard {
        /// Its number.
        number: i64,
        /// Why; it is logged.
        #[arg(long)]
        reason: String,
    },
}

impl Cli {
    /// Long-running roles speak; tools are quiet.
    pub fn log_filter(&self) -> &'static str {
        match self.command {
            Command::Run { .. } => "info",
            _ => "warn",
        }
    }

    /// JSON lines for services, text for people.
    pub fn json_logs(&self) -> bool {
        matches!(self.command, Command::Run { .. }) && !std::io::IsTerminal::is_terminal(&std::io::stderr())
    }
}
