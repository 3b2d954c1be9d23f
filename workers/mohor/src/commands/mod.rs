//! The commands, a file each.

mod bench;
mod centres;
mod check_config;
mod dead;
mod demo;
mod directory;
mod doctor;
mod export;
mod healthcheck;
mod holograms;
mod keys;
mod migrate;
mod notices;
mod people;
mod restore;
mod roles;
mod services;
mod show;
mod sla;
mod submit;
mod uins;
mod verify;
mod webhooks;

pub use centres::CentresAction;
pub use directory::DirectoryAction;
pub use holograms::HologramsAction;
pub use webhooks::WebhooksAction;

use crate::{
    cli::{Cli, Command, DeadAction, KeysAction, NO, PeopleAction, SlaAction},
    config::Config,
    wire::{Absent, Parts, Role},
};
use anyhow::Result;
use mohor_runtime::shutdown::Shutdown;

/// Whether a command has something to finish when it is to stop: workers, whose batch is in hand, or a file of which it says
/// how far it came. Any other one is ended by the signal: what it does is one transaction, or many of which each is whole by
/// itself, and whoever repeats it goes on.
pub fn finishes(command: &Command) -> bool {
    matches!(command, Command::Demo { .. } | Command::Run { .. } | Command::Submit { .. } | Command::Bench { .. })
}

/// What a command does where there is no embedded ledger yet. Whoever writes makes one. Whoever would answer from it has no
/// answer, and a verdict least of all: the folder may be the wrong one. Whoever tries something out, or lists what a person
/// adds, has a true answer all the same, and leaves nothing there.
fn absent(command: &Command) -> Absent {
    match command {
        Command::Demo { .. } | Command::Run { .. } | Command::Bench { .. } | Command::Migrate => Absent::Made,
        Command::Uins { .. } | Command::Keys { action: Some(KeysAction::Demo | KeysAction::Department { .. }) } => {
            Absent::Made
        }
        Command::Submit { check: false, .. } => Absent::Made,
        Command::Submit { check: true, .. } | Command::Keys { action: None } | Command::CheckConfig { .. } => {
            Absent::Empty
        }
        Command::People { action } => match action {
            PeopleAction::Add { .. } => Absent::Made,
            PeopleAction::List | PeopleAction::Code { .. } => Absent::Empty,
            _ => Absent::Refused,
        },
        Command::Directory { action } => match action {
            DirectoryAction::Load { check: false, .. } | DirectoryAction::Require { .. } => Absent::Made,
            DirectoryAction::Load { .. } | DirectoryAction::Show { .. } => Absent::Empty,
        },
        Command::Centres { action } => match action {
            CentresAction::Load { check: false, .. } => Absent::Made,
            CentresAction::Load { .. } | CentresAction::Show => Absent::Empty,
            CentresAction::Reroute { .. } => Absent::Refused,
        },
        Command::Webhooks { action } => match action {
            WebhooksAction::Add { .. } => Absent::Made,
            WebhooksAction::List => Absent::Empty,
            _ => Absent::Refused,
        },
        Command::Holograms { action } => match action {
            HologramsAction::Issue { .. } => Absent::Made,
            HologramsAction::List { .. } => Absent::Empty,
            HologramsAction::WriteOff { .. } => Absent::Refused,
        },
        Command::Sla { action: SlaAction::Simulate { .. } | SlaAction::Changes }
        | Command::Dead { action: DeadAction::List } => Absent::Empty,
        _ => Absent::Refused,
    }
}

/// Waits, unless the shutdown begins: then there is nothing. For what has nothing in hand yet.
async fn unless_stopped<T>(shutdown: &Shutdown, waiting: impl Future<Output = Result<T>>) -> Result<Option<T>> {
    tokio::select! { done = waiting => done.map(Some), () = shutdown.wait() => Ok(None) }
}

/// Runs the chosen command; the number is the exit code. What finishes in order does when the shutdown begins.
pub async fn run(cli: Cli, shutdown: Shutdown) -> Result<u8> {
    let Cli { config: file, data, json, command } = cli;
    let config = || Config::load(file.as_deref(), data.as_deref());
    let absent = absent(&command);
    let open = async |roles: &[Role]| Parts::open_where(config()?, roles, absent).await;
    match command {
        Command::Demo { file: approvals, exit, listen, refused } => {
            let folder = data.clone().unwrap_or_else(|| "mohor-data".into());
            let mut config = Config::load(file.as_deref(), Some(&folder))?;
            config.generate_demo_keys = true;
            config.portal.local_notices = true;
            if let Some(listen) = listen {
                config.portal.listen = listen;
            }
            demo::run(Parts::open(config).await?, approvals, refused, exit, shutdown, json).await
        }
        Command::Run { roles, listen } => {
            let mut config = config()?;
            if let Some(listen) = listen {
                config.portal.listen = listen;
            }
            roles::run(config, roles, shutdown).await
        }
        Command::Submit { file: events, check, refused } => {
            let Some(parts) = unless_stopped(&shutdown, open(&[])).await? else { return Ok(NO) };
            submit::run(parts, events, check, refused, shutdown, json).await
        }
        Command::People { action } => people::run(open(&[]).await?, action, json).await,
        Command::Directory { action } => directory::run(open(&[]).await?, action, json).await,
        Command::Webhooks { action } => webhooks::run(open(&[]).await?, action, json).await,
        Command::Centres { action } => centres::run(open(&[]).await?, action, json).await,
        Command::Holograms { action } => holograms::run(open(&[]).await?, action, json).await,
        Command::Sla { action } => sla::run(open(&[]).await?, action, json).await,
        Command::Show { what } => show::run(open(&[]).await?, what, json).await,
        Command::Export => export::run(open(&[]).await?).await,
        Command::Verify { what } => verify::run(open(&[]).await?, what, json).await,
        Command::Services { action } => services::run(config()?, action, json),
        Command::Uins { action } => uins::run(open(&[]).await?, action, json).await,
        Command::Restore { what } => restore::run(open(&Role::ALL).await?, what, json).await,
        Command::Keys { action } => keys::run(open(&[]).await?, action, json).await,
        Command::Notices { bsk, after } => notices::run(open(&[]).await?, bsk, after, json).await,
        Command::Migrate => migrate::run(config()?, json).await,
        Command::Healthcheck => healthcheck::run(config()?).await,
        Command::Doctor => doctor::run(open(&Role::ALL).await?, json).await,
        Command::CheckConfig { defaults } => check_config::run(config, defaults, json).await,
        Command::Dead { action } => dead::run(open(&[]).await?, action, json).await,
        Command::Bench { count, rate, elsewhere } => {
            let load = bench::Load { count, rate, elsewhere };
            bench::run(config()?, data, load, shutdown, json).await
        }
    }
}
