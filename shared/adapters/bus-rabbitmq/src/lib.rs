//! The bus on RabbitMQ, 3.10 to 4.x: quorum queues, publisher confirms, at-least-once dead lettering.
//!
//! A connection for what goes out and one for what comes in, so that a broker that holds back publishers does not hold
//! back acknowledgements. A supervisor keeps both; whoever needs them while they are away is told so (an outage).

mod bus;
mod dead;
mod link;
mod message;
mod seat;
mod topology;

pub use bus::RabbitBus;
pub use link::Settings;
pub use topology::{answers_queue, definitions};

/// The name under which the driver logs. It calls errors what the supervisor expects and mends; that is not for logs.
pub const DRIVER: &str = "lapin";
