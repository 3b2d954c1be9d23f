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
    cli::{Cli, Command},
    config::Config,
    wire::Parts,
};
use anyhow::Result;

/// Runs the chosen command; the number is the exit code.
pub async fn run(cli: Cli) -> Result<u8> {
    let Cli { config: file, data, json, command } = cli;
    let config = || Config::load(file.as_deref(), data.as_deref());
    let parts = || async { Parts::open(config()?).await };
    match command {
        Command::Demo { file: approvals, exit, listen, refused } => {
            let folder = data.clone().unwrap_or_else(|| "mohor-data".into());
            let mut config = Config::load(file.as_deref(), Some(&folder))?;
            config.generate_demo_keys = true;
            config.portal.local_notices = true;
            if let Some(listen) = listen {
                config.portal.listen = listen;
            }
            demo::run(Parts::open(config).await?, approvals, refused, exit, json).await
        }
        Command::Run { roles, listen } => {
            let mut config = config()?;
            if let Some(listen) = listen {
                config.portal.listen = listen;
            }
            roles::run(config, roles).await
        }
        Command::Submit { file: events, check, refused } => {
            submit::run(parts().await?, events, check, refused, json).await
        }
        Command::People { action } => people::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Directory { action } => directory::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Webhooks { action } => webhooks::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Centres { action } => centres::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Holograms { action } => holograms::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Sla { action } => sla::run(config()?, action, json).await,
        Command::Show { what } => show::run(parts().await?, what, json).await,
        Command::Export => export::run(parts().await?).await,
        Command::Verify { what } => verify::run(parts().await?, what, json).await,
        Command::Services { action } => services::run(config()?, action, json),
        Command::Uins { action } => uins::run(parts().await?, action, json).await,
        Command::Restore { what } => restore::run(parts().await?, what, json).await,
        Command::Keys { action } => keys::run(Parts::open_for(config()?, &[]).await?, action, json).await,
        Command::Notices { bsk, after } => notices::run(parts().await?, bsk, after, json).await,
        Command::Migrate => migrate::run(config()?, json).await,
        Command::Healthcheck => healthcheck::run(config()?).await,
        Command::Doctor => doctor::run(parts().await?, json).await,
        Command::CheckConfig { defaults } => check_config::run(config, defaults, json).await,
        Command::Dead { action } => dead::run(parts().await?, action, json).await,
        Command::Bench { count, rate, elsewhere } => {
            let load = bench::Load { count, rate, elsewhere };
            bench::run(config()?, data, load, json).await
        }
    }
}
