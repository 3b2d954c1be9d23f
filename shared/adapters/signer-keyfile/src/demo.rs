//! Demo keys: a root of our own, a document signer below it, and a key for credentials.
//!
//! The root's private key is used once and thrown away: nobody can certify another signer under it. A licensed CA's
//! certificate takes the place of all of this in `seal.chain.pem`; until then documents say SPECIMEN.

use crate::folder::{Bounds, CREDENTIAL_BOUNDS, CREDENTIAL_KEY, ROOT, SEAL_CHAIN, SEAL_KEY};
use aws_lc_rs::{
    encoding::AsDer,
    rsa::KeySize,
    signature::{KeyPair, RsaKeyPair},
};
use der::{Any, EncodePem, asn1::BitString, asn1::ObjectIdentifier};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use mohor_domain::civil::Instant;
use mohor_ports::{
    error::{Error, Result},
    signer::SealAlgorithm,
    time::Entropy,
};
use p256::ecdsa::SigningKey;
use pkcs8::{LineEnding, SecretDocument};
use spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use std::{
    fs,
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};
use x509_cert::{
    Certificate, TbsCertificate,
    builder::{Builder, CertificateBuilder, profile::BuilderProfile},
    ext::{
        Extension, ToExtension,
        pkix::{AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier},
    },
    name::Name,
    serial_number::SerialNumber,
    time::{Time, Validity},
};

/// The common name of the demo root.
pub const DEMO_ROOT_NAME: &str = "Mohor demo root - not a licensed CA";
const ROOT_SUBJECT: &str = "CN=Mohor demo root - not a licensed CA,O=Government of West Bengal (SPECIMEN),C=IN";
const SIGNER_SUBJECT: &str = "CN=Mohor demo document signer,O=Government of West Bengal (SPECIMEN),ST=West Bengal,C=IN";
/// RFC 9336: a certificate for signing documents. The CCA's policy OID is for licensed CAs and is not claimed here.
const DOCUMENT_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.36");
/// Without it NSS, and so poppler's pdfsig, trusts no signer: it asks for the usage of a mail's signer.
const EMAIL_PROTECTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.4");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const YEAR: u64 = 365 * 24 * 3600;

/// Makes a folder of demo keys, unless it holds keys already: those are kept.
///
/// The files are written to a neighbouring folder that then takes the name, so a process that dies midway leaves no
/// half of one; what it left is swept away by the next. Processes that do so at once wait for each other. The signer is valid for 3 years from `now`, the root for 10.
/// Only RSA keys draw on a generator other than `entropy` (aws-lc-rs has its own).
pub fn generate_demo(folder: &Path, algorithm: SealAlgorithm, now: Instant, entropy: &dyn Entropy) -> Result<()> {
    if folder.join(CREDENTIAL_KEY).exists() {
        return Ok(());
    }
    let unmade = |e| {
        Error::fatal(format!(
            "the key folder {} cannot be made; see its parent's permissions and space",
            folder.display()
        ))
        .because(e)
    };
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Held until the return: roles that start at once on an empty folder make one set of keys.
    let _lock = lock(parent).map_err(unmade)?;
    if folder.join(CREDENTIAL_KEY).exists() {
        return Ok(());
    }
    let credential = ed25519_dalek::SigningKey::from_bytes(&draw(entropy)?);
    let root_secret = p256_key(entropy)?;
    let root_public = SubjectPublicKeyInfoOwned::from_key(root_secret.verifying_key()).map_err(failed)?;
    let seal = SealPair::draw(algorithm, entropy)?;
    let root = certify(&Role::Root, root_public, &root_secret, now, 10, entropy)?;
    let signer = certify(&Role::Signer, seal.public, &root_secret, now, 3, entropy)?;
    let bounds = Bounds { valid_from: now.whole_second(), valid_until: None, departments: Vec::new() };
    let bounds = serde_json::to_vec_pretty(&bounds).map_err(failed)?;
    let credential = credential.to_pkcs8_pem(LineEnding::LF).map_err(failed)?;
    let files: [(&str, &[u8]); 5] = [
        (CREDENTIAL_KEY, credential.as_bytes()),
        (CREDENTIAL_BOUNDS, &bounds),
        (SEAL_KEY, seal.pem.as_bytes()),
        (SEAL_CHAIN, signer.as_bytes()),
        (ROOT, root.as_bytes()),
    ];
    write_folder(parent, folder, &files).map_err(unmade)
}

fn lock(parent: &Path) -> std::io::Result<fs::File> {
    fs::create_dir_all(parent)?;
    let parent = fs::File::open(parent)?;
    parent.lock()?;
    Ok(parent)
}

/// A fresh sealing key: its public half, and its private half as PEM.
struct SealPair {
    public: SubjectPublicKeyInfoOwned,
    pem: String,
}

