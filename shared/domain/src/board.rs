//! What supervisors look at: a selection of clocks, in parts and along a dimension.

use crate::{people::Place, words::words};

words! {
    /// Clocks that ask for somebody.
    Part {
        /// The limit is used up.
        Late = "late",
        /// Today is the last day in time.
        Today = "today",
        /// The last day in time is within the week.
        Soon = "soon",
        /// It stands, from a defect memo on.
        Paused = "paused",
        /// The certificate waits at its centre for longer than the centre's limit.
        Uncollected = "uncollected",
        /// The certificate is in the making for longer than the pipeline's limit.
        Pipeline = "pipeline",
    }
}

impl Part {
    /// Whether it is of the clocks of the Act: the figures of a board count these, so that an application counts once.
    pub fn of_the_act(self) -> bool {
        !matches!(self, Self::Uncollected | Self::Pipeline)
    }
}

words! {
    /// Along what figures are told apart.
    By {
        /// Departments.
        Department = "department",
        /// Services.
        Service = "service",
        /// Districts.
        District = "district",
        /// Offices, and with them the officers in charge.
        Office = "office",
        /// Centres where citizens applied.
        Bsk = "bsk",
    }
}

/// The clocks that are looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selection {
    /// Letters of the department.
    pub department: Option<String>,
    /// The service's slug.
    pub service: Option<String>,
    /// Code of the district.
    pub district: Option<String>,
    /// The department's own code of the office.
    pub office: Option<String>,
    /// Code of the centre.
    pub bsk: Option<String>,
}

impl Selection {
    /// What somebody with these bounds sees of it; none: it lies outside them.
    pub fn within(mut self, bounds: &Place) -> Option<Self> {
        let Place { department, district, office, bsk } = bounds;
        let narrowed = [
            (&mut self.department, department),
            (&mut self.district, district),
            (&mut self.office, office),
            (&mut self.bsk, bsk),
        ];
        for (asked, bound) in narrowed {
            match (&*asked, bound) {
                (Some(asked), Some(bound)) if asked != bound => return None,
                (None, Some(bound)) => *asked = Some(bound.clone()),
                _ => (),
            }
        }
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_narrow_what_is_asked_and_never_widen_it() {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let asked = |department: &str, district: &str| Selection {
            department: text(department),
            district: text(district),
            service: text("permit"),
            ..Selection::default()
        };
        let bounds = |department: &str, district: &str, office: &str| Place {
            department: text(department),
            district: text(district),
            office: text(office),
            bsk: None,
        };
        assert_eq!(asked("", "").within(&bounds("BCW", "", "")), Some(asked("BCW", "")));
        assert_eq!(asked("BCW", "COB").within(&bounds("BCW", "", "")), Some(asked("BCW", "COB")));
        assert_eq!(asked("LRR", "").within(&bounds("BCW", "", "")), None);
        assert_eq!(asked("BCW", "KOL").within(&bounds("", "COB", "")), None);
        assert_eq!(asked("LRR", "KOL").within(&Place::default()), Some(asked("LRR", "KOL")));
        let officer = asked("", "").within(&bounds("BCW", "", "SDO-1")).expect("within");
        assert_eq!((officer.department.as_deref(), officer.office.as_deref()), (Some("BCW"), Some("SDO-1")));
    }
}
