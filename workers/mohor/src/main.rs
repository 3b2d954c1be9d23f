//! `mohor`: one binary, every role and tool.

#![deny(clippy::print_stdout, clippy::print_stderr)]

#[macro_use]
mod say;

mod cli;
mod commands;
mod config;
mod evidence;
mod file;
mod progress;
mod schemas;
mod wire;

use clap::Parser;
use mohor_runtime::shutdown::Shutdown;
use std::process::ExitCode;

/// Layout is many small pieces that live for one document (DESIGN.md, "Why an allocator of its own?").
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    mohor_runtime::ambient::close_to_others();
    let cli = cli::Cli::parse();
    mohor_runtime::telemetry::logs(cli.log_filter(), wire::adapters::SILENT, cli.json_logs());
    let shutdown = Shutdown::default();
    if let Err(error) = shutdown.on_signals(commands::finishes(&cli.command), cli::TROUBLE) {
        tell!("mohor: cannot start: {error}");
        return ExitCode::from(cli::TROUBLE);
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell!("mohor: cannot start: {error}");
            return ExitCode::from(cli::TROUBLE);
        }
    };
    let code = match runtime.block_on(commands::run(cli, shutdown)) {
        Ok(code) => code,
        Err(error) => {
            tell!("mohor: {error:#}");
            cli::TROUBLE
        }
    };
    let code = match say::trouble() {
        Some(error) => {
            tell!("mohor: standard output: {error}");
            cli::TROUBLE
        }
        None => code,
    };
    // Taking the runtime down would cancel tasks that a library's threads wait for, and they would say so as a panic. The
    // process ends here anyway.
    std::mem::forget(runtime);
    ExitCode::from(code)
}