impl SealPair {
    fn draw(algorithm: SealAlgorithm, entropy: &dyn Entropy) -> Result<Self> {
        match algorithm {
            SealAlgorithm::EcdsaP256 => {
                let key = p256_key(entropy)?;
                let public = SubjectPublicKeyInfoOwned::from_key(key.verifying_key()).map_err(failed)?;
                let pem = p256::SecretKey::from(&key).to_pkcs8_pem(LineEnding::LF).map_err(failed)?;
                Ok(Self { public, pem: pem.to_string() })
            }
            SealAlgorithm::Rsa2048 => {
                let key = RsaKeyPair::generate(KeySize::Rsa2048).map_err(failed)?;
                let document = SecretDocument::try_from(key.as_der().map_err(failed)?.as_ref()).map_err(failed)?;
                let pem = document.to_pem("PRIVATE KEY", LineEnding::LF).map_err(failed)?;
                let subject_public_key = BitString::from_bytes(key.public_key().as_ref()).map_err(failed)?;
                let algorithm = AlgorithmIdentifierOwned { oid: RSA_ENCRYPTION, parameters: Some(Any::null()) };
                Ok(Self { public: SubjectPublicKeyInfoOwned { algorithm, subject_public_key }, pem: pem.to_string() })
            }
        }
    }
}

fn draw<const N: usize>(entropy: &dyn Entropy) -> Result<[u8; N]> {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes)?;
    Ok(bytes)
}

/// A P-256 key from 32 random bytes; the one in four thousand million that is out of range is drawn again.
fn p256_key(entropy: &dyn Entropy) -> Result<SigningKey> {
    for _ in 0..8 {
        if let Ok(key) = SigningKey::from_slice(&draw::<32>(entropy)?) {
            return Ok(key);
        }
    }
    Err(Error::fatal("the source of randomness gives no usable key"))
}

/// What a certificate is for.
enum Role {
    Root,
    Signer,
}

impl BuilderProfile for &Role {
    fn get_issuer(&self, _subject: &Name) -> Name {
        Name::from_str(ROOT_SUBJECT).unwrap_or_default()
    }

    fn get_subject(&self) -> Name {
        Name::from_str(match self {
            Role::Root => ROOT_SUBJECT,
            Role::Signer => SIGNER_SUBJECT,
        })
        .unwrap_or_default()
    }

    fn build_extensions(
        &self,
        key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let mut list = vec![
            SubjectKeyIdentifier::try_from(key)?.to_extension(tbs.subject(), &[])?,
            AuthorityKeyIdentifier::try_from(issuer_key)?.to_extension(tbs.subject(), &[])?,
        ];
        let usage = match self {
            Role::Root => KeyUsages::KeyCertSign | KeyUsages::CRLSign,
            Role::Signer => KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
        };
        list.push(KeyUsage(usage).to_extension(tbs.subject(), &list)?);
        let ca = matches!(self, Role::Root);
        let constraints = BasicConstraints { ca, path_len_constraint: ca.then_some(0) };
        list.push(constraints.to_extension(tbs.subject(), &list)?);
        if !ca {
            list.push(ExtendedKeyUsage(vec![DOCUMENT_SIGNING, EMAIL_PROTECTION]).to_extension(tbs.subject(), &list)?);
        }
        Ok(list)
    }
}

fn certify(
    role: &Role,
    public: SubjectPublicKeyInfoOwned,
    root: &SigningKey,
    now: Instant,
    years: u64,
    entropy: &dyn Entropy,
) -> Result<String> {
    let start = u64::try_from(now.seconds()).unwrap_or_default();
    let time =
        |seconds| der::DateTime::from_unix_duration(Duration::from_secs(seconds)).map(|t| Time::GeneralTime(t.into()));
    let validity = Validity::new(time(start).map_err(failed)?, time(start + years * YEAR).map_err(failed)?);
    let mut serial = draw::<16>(entropy)?;
    // Positive and of full length (RFC 5280, 4.1.2.2).
    serial[0] = serial[0] & 0x7F | 0x40;
    let serial = SerialNumber::new(&serial).map_err(failed)?;
    let certificate: Certificate = CertificateBuilder::new(role, serial, validity, public)
        .and_then(|builder| builder.build::<_, p256::ecdsa::DerSignature>(root))
        .map_err(failed)?;
    certificate.to_pem(LineEnding::LF).map_err(failed)
}

fn failed(source: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::fatal("the demo keys cannot be made").because(source)
}

fn write_folder(parent: &Path, folder: &Path, files: &[(&str, &[u8])]) -> std::io::Result<()> {
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let fresh: PathBuf = parent.join(name);
    if fresh.exists() {
        fs::remove_dir_all(&fresh)?;
    }
    fs::DirBuilder::new().mode(0o700).create(&fresh)?;
    for (name, contents) in files {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(fresh.join(name))?;
        file.write_all(contents)?;
        file.sync_all()?;
    }
    fs::File::open(&fresh)?.sync_all()?;
    // Takes the place of an empty folder; one with other things in it is an error, nothing is overwritten.
    fs::rename(&fresh, folder)?;
    fs::File::open(parent)?.sync_all()
}
