//! One account for each post, and a second administrator, who approves: for trials on this machine, drawn anew at each
//! start, printed, never kept in the clear.

use crate::{commands::people::draw, wire::Parts};
use anyhow::Result;
use mohor_domain::people::{Place, Post};
use mohor_ports::ledger::Act;
use mohor_runtime::account;
use serde_json::{Value, json};

/// An account of the demo.
pub struct Account {
    login: String,
    post: Post,
    password: String,
    totp: String,
    code: String,
}

/// Where the posts of the demo are: a land office in Cooch Behar.
fn bounds(post: Post) -> Place {
    let text = |text: &str| Some(text.to_owned());
    match post {
        Post::DesignatedOfficer | Post::AppellateOfficer | Post::ReviewingOfficer => {
            Place { department: text("LRR"), office: text(super::histories::OFFICE), ..Place::default() }
        }
        Post::Integrator => Place { department: text("LRR"), ..Place::default() },
        Post::BskOperator => Place { bsk: text(super::histories::BSK), ..Place::default() },
        Post::Supervisor | Post::Administrator | Post::Auditor => Place::default(),
    }
}

/// Makes or resets the accounts.
pub async fn make(parts: &Parts) -> Result<Vec<Account>> {
    let mut made = Vec::new();
    let first = Post::ALL.iter().map(|post| (*post, ""));
    for (post, number) in first.chain([(Post::Administrator, "-2")]) {
        let login = format!("demo-{}{number}", post.as_str().replace('_', "-"));
        let (given, person) =
            draw(parts, &login, &format!("Demo: {}", post.as_str().replace('_', " ")), post, bounds(post))?;
        let act = |word: &str| Act {
            actor: "operator:demo".into(),
            act: word.into(),
            subject: login.clone(),
            detail: post.as_str().into(),
        };
        let password = person.proof.password().map(str::to_owned);
        if !parts.ledger.add_person(person, act("person.add")).await? {
            parts.ledger.reset_person(&login, password.as_deref(), &given.totp, act("person.reset")).await?;
        }
        let code = account::code(&given.totp, parts.ledger.now().await?)?;
        made.push(Account { login, post, password: given.password, totp: given.totp, code });
    }
    Ok(made)
}

/// For machines.
pub fn json(accounts: &[Account]) -> Value {
    accounts
        .iter()
        .map(|it| json!({"login": it.login, "post": it.post, "password": it.password, "totp_secret": it.totp}))
        .collect()
}

/// For people.
pub fn print(accounts: &[Account], portal: &str) {
    say!("sign in    {portal}/sign-in   (these accounts are drawn anew at each start)");
    say!("{:>26}  {:<24} {:<34} code now", "login", "password", "second factor");
    for it in accounts {
        say!("{:>26}  {:<24} {:<34} {}", it.login, it.password, it.totp, it.code);
    }
    say!("           a later code: mohor people code SECOND-FACTOR");
}
