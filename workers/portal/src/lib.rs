//! The portal: verification for anybody, the departments' HTTP door, and what operators read.
//!
//! It reads the register, writes deliveries to the inbox and hands answers back. It knows no private key and cannot name
//! the port to one. Neither logs nor traces hold numbers, query strings or names: method, route, status and time only.

/// Who is calling, and from where.
mod client;

/// In which language a page is written.
mod lang;

/// What could not be done, as a page or as problem details.
mod fault;

/// Limits per address.
mod gates;

/// Work that takes a processor for a while.
mod work;

/// Places for large bodies.
mod places;

/// What was wrong of late.
mod wrongs;

/// Wrong passwords.
mod brakes;

/// What surrounds every answer: headers, time limit, log line.
mod guard;

/// Bodies from outside.
mod body;

/// What a department signed.
mod signed;

/// Who is signed in.
mod session;

/// Documents other than certificates, handed out.
mod document;

/// Who is away at the State's sign-in.
mod away;

/// Figures that are kept for a while.
mod kept;

/// Figures by the officers in charge.
mod officers;

/// A line of server-sent events.
mod sse;

/// Whether the sessions of these go on.
mod lines;

/// What fires, as it fires.
mod live;

/// What arrives at centres, as it arrives.
mod arrivals;

/// A certificate's document, given out at its centre.
mod printing;

/// Hand-overs at the counters.
mod handing;

/// What a centre's counter needs besides its tray.
mod centre;

/// Whether a sticker belongs to a certificate.
mod sticker;

/// An application by its number and the key on its Form 1.
mod tracking;

/// The verdict on a number, a QR code or a PDF.
mod judge;

/// Verdicts in words.
mod words;

/// What of a certificate anybody may see.
mod facts;

/// Style sheet and script, named by their digest.
mod assets;

/// Pages for people.
mod pages;

/// Calls for programs.
mod api;

mod site;

mod operations;
mod owed;

pub use api::openapi::document as openapi;
pub use centre::Centre;
pub use handing::Texts;
pub use operations::{Operations, serve_operations};
pub use site::{Examine, Licensed, Limits, Portal, Provider};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use site::Site;
use std::{net::SocketAddr, sync::Arc, time::Duration};

/// Bytes of an uploaded PDF, at most.
pub const MAX_FILE: usize = 10 * 1024 * 1024;
/// Bytes of a form or a small JSON body, at most.
const MAX_FORM: usize = 8 * 1024;
/// What multipart framing may add to a file.
const FRAMING: usize = 64 * 1024;
/// Where the State's sign-in sends people back to.
pub const BACK: &str = "/sign-in/back";
/// How long open connections are waited for at the end.
const FAREWELL: Duration = Duration::from_secs(10);

