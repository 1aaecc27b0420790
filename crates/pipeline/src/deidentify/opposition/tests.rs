//! Who is on a list, who is not, and who may be.

use super::*;

fn list(text: &str) -> OppositionList {
    OppositionList::parse(text.as_bytes()).unwrap()
}

fn who(fields: &[(&str, &str)]) -> Traits {
    let mut t = Traits::default();
    for (k, v) in fields {
        assert!(t.add(k, v), "{k}");
    }
    t
}

const NAMES: &str = "nom;prenom;date_naissance;motif\nLE GOFF;Anne-Marie;12/04/1961;courrier\n";

#[test]
fn names_with_the_birth_date() {
    let list = list(NAMES);
    let standing = |fields: &[(&str, &str)]| list.standing(&who(fields));
    let born = ("birth_date", "1961-04-12");
    for (fields, want) in [
        (vec![("birth_name", "Le Goff"), ("first_name", "ANNE MARIE"), born], Standing::Opposed),
        (vec![("used_name", "le-goff"), ("first_name", "Anne"), born], Standing::Opposed),
        // Her married name alone; her first name not given; a letter or a digit misread.
        (vec![("used_name", "Kerbrat"), ("first_name", "Anne-Marie"), born], Standing::Unknown),
        (vec![("birth_name", "Le Goff"), born], Standing::Unknown),
        (vec![("birth_name", "Le Gof"), born], Standing::Unknown),
        (
            vec![("nom", "Le Goff"), ("prenom", "Anne-Marie"), ("dob", "1961-12-04")],
            Standing::Unknown,
        ),
        // Nobody who can be told.
        (vec![("birth_name", "Le Goff"), ("first_name", "Anne-Marie")], Standing::Unknown),
        (vec![], Standing::Unknown),
        // A number alone says nothing to a list of names.
        (vec![("ins", "161041234567890")], Standing::Unknown),
        // Others.
        (vec![("birth_name", "Le Goff"), ("first_name", "Paul"), born], Standing::Clear),
        (
            vec![("nom", "Le Goff"), ("prenom", "Anne-Marie"), ("dob", "1987-09-30")],
            Standing::Clear,
        ),
    ] {
        assert_eq!(standing(&fields), want, "{fields:?}");
    }
}

#[test]
fn numbers() {
    let list = list(concat!(
        "{\"ins\":{\"value\":\"2 61 04 12 345 678 90\",\"oid\":\"1.2\"},\"nom\":\"X\",\"prenom\":\"Y\",",
        "\"birth_date\":\"1961-04-12\"}\n\n",
        "{\"patient\":{\"identifiers\":[{\"system\":\"urn:a\",\"value\":\"000 123\"}]}}\n",
    ));
    assert_eq!(list.len(), 2);
    // The key of the INS may be missing.
    assert_eq!(list.standing(&who(&[("ins", "2610412345678")])), Standing::Opposed);
    assert_eq!(list.standing(&who(&[("ipp", "000123")])), Standing::Opposed);
    let mut other = who(&[("ins", "1610412345678")]);
    // Another number under another authority says nothing about the second person.
    other.add_id("urn:b", "000123");
    assert_eq!(list.standing(&other), Standing::Unknown);
    other.add_id("urn:a", "000124");
    assert_eq!(list.standing(&other), Standing::Clear);
}

#[test]
fn a_list_of_nobody_opposes_nobody() {
    for text in ["", "nom;prenom;date_naissance\n", "\n\n"] {
        assert_eq!(list(text).standing(&Traits::default()), Standing::Clear);
    }
}

#[test]
fn what_cannot_be_used_is_an_error_with_its_line_and_without_its_words() {
    for (text, line) in [
        ("couleur;taille\nrouge;3\n", 1),
        ("nom;prenom;date_naissance\nLe Goff;Anne;\n", 2),
        ("nom;prenom;date_naissance\nLe Goff;Anne;le douze\n", 2),
        ("{\"nom\":\"Le Goff\"}\n", 1),
        ("{\"ins\":\"2610412345678\"}\n{nope\n", 2),
        ("{\"nom\":\"Le Goff\",\"birth_date\":\"hier\"}\n", 1),
        ("nom;prenom\n\"Le Goff;Anne\n", 2),
    ] {
        let error = OppositionList::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.line, line, "{error}");
        assert!(!error.to_string().contains("Goff"), "{error}");
    }
}

#[test]
fn hospital_files_are_read() {
    let latin = b"\"Nom de naissance\",\"Pr\xE9nom\",\"Date de naissance\"\r\n\"L\xE9vy, dit B\",\"Zo\xE9\",\"03.02.1950\"\r\n";
    let list = OppositionList::parse(latin).unwrap();
    let zoe = who(&[("nom", "LEVY dit b"), ("prenom", "ZOE"), ("birth_date", "1950-02-03")]);
    assert_eq!(list.standing(&zoe), Standing::Opposed);
    assert_eq!(format!("{list:?} {zoe:?}"), "OppositionList(1 persons) Traits([masqué])");
}
