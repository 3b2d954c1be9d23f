use super::{Call, call, prepare::noon};
use crate::{
    ledger::{AmqpUser, DepartmentKey, Minting},
    signer::{CredentialKey, SealAlgorithm, SealKey},
    suite::{
        documents::{document_plan, order, stored_document},
        handing,
        holograms::{act, range, serial},
        sample::{self, BSK, DEPARTMENT},
        tray,
    },
};
use mohor_domain::tray::PrintKind;

pub(super) const COMMITS: &[Call] = &[
    call!(|it| commit_minted(vec![Minting {
        application: it.mint,
        plan: sample::plan(sample::uin(DEPARTMENT, 1), 1)
    }])),
    call!(|it| commit_signed(vec![(it.sign, sample::credential(it.sign))])),
    call!(|it| commit_sealed(vec![(it.seal, sample::cms(it.seal))])),
    call!(|it| commit_stored(vec![sample::stored(it.store)])),
    call!(|it| commit_notified(&[it.notify])),
    call!(|_| keep_assets(vec![("ab".repeat(32), b"font".to_vec())])),
    call!(|_| reserve_uins(DEPARTMENT, "another block", vec![sample::uin(DEPARTMENT, 60)])),
    call!(|_| add_department_key(department_key())),
    call!(|_| add_amqp_user(amqp_user())),
    call!(|_| add_credential_key(credential_key())),
    // The one that is added last is in use.
    call!(|_| add_seal_key(seal_key())).each_time(),
    call!(|it| audit(handing::act(it.waits, "rekha", "certificate.look"))).each_time(),
    call!(|_| order(order(9))),
    call!(|it| commit_planned(vec![document_plan(it.plan_document, 2_000)])),
    call!(|it| commit_document_seals(vec![(it.seal_document, b"its seal".to_vec())])),
    call!(|it| commit_documents_stored(vec![stored_document(it.store_document)])),
    call!(|it| record_print(it.waits, BSK, PrintKind::Printed, tray::act(it.waits, "rekha"))).each_time(),
    call!(|_| issue_holograms(range(101, 200), BSK, act("hologram.issue", "asha", BSK))),
    call!(|it| bind_hologram(it.printed, BSK, serial(1), act("hologram.bind", "rekha", it.printed.as_str()))),
    call!(|_| write_off_hologram(None, serial(2), "torn", act("hologram.write_off", "rekha", "WB26-000002"))),
    call!(|_| test_page("24102", "CODE", "person:rekha")),
    call!(|_| try_test_page(BSK, "CODE", "FRESH", act("printer.try", "rekha", BSK))),
    call!(|_| try_test_page(BSK, "ANOTHER", "FRESH", act("printer.try", "rekha", BSK)))
        .case("another code")
        .each_time(),
];

fn department_key() -> DepartmentKey {
    DepartmentKey {
        kid: "kid".into(),
        department: DEPARTMENT.into(),
        public: "00".repeat(32),
        added_at: noon(),
        withdrawn_at: None,
    }
}

fn amqp_user() -> AmqpUser {
    AmqpUser {
        name: "dept-bcw".into(),
        department: DEPARTMENT.into(),
        services: vec![],
        offices: vec![],
        added_at: noon(),
    }
}

fn credential_key() -> CredentialKey {
    CredentialKey {
        kid: "0011223344556677".into(),
        public: "00".repeat(32),
        departments: vec![],
        valid_from: noon(),
        valid_until: None,
    }
}

fn seal_key() -> SealKey {
    let chain = vec![b"certificate".to_vec()];
    SealKey { key_id: "cd".repeat(32), chain, algorithm: SealAlgorithm::EcdsaP256 }
}
