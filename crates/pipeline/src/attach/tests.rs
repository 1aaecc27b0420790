//! Cases as a secretary would judge them, and properties.

use proptest::prelude::*;
use relu_record::{Identifier, Ins, Private, Sex, system};

use super::*;

fn attach() -> &'static Attach {
    static A: std::sync::OnceLock<Attach> = std::sync::OnceLock::new();
    A.get_or_init(|| Attach::embedded().unwrap())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    given: Person,
    #[serde(default)]
    recognised: bool,
    known: Vec<Person>,
    zone: Zone,
    #[serde(default)]
    best: Option<usize>,
    #[serde(default)]
    shown: Option<usize>,
    #[serde(default)]
    obstacles: Vec<Obstacle>,
}

// birth name, first name, used name, birth date, sex, INS, IPP, all given names, telephone.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Person {
    nom: Option<String>,
    prenom: Option<String>,
    prenoms: Option<String>,
    utilise: Option<String>,
    ne: Option<String>,
    sexe: Option<String>,
    ins: Option<String>,
    ipp: Option<String>,
    tel: Option<String>,
    lieu: Option<String>,
}

impl Person {
    fn identity(&self) -> PatientIdentity {
        let text = |t: &Option<String>| t.as_deref().map(Private::from);
        PatientIdentity {
            birth_name: text(&self.nom),
            first_name: text(&self.prenom),
            birth_first_names: text(&self.prenoms),
            used_name: text(&self.utilise),
            birth_date: self.ne.as_ref().map(|d| Private(d.parse().unwrap())),
            sex: self.sexe.as_deref().map(|s| if s == "F" { Sex::F } else { Sex::M }),
            birth_place: text(&self.lieu),
            ins: self
                .ins
                .as_ref()
                .map(|i| Ins { value: i.as_str().into(), oid: system::INS_NIR_TEST.into() }),
            identifiers: self
                .ipp
                .iter()
                .map(|v| Identifier {
                    system: "1.2.3".into(),
                    value: v.as_str().into(),
                    kind: Some("PI".into()),
                })
                .collect(),
            telecom: text(&self.tel).into_iter().collect(),
            ..PatientIdentity::default()
        }
    }
}

fn rank(given: &PatientIdentity, recognised: bool, known: &[PatientIdentity]) -> Ranking {
    let candidates: Vec<Candidate<'_>> =
        known.iter().map(|identity| Candidate { identity, former: &[] }).collect();
    attach().rank(Given { identity: given, recognised }, &candidates)
}

#[test]
fn every_case_is_judged_as_written() {
    #[derive(Deserialize)]
    struct Cases {
        case: Vec<Case>,
    }
    let cases: Cases = toml::from_str(include_str!("cases/pairs.toml")).unwrap();
    assert!(cases.case.len() >= 25);
    for case in cases.case {
        let known: Vec<PatientIdentity> = case.known.iter().map(Person::identity).collect();
        let ranking = rank(&case.given.identity(), case.recognised, &known);
        let first = ranking.matches.first();
        assert_eq!(ranking.zone, case.zone, "{}: {ranking:?}", case.name);
        if let Some(best) = case.best {
            assert_eq!(first.map(|m| m.candidate), Some(best), "{}: {ranking:?}", case.name);
        }
        if let Some(shown) = case.shown {
            assert_eq!(ranking.matches.len(), shown, "{}: {ranking:?}", case.name);
        }
        for o in case.obstacles {
            assert!(first.is_some_and(|m| m.obstacles.contains(&o)), "{}: {ranking:?}", case.name);
        }
    }
}

#[test]
fn every_comparison_weighs_and_every_obstacle_speaks() {
    let file: WeightsFile = toml::from_str(include_str!("rules/weights.toml")).unwrap();
    for w in &file.weight {
        assert!(!w.why.is_empty() && !w.source.is_empty());
        assert!(w.m > 0.0 && w.m <= 1.0 && w.u > 0.0 && w.u <= 1.0, "{:?} {:?}", w.field, w.level);
    }
    assert!(file.obstacle.iter().all(|o| !o.why.is_empty() && !o.source.is_empty()));
    assert!(
        file.zones.sure > file.zones.check
            && !file.zones.why.is_empty()
            && !file.zones.source.is_empty()
    );
    for o in [
        Obstacle::OtherIns,
        Obstacle::InsOtherTraits,
        Obstacle::NoBirthDate,
        Obstacle::OtherBirthDate,
        Obstacle::OtherSex,
        Obstacle::OtherIdentifier,
        Obstacle::OtherFamilyName,
        Obstacle::OtherFirstName,
        Obstacle::TwoDoubts,
        Obstacle::TypedOtherwise,
        Obstacle::Rival,
        Obstacle::Sibling,
    ] {
        assert!(!attach().message(o).is_empty(), "{o:?}");
    }
}

fn person() -> impl Strategy<Value = Person> {
    let name =
        prop::sample::select(vec!["MARTIN", "MARTIN-DURAND", "DUPONT", "DUPOND", "Z", "0'", "L'Œ"]);
    let first =
        prop::sample::select(vec!["Jeanne", "Jeannine", "J.", "Léa", "Léo", "", "Jean-Pierre"]);
    let date =
        prop::sample::select(vec!["1950-03-12", "1950-03-21", "1950-12-03", "1950", "2011-01-01"]);
    let some = |s: &str| Some(s.to_owned());
    (prop::option::of(name), prop::option::of(first), prop::option::of(date)).prop_map(
        move |(n, f, d)| Person {
            nom: n.and_then(some),
            prenom: f.and_then(some),
            ne: d.and_then(some),
            ..Person::default()
        },
    )
}

proptest! {
    #[test]
    fn sure_is_one_patient_with_the_same_birth_date(given in person(), known in prop::collection::vec(person(), 0..5), recognised: bool) {
        let identities: Vec<PatientIdentity> = known.iter().map(Person::identity).collect();
        let ranking = rank(&given.identity(), recognised, &identities);
        if let Some(m) = ranking.sure() {
            prop_assert_eq!(&known[m.candidate].ne, &given.ne);
            // The same identity twice in the base is never sure.
            let twice = known.iter().filter(|k| k.ne == given.ne && k.nom == given.nom && k.prenom == given.prenom).count();
            prop_assert!(twice <= 1);
        }
    }

    #[test]
    fn the_order_of_the_base_does_not_matter(given in person(), mut known in prop::collection::vec(person(), 1..5)) {
        let identities = |k: &[Person]| k.iter().map(Person::identity).collect::<Vec<_>>();
        let one = rank(&given.identity(), true, &identities(&known));
        let sure = one.sure().map(|m| known[m.candidate].ne.clone());
        known.reverse();
        let other = rank(&given.identity(), true, &identities(&known));
        prop_assert_eq!(one.zone, other.zone);
        prop_assert_eq!(sure, other.sure().map(|m| known[m.candidate].ne.clone()));
    }
}
