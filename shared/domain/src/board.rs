//! What supervisors look at: a selection of clocks, in parts and along a dimension.

use crate::{
    clock::ClockKind,
    people::{Place, Reach},
    words::words,
};

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
        /// Offices.
        Office = "office",
        /// The Designated Officers in charge now by the directories; what nobody is in charge of stands under its office.
        Officer = "officer",
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
    /// One of these offices; none: whichever.
    pub offices: Option<Vec<String>>,
    /// Clocks of this kind, and of the others those that are late; none: all.
    pub case: Option<ClockKind>,
}

impl Selection {
    /// What somebody who reaches so far sees of it; none: it lies outside.
    pub fn within(mut self, reach: &Reach) -> Option<Self> {
        let Place { department, district, office, bsk } = &reach.bounds;
        if let Some(offices) = &reach.offices {
            if self.office.as_ref().is_some_and(|asked| !offices.contains(asked)) {
                return None;
            }
            (self.offices, self.case) = (Some(offices.clone()), reach.case());
        }
        let office = if reach.offices.is_some() { &None } else { office };
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

    /// Whether a clock of that place, service and kind is among it.
    pub fn holds(&self, place: &Place, service: Option<&str>, kind: ClockKind, late: bool) -> bool {
        let met = |asked: &Option<String>, has: Option<&str>| asked.is_none() || asked.as_deref() == has;
        let case = late || self.case.is_none_or(|case| case == kind);
        case && met(&self.department, place.department.as_deref())
            && met(&self.service, service)
            && met(&self.district, place.district.as_deref())
            && met(&self.office, place.office.as_deref())
            && met(&self.bsk, place.bsk.as_deref())
            && self.offices.as_ref().is_none_or(|all| place.office.as_ref().is_some_and(|own| all.contains(own)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::Post;

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
        let reach = |department: &str, district: &str, office: &str| Reach {
            post: if office.is_empty() { Post::Supervisor } else { Post::AppellateOfficer },
            bounds: bounds(department, district, office),
            offices: None,
        };
        assert_eq!(asked("", "").within(&reach("BCW", "", "")), Some(asked("BCW", "")));
        assert_eq!(asked("BCW", "COB").within(&reach("BCW", "", "")), Some(asked("BCW", "COB")));
        assert_eq!(asked("LRR", "").within(&reach("BCW", "", "")), None);
        assert_eq!(asked("BCW", "KOL").within(&reach("", "COB", "")), None);
        assert_eq!(asked("LRR", "KOL").within(&reach("", "", "")), Some(asked("LRR", "KOL")));
        let officer = asked("", "").within(&reach("BCW", "", "SDO-1")).expect("within");
        assert_eq!((officer.department.as_deref(), officer.office.as_deref()), (Some("BCW"), Some("SDO-1")));
        assert_eq!((officer.offices, officer.case), (None, None));
        // What the directory puts before an office takes the place of the office.
        let before = Reach { offices: Some(vec!["SDO-2".into(), "SDO-3".into()]), ..reach("BCW", "", "SDO-1") };
        let officer = asked("", "").within(&before).expect("within");
        assert_eq!((officer.office.as_deref(), officer.offices.as_ref().map(Vec::len)), (None, Some(2)));
        assert_eq!(officer.case, Some(ClockKind::Appeal));
        let one = |office: &str| Selection { office: text(office), ..asked("", "") }.within(&before);
        assert!(one("SDO-2").is_some() && one("SDO-1").is_none());
        let place = |office: &str| bounds("BCW", "COB", office);
        for (office, service, kind, late, held) in [
            ("SDO-3", "permit", ClockKind::Appeal, false, true),
            ("SDO-3", "permit", ClockKind::Service, true, true),
            ("SDO-3", "permit", ClockKind::Service, false, false),
            ("SDO-3", "other", ClockKind::Appeal, false, false),
            ("SDO-1", "permit", ClockKind::Appeal, false, false),
            ("", "permit", ClockKind::Appeal, false, false),
        ] {
            assert_eq!(officer.holds(&place(office), Some(service), kind, late), held, "{office} {kind:?}");
        }
    }
}
