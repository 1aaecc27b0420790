//! Numbers and addresses of machines: same shape, never anybody's.
//!
//! Phone numbers come from the blocks kept for fiction (Arcep, decision 2018-0881, article 2.5.12); a
//! social security number has a department that does not exist and a wrong key; RPPS and FINESS a wrong key
//! (Luhn) and a prefix nobody is given; an account has a wrong key; a plate has a letter that plates do
//! not use (O); mails and sites are of `example.org` (RFC 2606). Local numbers (IPP, NDA) keep their
//! shape and begin with 0.

use super::key::{Draw, Key};
use crate::deidentify::Label;

/// The stand-in of a number or address, in the shape it is written.
pub(crate) fn stand_in(key: &Key, label: Label, written: &str) -> String {
    let plain: String = written
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .to_ascii_lowercase();
    for turn in 0u8..8 {
        let draw = key.draw(label.name(), &[plain.as_bytes(), &[turn]]);
        let made = one(draw, label, &plain, written);
        if made != written {
            return made;
        }
    }
    format!("[{}]", label.name())
}

fn one(draw: Draw, label: Label, plain: &str, written: &str) -> String {
    match label {
        Label::Tel => shaped(written, &phone(draw, written)),
        Label::Secu => shaped(written, &nir(draw, plain)),
        Label::Rpps | Label::Finess => shaped(written, &wrong_luhn(draw, plain.len())),
        Label::Iban => shaped(written, &iban(draw, plain)),
        Label::Plaque => shaped(written, &plate(draw, plain)),
        Label::Mail => mail(draw),
        Label::Url => url(draw),
        _ => shaped(written, &local(draw, plain)),
    }
}

// The letters and figures of `made` in the places of those of `written`; the marks stay. Capitals
// where there were.
fn shaped(written: &str, made: &str) -> String {
    let mut made = made.chars();
    let put = |c: char| {
        if !c.is_alphanumeric() {
            return c;
        }
        let new = made.next().unwrap_or('0');
        if c.is_uppercase() { new.to_ascii_uppercase() } else { new }
    };
    written.chars().map(put).collect()
}

fn digits(draw: &mut Draw, count: usize) -> String {
    (0..count).map(|_| draw.digit()).collect()
}

// National blocks kept for fiction, by their first two figures.
fn block(first: char) -> &'static str {
    match first {
        '2' => "026191",
        '3' => "035301",
        '4' => "046571",
        '5' => "053649",
        '6' | '7' => "063998",
        _ => "019900",
    }
}

fn phone(mut draw: Draw, written: &str) -> String {
    let all: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
    let national = all.len().checked_sub(9).and_then(|at| all.get(at..)).unwrap_or("");
    let first = national.chars().next().unwrap_or('1');
    let block = block(first);
    match all.len() {
        10 if all.starts_with('0') => format!("{block}{}", digits(&mut draw, 4)),
        // With the code of a country: ours stays, another becomes one that is not given.
        n @ 11.. => {
            let head = n - 9;
            let lead = all.get(..head).unwrap_or("");
            let ours = matches!(lead, "33" | "0033" | "330" | "00330");
            let lead =
                if ours { lead.to_owned() } else { "999".chars().cycle().take(head).collect() };
            format!("{lead}{}{}", block.get(1..).unwrap_or(""), digits(&mut draw, 4))
        }
        n => {
            let zeros = n.min(2);
            format!("{}{}", "0".repeat(zeros), digits(&mut draw, n - zeros))
        }
    }
}

fn nir(mut draw: Draw, plain: &str) -> String {
    // Sex stays; the department 00 does not exist.
    let sex = plain.chars().next().filter(|c| ('1'..='2').contains(c)).unwrap_or('1');
    let (year, month) = (20 + draw.below(80), 1 + draw.below(12));
    let mut made = format!("{sex}{year:02}{month:02}00{}", digits(&mut draw, 6));
    if plain.len() > 13 {
        let n: u64 = made.parse().unwrap_or(0);
        let wrong = (97 - n % 97) % 97 + 1;
        made.push_str(&format!("{wrong:02}"));
    }
    made
}

