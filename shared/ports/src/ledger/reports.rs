//! What reports are made of: the cases of a department in a period.

use super::ClockRecord;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    board::Selection,
    civil::Instant,
    compliance::{Case, Compliance, Period, Spoken, Tally},
    id::Id,
    rules::Rules,
};
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

/// What a report is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReportOf {
    /// Letters of the department.
    pub department: String,
    /// And only this service, district, office or centre of it.
    pub of: Selection,
    /// The days.
    pub period: Period,
}

/// Certificates of a service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssuedRow {
    /// The service's slug.
    pub service: String,
    /// Ready in the period.
    pub ready: u64,
    /// Handed over at a centre in the period.
    pub delivered: u64,
}

/// What reports read. Nothing here checks who asks: `of` is narrowed to somebody's bounds before.
#[async_trait]
pub trait Reports: Send + Sync {
    /// The figures of a department in a period, of what is recorded now; by the ledger's time, where the period goes on.
    ///
    /// Read in pages in one snapshot: no case is counted twice or passed over while work goes on, and what is held does
    /// not grow with their number. `rules` tell what would have been without pauses, and the due days of past moments.
    async fn compliance(&self, of: &ReportOf, rules: Arc<Rules>) -> Result<Compliance>;
    /// Certificates of a department that were ready, and handed over, in a period, by service: as the clocks of the pipeline
    /// and of the centres ended.
    async fn issued(&self, department: &str, period: Period) -> Result<Vec<IssuedRow>>;
}

/// Rows of one look at the ledger.
pub const REPORT_PAGE: usize = 1_000;

/// A page of cases on its way into a tally: what has to be looked up beside the clocks of the services.
#[derive(Debug)]
pub struct ReportPage {
    cases: Vec<(Id, Case)>,
}

impl ReportPage {
    /// The clocks of services, each with when its application was submitted, or first heard of.
    pub fn new(rows: Vec<(ClockRecord, Instant)>) -> Self {
        let case = |(record, known_at): (ClockRecord, Instant)| {
            let case = Case {
                department: record.department,
                service: record.service.unwrap_or_default(),
                office: record.office.unwrap_or_default(),
                district: record.district,
                known_at,
                clocks: vec![record.clock],
                spoken: vec![],
            };
            (record.application, case)
        };
        Self { cases: rows.into_iter().map(case).collect() }
    }

    /// Applications whose stages have to be looked up: those of services that have stages. `department` is theirs.
    pub fn staged(&self, department: &str, rules: &Rules) -> Vec<Id> {
        let services: BTreeSet<&str> = self.cases.iter().map(|(_, case)| case.service.as_str()).collect();
        let has_stages = |service: &&str| !rules.stage_names(department, service).is_empty();
        let staged: BTreeSet<&str> = services.into_iter().filter(has_stages).collect();
        self.those(|case| staged.contains(case.service.as_str()))
    }

    /// Applications whose memos and rejections have to be looked up.
    pub fn spoken_of(&self) -> Vec<Id> {
        use mohor_domain::clock::Outcome;
        self.those(|case| {
            case.clocks.iter().any(|clock| !clock.pauses.is_empty() || clock.outcome == Some(Outcome::Rejected))
        })
    }

    fn those(&self, wanted: impl Fn(&Case) -> bool) -> Vec<Id> {
        self.cases.iter().filter(|(_, case)| wanted(case)).map(|(id, _)| *id).collect()
    }

    /// Adds the cases to a tally, with their stages and what was said of them.
    pub fn count(self, stages: Vec<ClockRecord>, spoken: Vec<(Id, Spoken)>, tally: &mut Tally, rules: &Rules) {
        let mut clocks: HashMap<Id, Vec<_>> = HashMap::new();
        stages.into_iter().for_each(|it| clocks.entry(it.application).or_default().push(it.clock));
        let mut words: HashMap<Id, Vec<Spoken>> = HashMap::new();
        spoken.into_iter().for_each(|(id, it)| words.entry(id).or_default().push(it));
        for (id, mut case) in self.cases {
            case.clocks.extend(clocks.remove(&id).unwrap_or_default());
            case.clocks[1..].sort_by_key(|clock| clock.started_at);
            case.spoken = words.remove(&id).unwrap_or_default();
            tally.add(&case, rules);
        }
    }
}
