//! What somebody may do here, by what the State's sign-in says of them. Whatever no rule allows is refused, and so is what
//! two rules see differently: a guess would be a right that nobody gave.

use crate::{
    catalogue::Catalogue,
    people::{Place, Post, bounded, login_of},
    text::fault,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// Characters of a name, at most.
const LONGEST: usize = 100;

/// Whoever has one of these values in this claim has this post, within bounds that other claims name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimRule {
    /// The claim that is looked at: its name, or a JSON Pointer (`/realm_access/roles`).
    pub claim: String,
    /// One of them is enough.
    pub values: Vec<String>,
    /// The post.
    pub post: Post,
    /// The claim that holds the letters of the department.
    #[serde(default)]
    pub department: String,
    /// The claim that holds the code of the district.
    #[serde(default)]
    pub district: String,
    /// The claim that holds the department's code of the office.
    #[serde(default)]
    pub office: String,
    /// The claim that holds the code of the centre.
    #[serde(default)]
    pub bsk: String,
}

/// Which claims say who it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// The login here.
    pub login: String,
    /// The name on pages.
    pub name: String,
}

/// Somebody as the rules see them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapped {
    /// The login here.
    pub login: String,
    /// The name on pages; the login, if the claim has none that can be printed.
    pub name: String,
    /// The post.
    pub post: Post,
    /// Its bounds.
    pub bounds: Place,
}

/// Why somebody is not let in, in a word for the log: it says nothing of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unmapped {
    /// The claim for the login is missing, or is none.
    NoLogin,
    /// No rule fits.
    NoRule,
    /// Two rules fit and say different things.
    Contradiction,
    /// A rule fits, and a claim that it takes a bound from is missing or is no single text.
    NoBound,
    /// The bounds are not those of the post, or name what does not exist.
    BadBound,
}

impl Unmapped {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoLogin => "no_login",
            Self::NoRule => "no_rule",
            Self::Contradiction => "contradiction",
            Self::NoBound => "no_bound",
            Self::BadBound => "bad_bound",
        }
    }
}

impl ClaimRule {
    /// What is wrong with the rule itself: it could never let anybody in, or has no limits that anybody named.
    pub fn fault(&self) -> Option<String> {
        if self.claim.is_empty() || self.values.iter().all(String::is_empty) {
            return Some("names no `claim`, or no value".into());
        }
        let named = |claim: &String| (!claim.is_empty()).then(String::new);
        let shape = Place {
            department: named(&self.department),
            district: named(&self.district),
            office: named(&self.office),
            bsk: named(&self.bsk),
        };
        bounded(self.post, &shape).err().map(|needs| format!("for {}: {needs}", self.post.as_str()))
    }

    fn fits(&self, claims: &Value) -> bool {
        let wanted = |value: &Value| value.as_str().is_some_and(|text| self.values.iter().any(|one| one == text));
        match found(claims, &self.claim) {
            Some(Value::Array(values)) => values.iter().any(wanted),
            Some(value) => wanted(value),
            None => false,
        }
    }

    /// The bounds that the claims name. One that is missing is no wider post: it is none.
    fn bounds(&self, claims: &Value) -> Result<Place, Unmapped> {
        let take = |claim: &str| match claim {
            "" => Ok(None),
            claim => text_at(claims, claim).map(Some).ok_or(Unmapped::NoBound),
        };
        Ok(Place {
            department: take(&self.department)?,
            district: take(&self.district)?,
            office: take(&self.office)?,
            bsk: take(&self.bsk)?,
        })
    }
}

/// Who it is and what post that is, if all rules that fit agree.
pub fn mapped(
    rules: &[ClaimRule],
    names: &ClaimNames,
    claims: &Value,
    catalogue: &Catalogue,
) -> Result<Mapped, Unmapped> {
    let login = text_at(claims, &names.login).and_then(|text| login_of(&text)).ok_or(Unmapped::NoLogin)?;
    let mut outcomes: Vec<(Post, Place)> = Vec::new();
    for rule in rules.iter().filter(|rule| rule.fits(claims)) {
        let outcome = (rule.post, rule.bounds(claims)?);
        if !outcomes.contains(&outcome) {
            outcomes.push(outcome);
        }
    }
    let (post, bounds) = match outcomes.len() {
        0 => return Err(Unmapped::NoRule),
        1 => outcomes.remove(0),
        _ => return Err(Unmapped::Contradiction),
    };
    if bounded(post, &bounds).is_err() || unknown_bound(&bounds, catalogue).is_some() {
        return Err(Unmapped::BadBound);
    }
    let name = text_at(claims, &names.name).filter(|name| name.chars().count() <= LONGEST && fault(name).is_none());
    Ok(Mapped { name: name.unwrap_or_else(|| login.clone()), login, post, bounds })
}

