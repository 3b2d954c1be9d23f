//! `GET /office/clocks.csv` and `GET /api/v1/sla/report.xlsx`: what a board lists, as a file.

use super::{
    board::{self, ListRow, asked::Asked},
    reports::{self, programs},
};
use crate::{fault::Fault, lang::Lang, pages, session::SignedIn, site::Site};
use axum::{
    extract::{Query, State, rejection::QueryRejection},
    http::header,
    response::{IntoResponse, Response},
};
use mohor_domain::board::Part;
use mohor_ports::{error::Error, ledger::Listed};
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::Deserialize;
use std::sync::Arc;

/// Rows of a file, at most: it is made in memory. The last row says if there are more.
const MOST: usize = 50_000;
/// Rows of one look at the ledger.
const PAGE: u32 = 5_000;
/// The columns.
const HEADS: [&str; 12] = [
    "part",
    "department",
    "application_no",
    "service",
    "clock",
    "stage_or_case",
    "office",
    "bsk",
    "started_at",
    "due_on",
    "provisional",
    "promised_on",
];

/// `GET /office/clocks.csv`
pub(crate) async fn csv(
    State(site): State<Arc<Site>>,
    lang: Lang,
    person: SignedIn,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    let rows = rows(&site, lang, &person, board::asked(query, lang)?, "csv").await?;
    let mut sheet = Sheet::new(HEADS)?;
    for row in &rows {
        sheet.row(row)?;
    }
    sheet.file("clocks.csv")
}

/// A CSV file for whoever opens it in a spreadsheet. Programs read `/api/v1`.
pub(super) struct Sheet(csv::Writer<Vec<u8>>);

impl Sheet {
    /// Begins with the mark by which spreadsheets know UTF-8: without it they show Bengali by the machine's code page.
    pub(super) fn new<const N: usize>(heads: [&str; N]) -> Result<Self, Fault> {
        let begun = "\u{feff}".as_bytes().to_vec();
        let mut sheet = Self(csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(begun));
        sheet.row(&heads)?;
        Ok(sheet)
    }

    pub(super) fn row<T: AsRef<str>>(&mut self, cells: &[T]) -> Result<(), Fault> {
        let row = cells.iter().map(|cell| harmless(cell.as_ref()));
        self.0.write_record(row).map_err(|_| Fault::port(Error::fatal("a row could not be written")))
    }

    pub(super) fn file(self, name: &'static str) -> Result<Response, Fault> {
        let bytes = self.0.into_inner().map_err(|_| Fault::port(Error::fatal("the file was cut short")))?;
        Ok(file(bytes, "text/csv; charset=utf-8", name))
    }
}

/// Which of the workbooks.
#[derive(Deserialize)]
pub(crate) struct Kind {
    #[serde(default)]
    kind: Option<String>,
}

/// What a board lists, as a workbook; with `kind=compliance` the figures of a department in a period.
#[utoipa::path(
    get, path = "/api/v1/sla/report.xlsx", tag = "supervisors", params(
        ("department" = Option<String>, Query), ("service" = Option<String>, Query), ("district" = Option<String>, Query),
        ("office" = Option<String>, Query), ("bsk" = Option<String>, Query),
        ("part" = Option<String>, Query, description = "`late`, `today`, `soon`, `paused`, `uncollected` or `pipeline`; all of them without it"),
        ("kind" = Option<String>, Query, description = "`clocks`, or `compliance`: then `from` and `until` name its days"),
        ("from" = Option<String>, Query), ("until" = Option<String>, Query),
    ),
    responses(
        (status = 200, description = "clocks or figures within the bounds of whoever is signed in",
         content_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (status = 401, description = "nobody is signed in", content_type = "application/problem+json"),
    ),
    security(("mohor" = []))
)]
pub(crate) async fn xlsx(
    State(site): State<Arc<Site>>,
    lang: Lang,
    person: SignedIn,
    Query(Kind { kind }): Query<Kind>,
    compliance: Result<Query<reports::asked::Asked>, QueryRejection>,
    query: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Fault> {
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    match kind.as_deref() {
        None | Some("" | "clocks") => (),
        Some("compliance") => {
            let asked = pages::asked(compliance)?;
            return Ok(file(programs::xlsx(&site, lang, &person, &asked).await?, XLSX, "compliance.xlsx"));
        }
        Some(_) => return Err(Fault::invalid("kind", "`kind` is clocks or compliance")),
    }
    let rows = rows(&site, lang, &person, board::asked(query, lang)?, "xlsx").await?;
    let bytes = site.sheets.run(move || workbook(&rows)).await?;
    let bytes = bytes.map_err(|_| Fault::port(Error::fatal("the workbook could not be written")))?;
    Ok(file(bytes, XLSX, "clocks.xlsx"))
}

fn file(bytes: Vec<u8>, kind: &'static str, name: &'static str) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind.to_owned()), (header::CONTENT_DISPOSITION, disposition)], bytes).into_response()
}

