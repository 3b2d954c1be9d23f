//! Passwords (argon2id, RFC 9106) and the second factor (time-based codes, RFC 6238).

use argon2::{
    Argon2,
    password_hash::{
        PasswordHasher, PasswordVerifier,
        phc::{PasswordHash, Salt},
    },
};
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    time::Entropy,
};
use totp_rs::{Builder, Secret, Totp};

/// Who issues the codes, as apps show it.
const ISSUER: &str = "Mohor";
/// Characters of a drawn password: nothing in it looks like something else.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789_";

/// What an account is given: shown once, to whoever makes it.
pub struct Given {
    /// The password, 100 bits.
    pub password: String,
    /// The secret of the second factor, base 32.
    pub totp: String,
    /// The same as an address that apps read.
    pub url: String,
}

/// Draws a password and the secret of a second factor.
pub fn draw(entropy: &dyn Entropy, login: &str) -> Result<Given> {
    let (mut drawn, mut secret) = ([0; 20], [0; 20]);
    entropy.fill(&mut drawn)?;
    entropy.fill(&mut secret)?;
    let letters: Vec<char> = drawn.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(5).map(|group| group.iter().collect()).collect();
    let totp = Secret::new_stack(secret).to_base32();
    let url = totp_of(&totp, login)?.to_url().map_err(|_| no_secret())?;
    Ok(Given { password: groups.join("-"), totp, url })
}

/// The PHC string of a password, with a salt of its own. Takes some tens of milliseconds and 19 MiB, by intent.
pub fn hash(entropy: &dyn Entropy, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    entropy.fill(&mut salt)?;
    let wrong = || Error::fatal("the password could not be hashed");
    let salt = Salt::new(&salt).map_err(|_| wrong())?;
    let hashed = Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map_err(|_| wrong())?;
    Ok(hashed.to_string())
}

/// Whether a password belongs to a PHC string. Without an account it takes as long: nobody learns which logins exist.
pub fn matches(password: &str, hashed: Option<&str>) -> bool {
    // Of nobody's password: the same parameters, another salt, no password known.
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5J3Mgc2FsdCE$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let Ok(parsed) = PasswordHash::new(hashed.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && hashed.is_some()
}

/// The time step of a code that is good now, or was or will be within half a minute.
pub fn step(totp: &str, code: &str, now: Instant) -> Option<i64> {
    let seconds = u64::try_from(now.seconds()).ok()?;
    let step = totp_of(totp, "account").ok()?.check(code, seconds)?;
    i64::try_from(step).ok()
}

/// The code of a moment: for tests and for whoever holds the secret.
pub fn code(totp: &str, now: Instant) -> Result<String> {
    let seconds = u64::try_from(now.seconds()).map_err(|_| no_secret())?;
    Ok(totp_of(totp, "account")?.generate(seconds).to_string())
}

fn totp_of(secret: &str, login: &str) -> Result<Totp> {
    let secret = Secret::try_from_base32(secret).map_err(|_| no_secret())?;
    let builder = Builder::new().with_secret(secret).with_issuer(Some(ISSUER)).with_account_name(login);
    builder.build().map_err(|_| no_secret())
}

fn no_secret() -> Error {
    Error::fatal("the secret of a second factor cannot be read; reset the account")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ambient::SystemEntropy;

    #[test]
    fn a_password_matches_its_own_hash_alone() {
        let given = draw(&SystemEntropy, "rekha").unwrap();
        assert_eq!((given.password.len(), given.password.matches('-').count()), (23, 3));
        let hashed = hash(&SystemEntropy, &given.password).unwrap();
        assert!(hashed.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hashed}");
        assert!(matches(&given.password, Some(&hashed)));
        assert!(!matches("another", Some(&hashed)) && !matches("", Some(&hashed)));
        assert!(!matches(&given.password, None) && !matches(&given.password, Some("no hash")));
        assert_ne!(hash(&SystemEntropy, &given.password).unwrap(), hashed, "salted");
    }

    /// RFC 6238, appendix B, SHA-1: of eight digits the last six.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = Secret::new_stack(*b"12345678901234567890").to_base32();
        for (seconds, wanted) in
            [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")]
        {
            let now = Instant::from_millis(seconds * 1000);
            assert_eq!(code(&secret, now).unwrap(), wanted);
            assert_eq!(step(&secret, wanted, now), Some(seconds / 30));
            assert_eq!(step(&secret, wanted, now.plus_millis(30_000)), Some(seconds / 30), "a step late");
            assert_eq!(step(&secret, wanted, now.plus_millis(90_000)), None, "three steps late");
        }
        for wrong in ["", "287081", "28708", "2870822", "২৮৭০৮২", "28 082"] {
            assert_eq!(step(&secret, wrong, Instant::from_millis(59_000)), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_can_read_the_second_factor() {
        let given = draw(&SystemEntropy, "rekha.das").unwrap();
        assert!(given.url.starts_with("otpauth://totp/Mohor:rekha.das?"), "{}", given.url);
        assert!(given.url.contains(&given.totp) && given.totp.len() == 32, "{}", given.url);
    }
}