/// Why the claims hold no login, for the log: it says what the claim is, and not what it says.
pub fn without_login(names: &ClaimNames, claims: &Value) -> &'static str {
    match found(claims, &names.login) {
        None | Some(Value::Null) => {
            "`oidc.login_claim` is not among the claims: have the provider give it (`oidc.scopes`, `oidc.user_info`), or name another"
        }
        Some(Value::String(_)) => {
            "`oidc.login_claim` is no login: 3 to 64 letters, digits, dots, hyphens, underscores, or such a mail address, or DOMAIN\\name"
        }
        Some(_) => "`oidc.login_claim` is no text: name another claim",
    }
}

/// The first bound that names what does not exist: its field. Offices are the departments' own; theirs is a form alone.
pub fn unknown_bound(bounds: &Place, catalogue: &Catalogue) -> Option<&'static str> {
    let unknown = |code: &Option<String>, known: &dyn Fn(&str) -> bool| code.as_ref().is_some_and(|code| !known(code));
    let office = |code: &str| (1..=64).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_graphic());
    [
        ("department", unknown(&bounds.department, &|code| catalogue.departments.contains_key(code))),
        ("district", unknown(&bounds.district, &|code| catalogue.districts.contains_key(code))),
        ("bsk", unknown(&bounds.bsk, &|code| catalogue.bsks.contains_key(code))),
        ("office", unknown(&bounds.office, &office)),
    ]
    .into_iter()
    .find_map(|(field, unknown)| unknown.then_some(field))
}

/// Whether the provider says that it asked for a second factor: a listed `acr`, or a listed method in `amr` (RFC 8176).
pub fn second_factor(claims: &Value, acr: &[String], amr: &[String]) -> bool {
    let methods: BTreeSet<&str> = claims["amr"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    claims["acr"].as_str().is_some_and(|said| acr.iter().any(|one| one == said))
        || amr.iter().any(|one| methods.contains(one.as_str()))
}

fn found<'v>(claims: &'v Value, claim: &str) -> Option<&'v Value> {
    if claim.starts_with('/') { claims.pointer(claim) } else { claims.get(claim) }
}