/// Every route of the portal.
pub fn router(portal: Arc<Portal>) -> Router {
    let site = Arc::new(Site::new(portal));
    let form = || DefaultBodyLimit::max(MAX_FORM);
    let file = || DefaultBodyLimit::max(MAX_FILE + FRAMING);
    let secure = site.portal.secure_cookies;
    let known = Router::new()
        .route("/sign-in", get(pages::sign_in::show).post(pages::sign_in::enter).layer(form()))
        .route("/sign-in/away", get(pages::provider::leave))
        .route(BACK, get(pages::provider::back))
        .route("/sign-in/code", post(pages::provider::enter).layer(form()))
        .route("/sign-out", post(pages::sign_in::leave))
        .route("/office", get(pages::board::show))
        .route("/office/live", get(pages::watch::show))
        .route("/office/clocks.csv", get(pages::export::csv))
        .route("/office/search", post(pages::record::search).get(pages::board::back).layer(form()))
        .route("/office/application/{id}", get(pages::record::show))
        .route("/office/uncollected", get(pages::uncollected::show))
        .route("/office/uncollected.csv", get(pages::uncollected::csv))
        .route(
            "/office/uncollected/centre",
            post(pages::uncollected::centre::empty).get(pages::uncollected::back).layer(form()),
        )
        .route("/office/uncollected/{id}", get(pages::uncollected::one::show))
        .route("/office/uncollected/{id}/return", post(pages::uncollected::one::give_back).layer(form()))
        .route("/office/uncollected/{id}/reroute", post(pages::uncollected::one::send_on).layer(form()))
        .route("/api/v1/uncollected", get(api::uncollected::list))
        .route("/bsk", get(pages::tray::show))
        .route("/bsk/search", post(pages::tray::search).get(pages::tray::back).layer(form()))
        .route("/bsk/certificate/{number}", get(pages::tray::certificate))
        .route("/bsk/certificate/{number}/pdf", get(pages::tray::open))
        .route("/bsk/certificate/{number}/print", post(pages::tray::print).layer(form()))
        .route("/bsk/certificate/{number}/code", post(pages::tray::hand::code).layer(form()))
        .route("/bsk/certificate/{number}/deliver", post(pages::tray::hand::deliver).layer(form()))
        .route("/bsk/certificate/{number}/exception", post(pages::tray::hand::exception).layer(form()))
        .route("/bsk/certificate/{number}/receipt", get(pages::tray::hand::receipt))
        .route("/bsk/certificate/{number}/return", post(pages::tray::giving_back::give_back).layer(form()))
        .route("/office/handovers", get(pages::handovers::show))
        .route("/office/handovers/exception", post(pages::handovers::decide).layer(form()))
        .route("/office/handovers/sample", post(pages::handovers::found).layer(form()))
        .route("/office/application/{id}/undo", post(pages::handovers::undo).layer(form()))
        .route("/bsk/certificate/{number}/hologram", post(pages::tray::bind).layer(form()))
        .route("/bsk/holograms", get(pages::tray::stickers))
        .route("/bsk/holograms/write-off", post(pages::tray::write_off).get(pages::tray::to_stickers).layer(form()))
        .route("/bsk/test-page", get(pages::tray::test_page).post(pages::tray::try_page).layer(form()))
        .route("/office/holograms", get(pages::holograms::show))
        .route("/office/holograms/issue", post(pages::holograms::issue).get(pages::holograms::back).layer(form()))
        .route(
            "/office/holograms/write-off",
            post(pages::holograms::write_off).get(pages::holograms::back).layer(form()),
        )
        .route("/api/v1/bsk/{bsk}/ready", get(api::events::centre))
        .route("/api/v1/bsk/{bsk}/events", get(api::tray::events))
        .route("/api/v1/bsk/{bsk}/certificates/{uin}/pdf", get(api::tray::pdf))
        .route("/api/v1/bsk/{bsk}/certificates/{uin}/code", post(api::counter::code).layer(form()))
        .route("/api/v1/bsk/{bsk}/certificates/{uin}/deliver", post(api::counter::deliver).layer(form()))
        .route("/office/document/{id}", get(pages::document::show))
        .route("/api/v1/bsk/{bsk}/acknowledgements", get(api::acknowledgement::centre))
        .route("/office/directory", get(pages::directory::show))
        .route("/office/directory/check", post(pages::directory::check).get(pages::directory::back).layer(file()))
        .route("/office/directory/load", post(pages::directory::load).get(pages::directory::back).layer(file()))
        .route("/office/moved", get(pages::rules::moved))
        .route("/office/rules", get(pages::rules::show))
        .route("/office/rules/calendar", get(pages::rules::calendar))
        .route("/office/rules/limits", get(pages::rules::limits))
        .route("/office/rules/propose", post(pages::rules::propose).layer(DefaultBodyLimit::max(2 * MAX_FORM)))
        .route("/office/rules/change/{number}", get(pages::rules::change).post(pages::rules::decide).layer(form()))
        .route("/office/application/{id}/evidence", post(pages::reports::evidence))
        .route("/office/reports", get(pages::reports::show).post(pages::reports::order).layer(form()))
        .route("/office/reports/{id}", get(pages::reports::made))
        .route("/api/v1/sla/report", get(pages::reports::programs::figures))
        .route("/api/v1/sla", get(api::sla::sums))
        .route("/api/v1/sla/breaches", get(api::sla::breaches))
        .route("/api/v1/sla/report.xlsx", get(pages::export::xlsx))
        .layer(session::layer(site.portal.people.clone(), secure))
        .route("/.well-known/mohor/keys.json", get(api::keys::serve))
        .layer(middleware::from_fn_with_state(site.clone(), guard::pace));
    Router::new()
        .merge(known)
        .route("/", get(pages::home::show))
        .route("/verify", post(pages::result::number).get(pages::home::back).layer(form()))
        .route("/verify/pdf", post(pages::result::pdf).get(pages::home::back).layer(file()))
        .route("/verify/hologram", post(pages::result::hologram).get(pages::home::back).layer(form()))
        .route("/track", get(pages::track::ask).post(pages::track::show).layer(form()))
        .route("/track/code", post(pages::track::code).get(pages::track::back).layer(form()))
        .route("/track/pdf", post(pages::track::pdf).get(pages::track::back).layer(form()))
        .route("/assets/{name}", get(assets::serve))
        .route("/api", get(pages::calls::show))
        .route("/api/openapi.json", get(api::openapi::serve))
        .route("/api/v1/verify", post(api::verify::evidence).layer(file()))
        .route("/api/v1/verify/{uin}", get(api::verify::number))
        .route("/api/v1/verify/{uin}/hologram", post(api::hologram::check).layer(form()))
        .route(
            "/api/v1/applications",
            post(api::applications::receive)
                .get(api::application::show)
                .layer(DefaultBodyLimit::max(body::MAX_BATCH_BYTES)),
        )
        .route("/api/v1/applications/acknowledgement", get(api::acknowledgement::department))
        .route(
            "/api/v1/applications/check",
            post(api::applications::check).layer(DefaultBodyLimit::max(body::MAX_BATCH_BYTES)),
        )
        .route("/api/v1/answers/{id}", get(api::applications::answer))
        .route("/api/v1/uins", post(api::uins::reserve).layer(form()))
        .route("/api/v1/events", get(api::events::department))
        .route("/api/v1/certificates/{uin}/pdf", get(api::pdf::serve))
        .route("/healthz", get(api::health::alive))
        .route("/readyz", get(api::health::ready))
        .route("/metrics", get(api::health::metrics))
        .fallback(fault::no_such_page)
        .method_not_allowed_fallback(fault::no_such_method)
        .layer(middleware::from_fn_with_state(site.clone(), guard::time_limit))
        .layer(middleware::from_fn_with_state(site.clone(), fault::dress))
        .layer(middleware::from_fn(guard::headers))
        .layer(middleware::from_fn_with_state(site.clone(), guard::log))
        .with_state(site)
}

/// Serves until `shutdown` is ready; then answers what has begun, for ten seconds at most.
///
/// TLS, HSTS and a limit on slow request heads are the reverse proxy's: name it in `trusted_proxies`.
pub async fn serve(
    listener: tokio::net::TcpListener,
    portal: Arc<Portal>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (told, heard) = tokio::sync::oneshot::channel::<()>();
    let ended = async move {
        shutdown.await;
        // The receiver lives as long as this function waits for it.
        let _ = told.send(());
    };
    let service = router(portal).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(ended);
    let farewell = async {
        if heard.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! { outcome = async { serving.await } => outcome, () = farewell => Ok(()) }
}
