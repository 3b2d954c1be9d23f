//! What needs the program and a folder, and other people's tools to look at what comes out. What is the same in both modes
//! is done again on the shared servers.

mod acknowledgements;
mod attacks;
mod before;
mod directory;
mod faults;
mod folders;
mod hostile;
mod journeys;
mod mail;
mod output;
mod sla;
mod stopping;
mod trial;
mod verdicts;
mod webhooks;