fn text_at(claims: &Value, claim: &str) -> Option<String> {
    found(claims, claim)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Name;
    use serde_json::json;

    fn catalogue() -> Catalogue {
        let name = || Name { en: "a department".into(), bn: "একটি দপ্তর".into() };
        let departments = ["BCW", "LRR"].map(|code| (code.to_owned(), name())).into();
        Catalogue { departments, ..Catalogue::default() }
    }

    fn rule(value: &str, post: Post, department: &str) -> ClaimRule {
        ClaimRule {
            claim: "groups".into(),
            values: vec![value.into()],
            post,
            department: department.into(),
            district: String::new(),
            office: String::new(),
            bsk: String::new(),
        }
    }

    fn map(claims: Value) -> Result<Mapped, Unmapped> {
        let rules = [
            rule("mohor-supervisor", Post::Supervisor, "department"),
            rule("mohor-state", Post::Supervisor, ""),
            ClaimRule { claim: "/realm/roles".into(), ..rule("audit", Post::Auditor, "") },
        ];
        let names = ClaimNames { login: "user".into(), name: "name".into() };
        mapped(&rules, &names, &claims, &catalogue())
    }

    #[test]
    fn one_rule_gives_a_post_within_the_bounds_of_the_claims() {
        let got = map(json!({"user": "Rekha.Das", "name": "রেখা দাস", "groups": ["x", "mohor-supervisor"],
            "department": "BCW"}));
        let bounds = Place { department: Some("BCW".into()), ..Place::default() };
        assert_eq!(
            got,
            Ok(Mapped {
                login: "rekha.das".into(), name: "রেখা দাস".into(), post: Post::Supervisor, bounds
            })
        );
        let got = map(json!({"user": "rekha", "name": "a\u{202e}b", "groups": "mohor-state"})).unwrap();
        assert_eq!((got.name.as_str(), got.bounds), ("rekha", Place::default()), "a name that deceives is not shown");
        for (called, login) in [("Rekha.Das@wb.gov.in", "rekha.das@wb.gov.in"), ("WBGOV\\rekha", "rekha@wbgov")] {
            let got = map(json!({"user": called, "groups": "mohor-state"})).unwrap();
            assert_eq!((got.login.as_str(), got.name.as_str()), (login, login));
        }
        let got = map(json!({"user": "rekha", "realm": {"roles": ["audit"]}})).unwrap();
        assert_eq!(got.post, Post::Auditor);
    }

    #[test]
    fn what_no_rule_allows_or_two_see_differently_is_refused() {
        let supervisor = json!(["mohor-supervisor"]);
        for (claims, why) in [
            (json!({"groups": supervisor, "department": "BCW"}), Unmapped::NoLogin),
            (json!({"user": "../admin", "groups": supervisor, "department": "BCW"}), Unmapped::NoLogin),
            (json!({"user": ["rekha"], "groups": supervisor, "department": "BCW"}), Unmapped::NoLogin),
            (json!({"user": "rekha"}), Unmapped::NoRule),
            (json!({"user": "rekha", "groups": ["Mohor-Supervisor", 1, null]}), Unmapped::NoRule),
            (json!({"user": "rekha", "groups": {"mohor-state": true}}), Unmapped::NoRule),
            (json!({"user": "rekha", "groups": supervisor}), Unmapped::NoBound),
            (json!({"user": "rekha", "groups": supervisor, "department": ""}), Unmapped::NoBound),
            (json!({"user": "rekha", "groups": supervisor, "department": ["BCW", "LRR"]}), Unmapped::NoBound),
            (json!({"user": "rekha", "groups": supervisor, "department": "XXX"}), Unmapped::BadBound),
            (
                json!({"user": "rekha", "groups": ["mohor-supervisor", "mohor-state"], "department": "BCW"}),
                Unmapped::Contradiction,
            ),
            (json!({"user": "rekha", "groups": ["mohor-state", "mohor-supervisor"]}), Unmapped::NoBound),
        ] {
            assert_eq!(map(claims.clone()), Err(why), "{claims}");
        }
    }

    #[test]
    fn what_is_no_login_is_said_without_a_word_of_it() {
        let names = ClaimNames { login: "/user/login".into(), name: "name".into() };
        for (user, words) in [
            (json!({}), "not among the claims"),
            (json!({"login": null}), "not among the claims"),
            (json!({"login": ["rekha"]}), "no text"),
            (json!({"login": 7}), "no text"),
            (json!({"login": "Rekha Das"}), "is no login"),
        ] {
            let said = without_login(&names, &json!({ "user": user }));
            assert!(said.contains(words) && !said.contains("ekha"), "{user}: {said}");
        }
    }

    #[test]
    fn a_rule_that_forgets_a_bound_is_a_fault_of_the_configuration() {
        assert_eq!(rule("x", Post::Supervisor, "").fault(), None);
        assert_eq!(rule("x", Post::Integrator, "department").fault(), None);
        assert!(rule("x", Post::Integrator, "").fault().is_some_and(|words| words.contains("department")));
        assert!(rule("x", Post::Auditor, "department").fault().is_some());
        assert!(rule("", Post::Supervisor, "").fault().is_some());
    }

    #[test]
    fn a_second_factor_is_what_the_settings_list() {
        let list = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let claims = json!({"acr": "urn:two", "amr": ["pwd", "otp"]});
        assert!(second_factor(&claims, &list(&["urn:two"]), &[]));
        assert!(second_factor(&claims, &[], &list(&["otp"])));
        assert!(!second_factor(&claims, &list(&["urn:three"]), &list(&["fpt"])));
        assert!(!second_factor(&claims, &[], &[]), "nothing is listed: the own code is asked for");
        assert!(!second_factor(&json!({"acr": ["urn:two"], "amr": "otp"}), &list(&["urn:two"]), &list(&["otp"])));
    }
}
