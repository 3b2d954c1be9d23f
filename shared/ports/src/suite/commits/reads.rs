use super::{Call, call, prepare::noon};
use crate::{
    ledger::{Days, ReportOf, Sought},
    suite::sample::{self, BSK, BSK_STREAM, DEPARTMENT, DEPARTMENT_STREAM},
};
use mohor_domain::{
    board::{By, Part, Selection},
    compliance::Period,
    people::Place,
    plan::DocumentKind,
    tray::TrayState,
};
use std::sync::Arc;

pub(super) const READS: &[Call] = &[
    // Register
    call!(|it| certificate(it.waits)),
    call!(|it| by_document(&sample::sha256(it.waits))),
    call!(|_| application(DEPARTMENT, "BCW/9")),
    call!(|_| applications_by_number("BCW/9")),
    call!(|_| events(DEPARTMENT_STREAM, 0, 1_000)),
    call!(|_| export(None, 100)),
    call!(|_| department_keys()),
    call!(|_| amqp_users()),
    call!(|_| credential_keys()),
    call!(|_| seal_certificates()),
    call!(|_| seal_key()),
    call!(|it| acts(it.waits.as_str())),
    // Inbox
    call!(|_| now()),
    call!(|it| deliveries(&[it.inbox])),
    call!(|_| preview(vec![sample::valid(sample::approval(20))])),
    call!(|it| answer(it.inbox)),
    // Issue
    call!(|it| approved(&[it.mint])),
    call!(|_| minted_in_year(DEPARTMENT, 2026)),
    call!(|it| certificates(&[it.sign, it.waits])),
    call!(|it| progress(&[it.sign, it.waits])),
    call!(|it| to_sign(&[it.sign])),
    call!(|_| asset(sample::ABC)),
    // Upkeep
    call!(|_| parked(0, 100)),
    call!(|_| census()),
    call!(|_| kept()),
    call!(|_| offenders()),
    call!(|_| probe()),
    call!(|_| note("name")),
    // Clocks
    call!(|it| clocks(it.late)),
    call!(|it| rungs(it.late)),
    call!(|_| unreadable(None, 1_000)),
    call!(|_| clockless(None, 1_000)),
    call!(|_| audit_clocks()),
    // People
    call!(|_| person("rekha")),
    call!(|_| accounts(&["rekha".to_owned()])),
    call!(|_| people()),
    call!(|_| session("kept")),
    call!(|_| kept_sessions(&["kept".to_owned(), "over".to_owned()])),
    // Board
    call!(|_| figures(&Selection::default(), By::Department, days())),
    call!(|_| paused(&Selection::default())),
    call!(|_| beside(&Selection::default(), noon().day())),
    call!(|_| nobody_told(&Selection::default())),
    call!(|_| lateness(&Selection::default(), noon().day())),
    call!(|_| listed(&Selection::default(), Part::Late, days(), None, 100)),
    call!(|_| trend(&Selection::default(), noon().day(), noon().day())),
    call!(|_| look_up("BCW/9")),
    call!(|it| full_record(it.mint)),
    call!(|_| news(noon(), 100)),
    // Mails
    call!(|it| untold(it.late)),
    call!(|_| mail_census()),
    // Centres
    call!(|_| centres()),
    // Directories
    call!(|_| directory(DEPARTMENT)),
    call!(|_| loads(DEPARTMENT)),
    call!(|_| wish(DEPARTMENT)),
    // Reports
    call!(|_| compliance(&report_of(), Arc::new(sample::reference().rules))),
    call!(|_| issued(DEPARTMENT, period())),
    // Counter
    call!(|it| handed(it.handed)),
    call!(|it| taken_back(it.sampled)),
    // Citizens
    call!(|_| tracked(sample::ABC)),
    call!(|it| fetches(it.online, 100)),
    // Exceptions
    call!(|it| exception(it.asked)),
    call!(|_| open_exceptions(&Selection::default(), 100)),
    call!(|_| samples(&Selection::default(), 100)),
    // Tray
    call!(|_| tray(BSK, TrayState::Ready, None, 100)),
    call!(|_| tray_row(BSK, 1)),
    call!(|_| seek(BSK, Sought::Number("BCW/9".into()), 100)),
    call!(|_| last_numbers(&[BSK_STREAM.to_owned()])),
    call!(|_| told_since(&[(BSK_STREAM.to_owned(), 0)], 100)),
    call!(|it| prints(it.printed, 100)),
    // Documents
    call!(|it| documents(&[it.plan_document])),
    call!(|_| documents_of("BCW/1", 100)),
    call!(|_| documents_at(DocumentKind::Report, &Place::default(), 100)),
    call!(|_| document_by_digest(sample::ABC)),
    call!(|_| document_page(None, 100)),
    // Changes
    call!(|_| rules()),
    call!(|it| change(it.change)),
    call!(|_| changes(true, None, 100)),
    call!(|_| run_of(1)),
    call!(|_| moved(1, &Selection::default(), None, 100)),
    call!(|it| moved_of(it.mint)),
    // Webhooks
    call!(|_| webhooks()),
    call!(|it| webhook_log(it.endpoint, 100)),
    call!(|_| webhook_census()),
    // Uncollected
    call!(|_| uncollected(&Selection::default(), noon().plus_millis(3_600_000), None, 100)),
    call!(|it| lying(it.mint)),
    call!(|it| centre_moves(it.waits)),
    // Holograms
    call!(|_| hologram_stock(BSK)),
    call!(|_| hologram_stocks(None, 100)),
    call!(|_| hologram_ranges(BSK, None, 100)),
    call!(|it| hologram_bindings(it.printed, 100)),
    call!(|it| hologram_of(it.printed)),
    // TestPages
    call!(|_| tried_today(BSK)),
];

fn days() -> Days {
    Days { today: noon().day(), soon: noon().day() }
}

fn period() -> Period {
    Period::new(noon().day(), noon().day()).expect("a day")
}

fn report_of() -> ReportOf {
    ReportOf { department: DEPARTMENT.into(), of: Selection::default(), period: period() }
}
