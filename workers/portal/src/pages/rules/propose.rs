//! `POST /office/rules/propose`: a form becomes a change that waits for a second person.

use super::{changes, sees};
use crate::{
    fault::Fault,
    lang::Lang,
    session::{SignedIn, from_here},
    site::Site,
};
use axum::{
    Form,
    extract::{FromRequest, Request, State},
    http::StatusCode,
    response::Redirect,
};
use jiff::civil::Date;
use mohor_domain::{
    calendar::HolidayKind,
    change::{Change, Wrong},
    civil::parse_date,
    clock::ClockKind,
    limit::{Limit, Unit},
    practice::{CountFrom, DefectMemo, Practice},
    rules::{DueSoon, Ladder},
};
use std::{collections::HashMap, sync::Arc};

/// What was keyed in.
struct Keyed(HashMap<String, String>);

impl Keyed {
    fn text(&self, field: &str) -> String {
        self.0.get(field).map(|text| text.trim().to_owned()).unwrap_or_default()
    }

    fn optional(&self, field: &str) -> Option<String> {
        Some(self.text(field)).filter(|text| !text.is_empty())
    }

    fn day(&self, field: &str) -> Result<Date, Fault> {
        parse_date(&self.text(field))
            .ok_or_else(|| Fault::invalid(field, format!("`{field}` is a day, like 2026-11-25; fill it in")))
    }

    fn number<T: std::str::FromStr>(&self, field: &str) -> Result<T, Fault> {
        let number = self.text(field).parse();
        number.map_err(|_| Fault::invalid(field, format!("`{field}` is a whole number that is not too large")))
    }

    fn list(&self, word: &str) -> Result<HolidayKind, Fault> {
        match word {
            "ni_act" => Ok(HolidayKind::NiAct),
            "state_order" => Ok(HolidayKind::StateOrder),
            _ => Err(Fault::invalid("list", "`list` is ni_act or state_order; choose one")),
        }
    }

    fn change(&self) -> Result<Change, Fault> {
        let order = self.text("order");
        match self.text("change").as_str() {
            "holiday_declared" => Ok(Change::HolidayDeclared {
                day: self.day("day")?,
                name: self.text("name"),
                list: self.list(&self.text("list"))?,
                district: self.optional("district"),
                notified_on: self.day("notified_on")?,
                order,
            }),
            "holiday_withdrawn" => {
                let holiday = self.text("holiday");
                let mut parts = holiday.splitn(3, '~');
                let (day, list, district) = (parts.next(), parts.next(), parts.next());
                let unknown = || Fault::invalid("holiday", "`holiday` is one of the year's list; choose one");
                Ok(Change::HolidayWithdrawn {
                    day: day.and_then(parse_date).ok_or_else(unknown)?,
                    list: self.list(list.unwrap_or_default())?,
                    district: district.filter(|code| !code.is_empty()).map(str::to_owned),
                    withdrawn_on: self.day("withdrawn_on")?,
                    order,
                })
            }
            "year_settled" => {
                let settled = self.text("settled") == "yes";
                Ok(Change::YearSettled { year: self.number("year")?, settled, order })
            }
            "limit_notified" => self.limit(),
            "policy_changed" => {
                Ok(Change::PolicyChanged { saturday_works: self.text("saturday_works") == "yes", order })
            }
            "practice_changed" => Ok(Change::PracticeChanged {
                department: self.text("department"),
                practice: self.practice()?,
                effective_from: self.day("effective_from")?,
                order,
            }),
            "ladder_changed" => {
                let opens = self.text("office_opens");
                let opens = opens.split_once(':').and_then(|(hour, minute)| {
                    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
                    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
                });
                let ladder = Ladder {
                    due_soon: self.due_soon()?,
                    appeal_after_days: self.number("appeal_after_days")?,
                    review_after_days: self.number("review_after_days")?,
                    office_opens: opens
                        .ok_or_else(|| Fault::invalid("office_opens", "`office_opens` is a time of day, like 10:00"))?,
                };
                Ok(Change::LadderChanged { ladder, order })
            }
            _ => Err(Fault::invalid("change", "`change` is none that can be proposed; use one of the forms")),
        }
    }

    fn practice(&self) -> Result<Practice, Fault> {
        let (from, memo) =
            (CountFrom::from_word(&self.text("count_from")), DefectMemo::from_word(&self.text("defect_memo")));
        let one_of = |field: &str, words: &str| Fault::invalid(field, format!("`{field}` is {words}; choose one"));
        Ok(Practice {
            count_from: from.ok_or_else(|| one_of("count_from", "next_day or same_day"))?,
            defect_memo: memo.ok_or_else(|| one_of("defect_memo", "pauses or runs_on"))?,
            rectify_days: self.number("rectify_days")?,
            appeal_on_rejection: self.text("appeal_on_rejection") == "yes",
        })
    }

    fn due_soon(&self) -> Result<DueSoon, Fault> {
        match self.text("due_soon_unit").as_str() {
            "percent" => self.number("due_soon").map(DueSoon::Share),
            "days" => self.number("due_soon").map(DueSoon::DaysBefore),
            _ => Err(Fault::invalid("due_soon_unit", "`due_soon_unit` is percent or days; choose one")),
        }
    }

    fn limit(&self) -> Result<Change, Fault> {
        let unit = match self.text("unit").as_str() {
            "" => None,
            word => Some(
                Unit::from_word(word)
                    .ok_or_else(|| Fault::invalid("unit", "`unit` is days, working_days, weeks, months or same_day"))?,
            ),
        };
        let limit = match unit {
            None => None,
            Some(Unit::SameDay) => Some(Limit { amount: 0, unit: Unit::SameDay }),
            Some(unit) => Some(Limit { amount: self.number("amount")?, unit }),
        };
        let clock = ClockKind::from_word(&self.text("clock"));
        Ok(Change::LimitNotified {
            department: self.text("department"),
            service: self.text("service"),
            clock: clock
                .ok_or_else(|| Fault::invalid("clock", "`clock` is service, stage, appeal, review or revision"))?,
            stage: self.optional("stage"),
            district: self.optional("district"),
            limit,
            starts: self.optional("starts"),
            effective_from: self.day("effective_from")?,
            notification: self.text("notification"),
            source: self.text("source"),
        })
    }
}

/// What is wrong with a change, as an answer.
pub(crate) fn fault(wrong: Wrong) -> Fault {
    let Wrong { field, en, bn } = wrong;
    let en = if en.starts_with('`') { en } else { format!("`{field}`: {en}") };
    Fault::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", en, bn).at(&field)
}

/// `POST /office/rules/propose`
pub(crate) async fn propose(
    State(site): State<Arc<Site>>,
    lang: Lang,
    signed: SignedIn,
    request: Request,
) -> Result<Redirect, Fault> {
    from_here(request.headers())?;
    sees(&signed)?;
    if !changes(&signed) {
        return Err(Fault::not_found());
    }
    let form = Form::<HashMap<String, String>>::from_request(request, &()).await;
    let Form(keyed) = form.map_err(|rejection| Fault::of_status(rejection.status(), "16 KiB"))?;
    let change = Keyed(keyed).change()?;
    let ledger = &site.portal.changes;
    let force = ledger.rules().await.map_err(Fault::port)?;
    let change = change.checked(&force.rules, &site.portal.catalogue).map_err(fault)?;
    let number = ledger.propose(change, &signed.person.login).await.map_err(Fault::port)?;
    Ok(Redirect::to(&format!("/office/rules/change/{number}?lang={}", lang.code())))
}
