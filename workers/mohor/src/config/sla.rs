//! How clocks count, where the law leaves it open.

use anyhow::{Context, Result, bail};
use mohor_domain::{
    practice::{CountFrom, DefectMemo, Practice},
    rules::{DueSoon, Ladder},
    share::{ProvidedAt, Terms},
};
use serde::{Deserialize, Serialize};

/// How clocks count, where the law leaves it open.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sla {
    /// Whether a Saturday is a working day. No list of holidays names it; offices of the State are closed.
    pub saturday_works: bool,
    /// Years whose whole list of holidays somebody has compared with the orders: due days that rest on another year are
    /// provisional.
    #[serde(deserialize_with = "years")]
    pub settled_years: Vec<i16>,
    /// "Due soon" when so many hundredths of the days that count are left. Not beside `due_soon_days`; neither of them:
    /// a share that is the default.
    #[serde(with = "optional")]
    pub due_soon_percent: Option<i64>,
    /// "Due soon" so many days of the calendar before the due day. Not beside `due_soon_percent`.
    #[serde(with = "optional")]
    pub due_soon_days: Option<i64>,
    /// Days after a breach from which an appeal to the Appellate Officer is open, and after which one that is not decided in
    /// time comes to the Reviewing Officer.
    pub appeal_after_days: u16,
    /// Days after a breach from which the Reviewing Officer is told.
    pub review_after_days: u16,
    /// Which day of a limit of the Act is the first, `next_day` or `same_day`, where a department has not settled it otherwise.
    pub count_from: CountFrom,
    /// Whether a defect memo `pauses` the limit of the service, or it `runs_on`; likewise.
    pub defect_memo: DefectMemo,
    /// Days in which the citizen is to answer a defect memo; 0: none. Likewise.
    pub rectify_days: u16,
    /// Whether the Appellate Officer is told of each rejection. Likewise.
    pub appeal_on_rejection: bool,
    /// Minutes from the receipt of an approval until its certificate is ready, before an alarm; 0: none.
    pub pipeline_minutes: u32,
    /// Days until a ready certificate is handed over, before it counts as uncollected; 0: never.
    pub collect_days: u32,
    /// What stops the clock of a service: its certificate is `ready`, or `handed_over`.
    pub provided_at: ProvidedAt,
    /// Whether intake orders an acknowledgement (Form 1) of what is submitted.
    pub acknowledgements: bool,
}

/// A list of years; from the environment also one year, or years with commas between.
fn years<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Vec<i16>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Years {
        List(Vec<i16>),
        One(i16),
        Text(String),
    }
    let wrong = |word: &str| serde::de::Error::custom(format!("`{word}` is no year"));
    match Years::deserialize(deserializer)? {
        Years::List(years) => Ok(years),
        Years::One(year) => Ok(vec![year]),
        Years::Text(text) => {
            text.split(',').map(str::trim).filter(|w| !w.is_empty()).map(|w| w.parse().map_err(|_| wrong(w))).collect()
        }
    }
}

/// A number that need not be set. TOML has no word for that: it is an empty text then, so that the defaults name its key.
mod optional {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(i64),
        Text(String),
    }

    pub fn serialize<S: Serializer>(number: &Option<i64>, serializer: S) -> Result<S::Ok, S::Error> {
        number.map_or(Written::Text(String::new()), Written::Number).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Number(number) => Ok(Some(number)),
            Written::Text(text) if text.trim().is_empty() => Ok(None),
            Written::Text(text) => {
                let number = text.trim().parse().map(Some);
                number.map_err(|_| D::Error::custom(format!("`{text}` is no whole number")))
            }
        }
    }
}

impl Sla {
    /// When "due soon" is told: by the one key that is set.
    pub fn due_soon(&self) -> Result<DueSoon> {
        let sound = |soon: &DueSoon| soon.is_in_range();
        match (self.due_soon_percent, self.due_soon_days) {
            (None, None) => Ok(Ladder::default().due_soon),
            (Some(percent), None) => u8::try_from(percent)
                .ok()
                .map(DueSoon::Share)
                .filter(sound)
                .context("configuration: `sla.due_soon_percent` is 0 to 100 hundredths of the limit"),
            (None, Some(days)) => u16::try_from(days)
                .ok()
                .map(DueSoon::DaysBefore)
                .filter(sound)
                .context("configuration: `sla.due_soon_days` is 1 to 60 days before the due day"),
            (Some(_), Some(_)) => bail!(
                "configuration: `sla.due_soon_percent` and `sla.due_soon_days` are both set, and \"due soon\" goes by one \
                 of them; leave the other one out"
            ),
        }
    }

