//! `GET /api/v1/sla/report`: the figures of a period for programs of whoever is signed in; as a workbook with
//! `/api/v1/sla/report.xlsx?kind=compliance`.

use super::{
    asked::{Asked, Wanted},
    papers,
};
use crate::{fault::Fault, lang::Lang, pages, session::SignedIn, site::Site};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use mohor_domain::{
    compliance::{self, Compliance},
    table::Table,
};
use mohor_ports::ledger::ReportOf;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::sync::Arc;

/// How a department kept its limits in a period.
#[utoipa::path(
    get, path = "/api/v1/sla/report", tag = "supervisors", params(
        ("department" = Option<String>, Query, description = "letters; without them the department of the post"),
        ("district" = Option<String>, Query, description = "and only this district of it"),
        ("from" = String, Query, description = "first day of the period, `2026-04-01`"),
        ("until" = String, Query, description = "last day; at most two years"),
    ),
    responses(
        (status = 200, description = "the figures; what each means stands in `ARCHITECTURE.md`", body = serde_json::Value),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
        (status = 404, description = "not within the bounds of whoever is signed in",
         content_type = "application/problem+json"),
        (status = 422, description = "no such period", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn figures(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Compliance>, Fault> {
    let asked = pages::asked(query)?;
    let (_, found) = found(&site, lang, &signed, &asked, "json").await?;
    Ok(Json(found.as_ref().clone()))
}

/// The same as a workbook: the tables of the page, a sheet each.
pub(crate) async fn xlsx(site: &Arc<Site>, lang: Lang, signed: &SignedIn, asked: &Asked) -> Result<Vec<u8>, Fault> {
    let (of, found) = found(site, lang, signed, asked, "xlsx").await?;
    let tables = compliance::sheet(&found, |service| papers::service_name(site, &of.department, service));
    let failed = || Fault::port(mohor_ports::error::Error::fatal("the workbook could not be written"));
    site.sheets.run(move || workbook(lang, &tables)).await?.map_err(|_| failed())
}

/// The figures, if they may be seen; an audit line says who took them.
async fn found(
    site: &Arc<Site>,
    lang: Lang,
    signed: &SignedIn,
    asked: &Asked,
    kind: &str,
) -> Result<(ReportOf, Arc<Compliance>), Fault> {
    signed.reports()?;
    let of = match asked.wanted(site, signed, lang)? {
        Wanted::Report(of) => of,
        Wanted::Nothing => return Err(Fault::invalid("from", "`from` and `until` are the days of the period")),
        Wanted::Wrong(words) => return Err(Fault::invalid("from", words)),
    };
    let act = signed.act("report.export", of.department.clone(), format!("{kind}: {}", asked.with(|_| ())));
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    let found = site.compliance(&of).await?;
    Ok((of, found))
}

/// Texts are texts in a workbook: none is read as a formula. Figures are numbers.
fn workbook(lang: Lang, tables: &[Table]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    for (place, table) in (1..).zip(tables) {
        let sheet = book.add_worksheet();
        sheet.set_name(format!("{place} {}", lang.name(&table.head)))?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, head) in (0..).zip(&table.columns) {
            sheet.write_string_with_format(0, column, lang.name(head), &bold)?;
        }
        for (line, row) in (1..).zip(&table.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell.en.parse::<u32>() {
                    Ok(figure) if column > 0 && table.figures => sheet.write_number(line, column, figure)?,
                    _ => sheet.write_string(line, column, lang.name(cell))?,
                };
            }
        }
    }
    book.save_to_buffer()
}
