//! Secrets and signatures of webhooks, as "Standard Webhooks" 1.0.0 has them (section "Signature scheme").
//!
//! What is signed is `id.timestamp.body`. A secret of HMAC-SHA256 is `whsec_` and the base64 of 24 to 64 bytes, its
//! signature `v1,`; a key of Ed25519 is `whsk_` and the base64 of its 32 bytes, its public half `whpk_`, its signature `v1a,`.
//! While a secret is changed both sign, with a blank between.

use base64ct::{Base64, Encoding};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use mohor_domain::{
    civil::Instant,
    webhook::{Scheme, Secret},
};
use mohor_ports::{
    error::{Error, Result},
    time::Entropy,
};
use sha2::Sha256;

/// Bytes of a secret that is drawn.
const DRAWN: usize = 32;

/// Draws a secret.
pub fn draw(entropy: &dyn Entropy, scheme: Scheme) -> Result<Secret> {
    let mut bytes = [0; DRAWN];
    entropy.fill(&mut bytes)?;
    let text = format!("{}{}", scheme.prefix(), Base64::encode_string(&bytes));
    Secret::read(&text).ok_or_else(unreadable)
}

/// What the receiver is given: the secret of HMAC itself, of Ed25519 the public half.
pub fn given(secret: &Secret) -> Result<String> {
    match secret.parts().0 {
        Scheme::Hmac => Ok(secret.expose().into()),
        Scheme::Ed25519 => {
            let public = key(secret)?.verifying_key();
            Ok(format!("whpk_{}", Base64::encode_string(public.as_bytes())))
        }
    }
}

/// The value of `webhook-signature`: one signature for each secret.
pub fn sign(secrets: &[Secret], id: &str, at: Instant, body: &[u8]) -> Result<String> {
    let content = [format!("{id}.{}.", at.seconds()).as_bytes(), body].concat();
    let one = |secret: &Secret| {
        Ok(match secret.parts().0 {
            Scheme::Hmac => {
                let bytes = bytes(secret)?;
                let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).map_err(|_| unreadable())?;
                mac.update(&content);
                format!("v1,{}", Base64::encode_string(&mac.finalize().into_bytes()))
            }
            Scheme::Ed25519 => format!("v1a,{}", Base64::encode_string(&key(secret)?.sign(&content).to_bytes())),
        })
    };
    Ok(secrets.iter().map(one).collect::<Result<Vec<String>>>()?.join(" "))
}

fn bytes(secret: &Secret) -> Result<Vec<u8>> {
    Base64::decode_vec(secret.parts().1).map_err(|_| unreadable())
}

fn key(secret: &Secret) -> Result<SigningKey> {
    let seed: [u8; 32] = bytes(secret)?.try_into().map_err(|_| unreadable())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Nothing of the secret is in the words.
fn unreadable() -> Error {
    Error::fatal("a webhook's secret cannot be read; `mohor webhooks rotate` draws another")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signature, VerifyingKey};
    use mohor_ports::suite::sample::Counting;

    /// Of the specification's own libraries (`libraries/go/webhook_symmetric_test.go`, `webhook_asymmetric_test.go`).
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const HMAC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ED25519: &str = "whsk_VEVTVFNJR05JTkdLRVlET05PVFVTRVRISVNGT1JBTlk=";

    fn signed(secrets: &[&str]) -> String {
        let secrets: Vec<Secret> = secrets.iter().map(|it| Secret::read(it).expect("a secret")).collect();
        sign(&secrets, ID, Instant::from_millis(1_614_265_330_999), BODY).expect("signed")
    }

    #[test]
    fn signatures_are_those_of_the_specifications_libraries() {
        assert_eq!(signed(&[HMAC]), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(
            signed(&[ED25519]),
            "v1a,tQ9V2XOqn7jL/DQenEFpqIugdBVtiMmER5mhSkXBNwM0mkATuDe6KYYUuxqtaiHeYGb7KaaBRdM5WqyeFiL8Ag=="
        );
    }

    #[test]
    fn two_secrets_sign_with_a_blank_between() {
        assert_eq!(signed(&[HMAC, ED25519]), format!("{} {}", signed(&[HMAC]), signed(&[ED25519])));
    }

    #[test]
    fn what_the_receiver_is_given_of_a_key_is_its_public_half() {
        let secret = draw(&Counting::default(), Scheme::Ed25519).expect("drawn");
        let given = given(&secret).expect("given");
        let public = Base64::decode_vec(given.strip_prefix("whpk_").expect("a public key")).expect("base64");
        let public = VerifyingKey::from_bytes(&public.try_into().expect("32 bytes")).expect("a key");
        let text = sign(&[secret], "x", Instant::from_millis(5_000), b"{}").expect("signed");
        let bytes = Base64::decode_vec(text.strip_prefix("v1a,").expect("v1a")).expect("base64");
        let signature = Signature::from_slice(&bytes).expect("64 bytes");
        public.verify_strict(b"x.5.{}", &signature).expect("it holds");
        public.verify_strict(b"x.6.{}", &signature).expect_err("for that second alone");
    }

    #[test]
    fn a_secret_is_drawn_anew_and_shown_whole() {
        let entropy = Counting::from(7);
        let (one, other) = (draw(&entropy, Scheme::Hmac).expect("drawn"), draw(&entropy, Scheme::Hmac).expect("drawn"));
        assert_ne!(one, other);
        assert_eq!(given(&one).expect("given"), one.expose());
        assert_eq!(bytes(&one).expect("base64").len(), DRAWN);
    }

    #[test]
    fn a_secret_that_cannot_be_read_is_not_told() {
        let secret = Secret::read("whsk_tooshort").expect("a form");
        let error = sign(&[secret], "x", Instant::from_millis(0), b"").expect_err("no key").to_string();
        assert!(error.contains("rotate") && !error.contains("tooshort"), "{error}");
    }
}
