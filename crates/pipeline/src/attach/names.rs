//! Names compared: folded words, compound names, one letter misread.
//!
//! Units: characters of folded words. Misreadings of character recognition (`rn` for `m`, `0` for
//! `O`, `l` for `I`) cost nothing once both sides are brought to one shape; another letter costs one
//! edit (Damerau-Levenshtein, restricted).

/// The folded words of a name, titles and punctuation left out.
pub(super) fn words(name: &str) -> Vec<String> {
    let folded = relu_text::key(name);
    folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How two written names agree, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Agreement {
    /// The same letters, whatever the case, accents, hyphens and spaces.
    Same,
    /// One is a part of the other's words.
    Part,
    /// One misread or mistyped letter (two in a long name).
    Close,
    /// An initial.
    Initial,
    /// Nothing of that.
    Different,
}

/// How two names agree. Empty names agree with nothing.
pub(super) fn agreement(a: &[String], b: &[String]) -> Agreement {
    if a.is_empty() || b.is_empty() {
        return Agreement::Different;
    }
    let (joined, other) = (a.concat(), b.concat());
    if joined == other {
        return Agreement::Same;
    }
    let (few, many) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let telling = few.iter().any(|w| w.chars().count() >= 3);
    if telling && few.len() < many.len() && few.iter().all(|w| many.contains(w)) {
        return Agreement::Part;
    }
    if misread(&joined, &other) {
        return Agreement::Close;
    }
    if few.iter().zip(many).all(|(x, y)| initial(x, y)) {
        return Agreement::Initial;
    }
    Agreement::Different
}

fn initial(x: &str, y: &str) -> bool {
    let first = |w: &str| w.chars().next();
    first(x) == first(y) && (x.chars().count() == 1 || y.chars().count() == 1)
}

/// Whether one may be the other with a letter misread; short names are told apart.
fn misread(a: &str, b: &str) -> bool {
    let (a, b) = (shape(a), shape(b));
    let shortest = a.len().min(b.len());
    let allowed = match shortest {
        0..=3 => 0,
        4..=8 => 1,
        _ => 2,
    };
    a.len().abs_diff(b.len()) <= allowed && distance(&a, &b) <= allowed
}

/// Whether a reader in a hurry could take one for the other, short names included: what parts twins
/// named Léa and Léo.
pub(super) fn near(a: &[String], b: &[String]) -> bool {
    let (a, b) = (shape(&a.concat()), shape(&b.concat()));
    let allowed = if a.len().max(b.len()) >= 6 { 2 } else { 1 };
    a.len().abs_diff(b.len()) <= allowed && distance(&a, &b) <= allowed
}

// Letters that character recognition takes for one another, brought to one of them.
fn shape(word: &str) -> Vec<char> {
    let one = word.replace("rn", "m").replace("vv", "w").replace("cl", "d").replace("ii", "u");
    one.chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'l' | 'j' => 'i',
            '5' => 's',
            '8' => 'b',
            '6' => 'g',
            '2' => 'z',
            c => c,
        })
        .collect()
}

fn distance(a: &[char], b: &[char]) -> usize {
    let (mut before, mut row): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=b.len()).collect());
    let at = |row: &[usize], i: usize| row.get(i).copied().unwrap_or(usize::MAX / 2);
    for (i, x) in a.iter().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let mut best =
                (at(&row, j) + usize::from(x != y)).min(at(&row, j + 1) + 1).min(at(&next, j) + 1);
            let crossed = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if crossed {
                best = best.min(at(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_agree_as_a_secretary_would_say() {
        use Agreement::*;
        for (a, b, want) in [
            ("LEFÈVRE", "Lefevre", Same),
            ("Jean-Pierre", "JEAN PIERRE", Same),
            ("D'ANGELO", "Dangelo", Same),
            ("MARTIN-DURAND", "DURAND", Part),
            ("Jean", "Jean-Pierre", Part),
            ("DUPONT", "DUP0NT", Close),
            ("BERNARD", "BEMARD", Close),
            ("DUPONT", "DUPOND", Close),
            ("MARTNI", "MARTIN", Close),
            ("Léa", "Léo", Different),
            ("LE", "LE GOFF", Different),
            ("J.", "Jeanne", Initial),
            ("J.-P.", "Jean-Pierre", Initial),
            ("Paul", "Pierre", Different),
            ("", "Pierre", Different),
        ] {
            assert_eq!(agreement(&words(a), &words(b)), want, "{a} {b}");
        }
        assert!(near(&words("Léa"), &words("Léo")));
        assert!(!near(&words("Paul"), &words("Anne")));
    }
}
