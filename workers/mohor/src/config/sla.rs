//! How clocks count, where the law leaves it open.

use mohor_domain::{
    rules::Ladder,
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
    /// "Due soon" when so many hundredths of the days that count are left.
    pub due_soon_percent: u8,
    /// Days after a breach from which an appeal to the Appellate Officer is open.
    pub appeal_after_days: u16,
    /// Days after a breach from which the Reviewing Officer is told.
    pub review_after_days: u16,
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

impl Sla {
    /// When the rungs of the ladder fire, and when what they tell is mailed.
    pub fn ladder(&self, office_opens: u16) -> Ladder {
        Ladder {
            due_soon_percent: self.due_soon_percent,
            appeal_after_days: self.appeal_after_days,
            review_after_days: self.review_after_days,
            office_opens,
        }
    }

    /// The limits of whoever has an application after the department, and what provides a service.
    pub fn terms(&self) -> Terms {
        let Self { pipeline_minutes, collect_days, provided_at, .. } = *self;
        Terms { pipeline_minutes, collect_days, provided_at }
    }
}

impl Default for Sla {
    fn default() -> Self {
        let Ladder { due_soon_percent, appeal_after_days, review_after_days, .. } = Ladder::default();
        let Terms { pipeline_minutes, collect_days, provided_at } = Terms::default();
        Self {
            saturday_works: false,
            settled_years: vec![],
            due_soon_percent,
            appeal_after_days,
            review_after_days,
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
}