fn wrong_luhn(mut draw: Draw, count: usize) -> String {
    let head = count.saturating_sub(1);
    let mut made: String = "00".chars().take(head).collect();
    made += &digits(&mut draw, head.saturating_sub(made.len()));
    if count == 0 {
        return made;
    }
    let right = (0..10).find(|d| relu_record::luhn(&format!("{made}{d}"))).unwrap_or(0);
    format!("{made}{}", (right + 1 + draw.below(8)) % 10)
}

fn iban(mut draw: Draw, plain: &str) -> String {
    let country = plain.get(..2).unwrap_or("fr");
    // 00, 01 and 99 are never keys.
    format!("{country}00{}", digits(&mut draw, plain.len().saturating_sub(4)))
}

fn plate(mut draw: Draw, plain: &str) -> String {
    let mut made = String::new();
    for (at, c) in plain.chars().enumerate() {
        made.push(match c {
            _ if at == 0 && c.is_ascii_alphabetic() => 'o',
            c if c.is_ascii_digit() => draw.digit(),
            _ => draw.letter(),
        });
    }
    made
}

fn local(mut draw: Draw, plain: &str) -> String {
    let mut made = String::new();
    let mut first = true;
    for c in plain.chars() {
        if c.is_ascii_digit() {
            let long = plain.len() >= 5;
            made.push(if first && long { '0' } else { draw.digit() });
            first = false;
        } else {
            made.push(draw.letter());
        }
    }
    made
}

fn mail(mut draw: Draw) -> String {
    format!("{}@example.org", word(&mut draw, 8))
}

fn url(mut draw: Draw) -> String {
    format!("https://www.example.org/{}", word(&mut draw, 6))
}

// Letters that can be said.
fn word(draw: &mut Draw, count: usize) -> String {
    const CONSONANTS: &[u8] = b"bcdfglmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let letter = |at: usize, draw: &mut Draw| {
        let list = if at.is_multiple_of(2) { CONSONANTS } else { VOWELS };
        char::from(*list.get(draw.below(list.len())).unwrap_or(&b'a'))
    };
    (0..count).map(|at| letter(at, draw)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::from_material(&[7; 32]).unwrap()
    }

    #[test]
    fn shapes_stay_and_nobody_is_hit() {
        let key = key();
        let of = |label, written: &str| stand_in(&key, label, written);
        let shape = |s: &str| -> String {
            s.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect()
        };
        for (label, written) in [
            (Label::Tel, "06 12 34 56 78"),
            (Label::Tel, "+33 6 12 34 56 78"),
            (Label::Tel, "+22372431754"),
            (Label::Tel, "01.42.34.56.78"),
            (Label::Secu, "2 84 05 88 035 053 92"),
            (Label::Secu, "2840588035053"),
            (Label::Ipp, "8012345678"),
            (Label::Rpps, "10003456781"),
            (Label::Finess, "750712184"),
        ] {
            let made = of(label, written);
            assert_eq!(shape(&made), shape(written), "{written}");
            assert_ne!(made, written);
        }
        assert!(of(Label::Tel, "06 12 34 56 78").starts_with("06 39 98 "));
        assert_eq!(
            of(Label::Secu, "2 84 05 88 035 053 92").replace(' ', "")[..13],
            of(Label::Secu, "284058803505392")[..13]
        );
        assert!(!relu_record::luhn(&of(Label::Rpps, "10003456781")));
        assert!(of(Label::Plaque, "AB-123-CD").starts_with('O'));
        assert!(of(Label::Iban, "FR76 3000 6000 0112 3456 7890 189").starts_with("FR00 "));
        assert!(of(Label::Mail, "a.b@chu.fr").ends_with("@example.org"));
    }

    proptest::proptest! {
        #[test]
        fn a_number_never_stands_for_itself(written in "[0-9A-Z][0-9 ./-]{3,18}", at in 0usize..19) {
            let key = key();
            for label in [Label::ALL[at], Label::Ipp] {
                proptest::prop_assert_ne!(stand_in(&key, label, &written), written.clone());
            }
        }
    }
}
