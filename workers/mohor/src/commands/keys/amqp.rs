//! `mohor keys department DEPT --amqp`: a workflow system's user at the broker.
//!
//! Mohor has no administrator's rights at the broker: it maps the user to the department in its register, makes the
//! queue of answers, and prints what the administrator has to run.

use crate::{cli::GOOD, wire::Parts};
use anyhow::{Result, bail};
use mohor_bus_rabbitmq::answers_queue;
use mohor_ports::ledger::{Act, AmqpUser};
use serde_json::json;

/// Maps the user and prints the commands.
pub async fn register(
    parts: &Parts,
    department: String,
    name: String,
    services: Vec<String>,
    offices: Vec<String>,
    json: bool,
) -> Result<u8> {
    if !parts.catalogue.departments.contains_key(&department) {
        bail!("no department has the code `{department}`; it is three capital letters, e.g. BCW");
    }
    let name = if name.is_empty() { format!("dept-{}", department.to_lowercase()) } else { name };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if !(3..=40).contains(&name.len()) || !name.chars().all(plain) {
        bail!("`{name}` cannot be a user: 3 to 40 small letters, digits and hyphens, e.g. dept-bcw");
    }
    for service in &services {
        let ends_in_document = parts.services.find(&department, service).is_some();
        if parts.catalogue.service(&department, service).is_none() && !ends_in_document {
            bail!("{department} has no service `{service}`; `mohor services list` shows them");
        }
    }
    let listed = |item: &String| !item.is_empty() && item.chars().count() <= 100 && !item.contains([',', '\'', '\n']);
    if !services.iter().chain(&offices).all(listed) {
        bail!("a service or an office is a name of 1 to 100 characters, without quotation marks");
    }
    let user = AmqpUser { name, department, services, offices, added_at: parts.ledger.now().await? };
    parts.ledger.add_amqp_user(user.clone()).await?;
    let act = Act {
        actor: "operator:local".into(),
        act: "amqp_user.add".into(),
        subject: user.name.clone(),
        detail: format!(
            "{} services [{}] offices [{}]",
            user.department,
            user.services.join(","),
            user.offices.join(",")
        ),
    };
    parts.ledger.audit(act).await?;
    let queue = parts.bus.answer_queues(std::slice::from_ref(&user)).await;
    let commands = commands(&user, &parts.config.vhost());
    if json {
        let made = queue.is_ok();
        say!(
            "{}",
            json!({"user": user.name, "department": user.department, "services": user.services,
            "offices": user.offices, "queue": answers_queue(&user.name), "queue_made": made, "commands": commands})
        );
        return Ok(GOOD);
    }
    say!(
        "user {} speaks for department {}; its answers are in {}",
        user.name,
        user.department,
        answers_queue(&user.name)
    );
    if let Err(error) = queue {
        say!("the queue is made when the broker is back ({error})");
    }
    say!("\nThe broker's administrator runs, once (the first asks for a password):\n");
    commands.iter().for_each(|command| say!("  {command}"));
    say!("\nOutside loopback the department connects by amqps. infra/examples shows a client.");
    Ok(GOOD)
}

/// It may write under the department's letters, read its own answers, and configure nothing.
fn commands(user: &AmqpUser, vhost: &str) -> Vec<String> {
    let (name, department) = (&user.name, &user.department);
    let queue = answers_queue(name).replace('.', "\\.");
    vec![
        format!("rabbitmqctl add_user '{name}'"),
        format!("rabbitmqctl set_permissions -p '{vhost}' '{name}' '^$' '^applications$' '^{queue}$'"),
        format!("rabbitmqctl set_topic_permissions -p '{vhost}' '{name}' applications '^{department}\\.' '^$'"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use mohor_domain::civil::Instant;

    #[test]
    fn a_user_may_write_under_its_letters_and_read_its_answers_only() {
        let user = AmqpUser {
            name: "dept-bcw".into(),
            department: "BCW".into(),
            services: vec![],
            offices: vec![],
            added_at: Instant::from_millis(0),
        };
        assert_eq!(
            commands(&user, "/"),
            [
                "rabbitmqctl add_user 'dept-bcw'",
                r"rabbitmqctl set_permissions -p '/' 'dept-bcw' '^$' '^applications$' '^answers\.dept-bcw$'",
                r"rabbitmqctl set_topic_permissions -p '/' 'dept-bcw' applications '^BCW\.' '^$'",
            ]
        );
    }
}
