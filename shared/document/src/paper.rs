//! The templates of documents other than certificates: a folder for each kind below `schemas/documents/`, and `base.typ`.

use crate::render::{RENDERER_ID, font_assets, font_refs};
use mohor_domain::{
    civil::Instant,
    id::Id,
    plan::{AssetRef, DocumentKind, DocumentPlan, SealPlan},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The template's main file.
const MAIN: &str = "document.typ";
const EXAMPLE: &str = "example.json";

/// How the documents of a kind are printed.
struct Paper {
    template: (String, Vec<u8>),
    example: Value,
}

/// How every kind is printed.
pub struct Papers {
    base: (String, Vec<u8>),
    kinds: BTreeMap<DocumentKind, Paper>,
}

impl Papers {
    /// Reads the tree below `documents/`: (path, bytes). Every fault is named.
    pub fn load<'a>(files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Result<Self, Vec<String>> {
        let files: BTreeMap<&str, &[u8]> = files.collect();
        let mut faults = Vec::new();
        let mut kinds = BTreeMap::new();
        let folders = files.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder);
        for folder in folders.collect::<std::collections::BTreeSet<_>>() {
            let file = |name: &str| files.get(format!("{folder}/{name}").as_str()).copied();
            let kind = DocumentKind::from_word(folder).filter(|kind| *kind != DocumentKind::Certificate);
            let example = file(EXAMPLE).and_then(|bytes| serde_json::from_slice::<Value>(bytes).ok());
            match (kind, file(MAIN), example) {
                (Some(kind), Some(template), Some(example)) => {
                    drop(kinds.insert(kind, Paper { template: named(template), example }));
                }
                (None, ..) => faults.push(format!("documents/{folder}: no kind of document has this name; rename it")),
                (_, None, _) => faults.push(format!("documents/{folder}/{MAIN}: the file is missing; add it")),
                (.., None) => faults.push(format!("documents/{folder}/{EXAMPLE}: it is missing or no JSON; write it")),
            }
        }
        match files.get("base.typ") {
            Some(base) if faults.is_empty() => Ok(Self { base: named(base), kinds }),
            Some(_) => Err(faults),
            None => Err([faults, vec!["documents/base.typ: the file is missing; put it back".into()]].concat()),
        }
    }

    /// The kinds that can be printed.
    pub fn kinds(&self) -> impl Iterator<Item = DocumentKind> {
        self.kinds.keys().copied()
    }

    /// The example of a kind's view.
    pub fn example(&self, kind: DocumentKind) -> Option<&Value> {
        self.kinds.get(&kind).map(|paper| &paper.example)
    }

    /// Every template by digest, with the fonts, to be kept in the ledger.
    pub fn asset_bytes(&self) -> Vec<(String, Vec<u8>)> {
        let templates = self.kinds.values().map(|paper| paper.template.clone());
        templates.chain([self.base.clone()]).chain(font_assets()).collect()
    }

    /// The plan of a document; none: nobody has written a template of its kind.
    pub fn plan(&self, id: Id, kind: DocumentKind, planned_at: Instant, press: &Press) -> Option<DocumentPlan> {
        let paper = self.kinds.get(&kind)?;
        let mut assets = vec![
            AssetRef { name: "/base.typ".into(), sha256: self.base.0.clone() },
            AssetRef { name: format!("/{MAIN}"), sha256: paper.template.0.clone() },
        ];
        assets.extend(font_refs());
        Some(DocumentPlan {
            v: 1,
            id,
            kind,
            planned_at,
            assets,
            template: format!("/{MAIN}"),
            renderer: RENDERER_ID.into(),
            verify_host: press.verify_host.clone(),
            specimen: press.specimen,
            seal: press.seal.clone(),
        })
    }
}

/// What every plan of this installation shares.
#[derive(Debug, Clone)]
pub struct Press {
    /// The host a verifier is told to use.
    pub verify_host: String,
    /// The sealing certificate is not from a configured trusted issuer.
    pub specimen: bool,
    /// How documents are sealed.
    pub seal: SealPlan,
}

fn named(bytes: &[u8]) -> (String, Vec<u8>) {
    (hex::encode(Sha256::digest(bytes)), bytes.to_vec())
}