    /// When the rungs of the ladder fire, and when what they tell is mailed.
    pub fn ladder(&self, office_opens: u16) -> Result<Ladder> {
        Ok(Ladder {
            due_soon: self.due_soon()?,
            appeal_after_days: self.appeal_after_days,
            review_after_days: self.review_after_days,
            office_opens,
        })
    }

    /// How departments count that have not settled it otherwise.
    pub fn practice(&self) -> Practice {
        let Self { count_from, defect_memo, rectify_days, appeal_on_rejection, .. } = *self;
        Practice { count_from, defect_memo, rectify_days, appeal_on_rejection }
    }

    /// The limits of whoever has an application after the department, and what provides a service.
    pub fn terms(&self) -> Terms {
        let Self { pipeline_minutes, collect_days, provided_at, .. } = *self;
        Terms { pipeline_minutes, collect_days, provided_at }
    }
}

impl Default for Sla {
    fn default() -> Self {
        let Ladder { appeal_after_days, review_after_days, .. } = Ladder::default();
        let Terms { pipeline_minutes, collect_days, provided_at } = Terms::default();
        let Practice { count_from, defect_memo, rectify_days, appeal_on_rejection } = Practice::default();
        Self {
            saturday_works: false,
            settled_years: vec![],
            due_soon_percent: None,
            due_soon_days: None,
            appeal_after_days,
            review_after_days,
            count_from,
            defect_memo,
            rectify_days,
            appeal_on_rejection,
            pipeline_minutes,
            collect_days,
            provided_at,
            acknowledgements: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_are_a_list_one_or_words() {
        for (text, wanted) in
            [("[2026, 2027]", vec![2026, 2027]), ("2026", vec![2026]), ("\"2026, 2027\"", vec![2026, 2027])]
        {
            let sla: Sla = toml::from_str(&toml::to_string(&Sla::default()).unwrap().replace("[]", text)).unwrap();
            assert_eq!(sla.settled_years, wanted);
        }
        assert!(toml::from_str::<Sla>("settled_years = \"soon\"").unwrap_err().to_string().contains("soon"));
    }

    /// The defaults with these lines in the place of those of the same keys, as a file in front of them has it.
    fn soon(lines: &str) -> Result<DueSoon> {
        let mut keys: toml::Table = toml::from_str(&toml::to_string(&Sla::default())?)?;
        keys.extend(toml::from_str::<toml::Table>(lines)?);
        keys.try_into::<Sla>()?.due_soon()
    }

    #[test]
    fn due_soon_goes_by_one_key_or_by_the_default() {
        for (lines, wanted) in [
            ("", DueSoon::Share(20)),
            ("due_soon_percent = 0", DueSoon::Share(0)),
            ("due_soon_percent = 100", DueSoon::Share(100)),
            ("due_soon_days = 1", DueSoon::DaysBefore(1)),
            ("due_soon_days = 60", DueSoon::DaysBefore(60)),
            ("due_soon_days = \" 7 \"", DueSoon::DaysBefore(7)),
            ("due_soon_days = 7\ndue_soon_percent = \"\"", DueSoon::DaysBefore(7)),
        ] {
            assert_eq!(soon(lines).unwrap(), wanted, "{lines}");
        }
        let sla = Sla { due_soon_days: Some(3), ..Sla::default() };
        let ladder = Ladder { due_soon: DueSoon::DaysBefore(3), ..Ladder::default() };
        assert_eq!(sla.ladder(ladder.office_opens).unwrap(), ladder);
    }

    #[test]
    fn due_soon_by_both_keys_or_out_of_range_is_an_error_that_names_them() {
        for (lines, words) in [
            ("due_soon_percent = 20\ndue_soon_days = 5", "`sla.due_soon_percent` and `sla.due_soon_days` are both set"),
            ("due_soon_percent = 101", "`sla.due_soon_percent` is 0 to 100"),
            ("due_soon_percent = -1", "`sla.due_soon_percent` is 0 to 100"),
            ("due_soon_percent = 276", "`sla.due_soon_percent` is 0 to 100"),
            ("due_soon_days = 0", "`sla.due_soon_days` is 1 to 60"),
            ("due_soon_days = 61", "`sla.due_soon_days` is 1 to 60"),
            ("due_soon_days = 65537", "`sla.due_soon_days` is 1 to 60"),
            ("due_soon_days = \"a week\"", "`a week` is no whole number"),
        ] {
            let error = format!("{:#}", soon(lines).unwrap_err());
            assert!(error.contains(words), "{lines}: {error}");
        }
    }
}