/// Texts are texts in a workbook: none is read as a formula.
fn workbook(rows: &[[String; 12]]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    sheet.set_name("clocks")?;
    sheet.set_freeze_panes(1, 0)?;
    let bold = Format::new().set_bold();
    for (column, head) in (0..).zip(HEADS) {
        sheet.write_string_with_format(0, column, head, &bold)?;
    }
    for (line, row) in (1..).zip(rows) {
        for (column, text) in (0..).zip(row) {
            sheet.write_string(line, column, text)?;
        }
    }
    book.save_to_buffer()
}

/// The rows within somebody's bounds. An audit line says who took them.
async fn rows(
    site: &Site,
    lang: Lang,
    signed: &SignedIn,
    asked: Asked,
    kind: &str,
) -> Result<Vec<[String; 12]>, Fault> {
    signed.sees_clocks()?;
    let parts = match asked.part {
        Some(_) => vec![asked.part()?],
        None => Part::ALL.to_vec(),
    };
    let detail = format!("{kind}: {}", asked.with(|_| ()));
    let act = signed.act("clocks.export", signed.person.login.clone(), detail);
    site.portal.register.audit(act).await.map_err(Fault::port)?;
    let Some(of) = asked.selection(&signed.reach) else { return Ok(vec![]) };
    let today = site.portal.inbox.now().await.map_err(Fault::port)?.day();
    let mut rows = Vec::new();
    for part in parts {
        let mut after = None;
        loop {
            let page = site.portal.board.listed(&of, part, board::days(today), after, PAGE).await;
            let page = page.map_err(Fault::port)?;
            after = page.last().map(Listed::cursor);
            let full = page.len() == PAGE as usize;
            rows.extend(page.into_iter().map(|listed| row(site, lang, part, listed)));
            if rows.len() >= MOST {
                rows.truncate(MOST);
                rows.push(std::array::from_fn(|place| {
                    if place == 0 { "there are more: select less".into() } else { String::new() }
                }));
                return Ok(rows);
            }
            if !full {
                break;
            }
        }
    }
    Ok(rows)
}

fn row(site: &Site, lang: Lang, part: Part, listed: Listed) -> [String; 12] {
    let started = listed.record.clock.started_at.map(|at| at.rfc3339()).unwrap_or_default();
    let due = listed.record.due_on();
    let promised = listed.record.promised.clone().unwrap_or_default();
    let ListRow { application_no, department, service, what, key, office, bsk, .. } =
        board::list_row(site, lang, listed);
    let provisional = due.as_ref().is_some_and(|(_, provisional)| *provisional);
    [
        part.as_str().into(),
        department,
        application_no,
        service,
        what.into(),
        key,
        office,
        bsk,
        started,
        due.map(|(day, _)| day).unwrap_or_default(),
        if provisional { "yes".into() } else { "no".into() },
        promised,
    ]
}

/// A cell that a spreadsheet does not take for a formula (OWASP, CSV injection): an apostrophe before what begins like one.
/// The wide forms of these count too, where a spreadsheet takes them for the narrow ones.
fn harmless(text: &str) -> String {
    let text = text.replace(['\r', '\n'], " ");
    match text.chars().find(|c| *c != ' ') {
        Some('=' | '+' | '-' | '@' | '\t' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_begins_like_a_formula_and_none_breaks_the_line() {
        for (text, cell) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("a\r\n=1", "a  =1"),
            ("\n=1", "' =1"),
            (" @SUM(A1)", "' @SUM(A1)"),
            ("＝1", "'＝1"),
            ("BCW/1", "BCW/1"),
            ("", ""),
        ] {
            assert_eq!(harmless(text), cell);
        }
    }
}
