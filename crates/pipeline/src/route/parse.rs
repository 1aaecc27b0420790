//! A typed sentence read back into a rule. The grammar is closed:
//!
//! ```text
//! phrase    := "Si" ou ","? "alors" action ("," action | "et" action)* "."?
//! ou        := et ("ou" et)*
//! et        := terme ("et" terme)*
//! terme     := "il n'est pas vrai que" "(" ou ")" | "(" ou ")" | condition
//! condition := words of rules/phrases.toml, then « value » ("ou" « value »)*, or "12 jours", or nothing
//! ```
//!
//! Case and accents do not matter. What is wrong is told with the word and what was expected there.

use relu_record::{Owner, Private};

use super::phrases::{ActionWords, ConditionWords, Takes, Verb, phrases};
use super::rule::{Action, Choice, Condition, Due, Lists, Test};

/// Where a sentence leaves the grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentenceError {
    /// Byte of the sentence.
    pub at: usize,
    /// The word there; empty at the end of the sentence.
    pub word: Private,
    /// What may stand there, most likely first.
    pub expected: Vec<String>,
}

impl SentenceError {
    /// A French sentence for the screen; it quotes what was typed.
    pub fn message(&self) -> String {
        let wanted = self.expected.join(", ");
        match self.word.0.as_str() {
            "" => format!("la phrase s'arrête trop tôt ; attendu : {wanted}"),
            word => format!("« {word} » n'est pas compris ; attendu : {wanted}"),
        }
    }
}

type Parsed<T> = Result<T, SentenceError>;

/// Entries of a long list that an error names.
const SHOWN: usize = 5;
/// Groups inside groups.
const DEEPEST: usize = 8;
/// Longest sentence read, in bytes.
const LONGEST: usize = 8_000;

#[derive(Debug)]
enum Token {
    Word(String),
    Quoted(String),
    Open,
    Close,
    Comma,
    Stop,
}

struct Parser<'a> {
    sentence: &'a str,
    tokens: Vec<(Token, usize, usize)>,
    next: usize,
    lists: &'a Lists,
    depth: usize,
}

/// Reads a sentence into what it asks and what it does.
pub fn parse(sentence: &str, lists: &Lists) -> Parsed<(Test, Vec<Action>)> {
    if sentence.len() > LONGEST {
        let expected = vec!["une phrase plus courte".to_owned()];
        return Err(SentenceError { at: LONGEST, word: Private::default(), expected });
    }
    let mut p = Parser { sentence, tokens: tokens(sentence), next: 0, lists, depth: 0 };
    p.word("si")?;
    let when = p.or()?.normal();
    p.skip_comma();
    p.word("alors")?;
    let mut then = vec![p.action()?];
    while p.comma_or_and() {
        then.push(p.action()?);
    }
    p.end()?;
    Ok((when, then))
}

fn tokens(sentence: &str) -> Vec<(Token, usize, usize)> {
    let mut out = Vec::new();
    let mut chars = sentence.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        let token = match c {
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            '.' => Token::Stop,
            '«' | '"' | '“' => {
                let from = end;
                let mut to = sentence.len();
                end = to;
                for (i, q) in chars.by_ref() {
                    if matches!(q, '»' | '"' | '”') {
                        (to, end) = (i, i + q.len_utf8());
                        break;
                    }
                }
                let inside = sentence.get(from..to).unwrap_or_default();
                Token::Quoted(inside.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            c if c.is_alphanumeric() => {
                while let Some(&(i, n)) = chars.peek().filter(|(_, n)| n.is_alphanumeric()) {
                    end = i + n.len_utf8();
                    chars.next();
                }
                Token::Word(relu_text::key(sentence.get(at..end).unwrap_or_default()))
            }
            // Spaces, apostrophes and hyphens part words; anything else is told as it stands.
            c if c.is_whitespace() || matches!(c, '\'' | '’' | '-' | '»') => continue,
            c => Token::Word(c.to_string()),
        };
        out.push((token, at, end));
    }
    out
}

/// The words of a phrase, folded and as written.
fn phrase_words(phrase: &str) -> Vec<(String, &str)> {
    phrase
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|w| (relu_text::key(w), w))
        .collect()
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(t, ..)| t)
    }

    fn here(&self, at: usize, expected: Vec<String>) -> SentenceError {
        let (from, to) = match self.tokens.get(at) {
            Some((_, from, to)) => (*from, *to),
            None => (self.sentence.len(), self.sentence.len()),
        };
        let word = self.sentence.get(from..to).unwrap_or_default();
        SentenceError { at: from, word: word.into(), expected }
    }

    fn is_word(&self, at: usize, wanted: &str) -> bool {
        matches!(self.tokens.get(at), Some((Token::Word(w), ..)) if w == wanted)
    }

    fn word(&mut self, wanted: &str) -> Parsed<()> {
        if self.is_word(self.next, wanted) {
            self.next += 1;
            return Ok(());
        }
        let also = if wanted == "alors" { vec!["et", "ou", wanted] } else { vec![wanted] };
        Err(self.here(self.next, also.into_iter().map(str::to_owned).collect()))
    }

    fn skip_comma(&mut self) {
        if matches!(self.peek(), Some(Token::Comma)) {
            self.next += 1;
        }
    }

    fn comma_or_and(&mut self) -> bool {
        let comma = matches!(self.peek(), Some(Token::Comma));
        self.next += usize::from(comma);
        let and = self.is_word(self.next, "et");
        self.next += usize::from(and);
        comma || and
    }

    fn end(&mut self) -> Parsed<()> {
        if matches!(self.peek(), Some(Token::Stop)) {
            self.next += 1;
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => {
                let expected = [",", "et", "un point final"].map(str::to_owned).to_vec();
                Err(self.here(self.next, expected))
            }
        }
    }

    // How many words of the phrase stand here.
    fn matched(&self, phrase: &str) -> (usize, bool) {
        let words = phrase_words(phrase);
        let same =
            words.iter().enumerate().take_while(|(i, (w, _))| self.is_word(self.next + i, w));
        let n = same.count();
        (n, n == words.len())
    }

    // The longest phrase that stands here, or else the words expected after the longest beginning.
    fn longest<'p, T>(&self, list: &'p [(&str, T)]) -> Parsed<(usize, &'p T)> {
        let whole = list
            .iter()
            .filter_map(|(phrase, item)| match self.matched(phrase) {
                (n, true) => Some((n, item)),
                _ => None,
            })
            .max_by_key(|(n, _)| *n);
        let best = list.iter().map(|(phrase, _)| self.matched(phrase).0).max().unwrap_or(0);
        // « attribuer à la banette » is a longer phrase misspelt, not the shorter one.
        if let Some(found) = whole.filter(|(n, _)| *n == best) {
            return Ok(found);
        }
        let mut expected: Vec<String> = Vec::new();
        for (phrase, _) in list {
            if self.matched(phrase).0 == best
                && let Some((_, word)) = phrase_words(phrase).get(best)
                && !expected.iter().any(|e| e == word)
            {
                expected.push((*word).to_owned());
            }
        }
        Err(self.here(self.next + best, expected))
    }

    fn or(&mut self) -> Parsed<Test> {
        let mut list = vec![self.and()?];
        while self.is_word(self.next, "ou") {
            self.next += 1;
            list.push(self.and()?);
        }
        Ok(Test::Any(list))
    }

    fn and(&mut self) -> Parsed<Test> {
        let mut list = vec![self.term()?];
        while self.is_word(self.next, "et") {
            self.next += 1;
            list.push(self.term()?);
        }
        Ok(Test::All(list))
    }

    fn term(&mut self) -> Parsed<Test> {
        let denied = self.matched("il n'est pas vrai que");
        if denied.1 {
            self.next += denied.0;
            return Ok(Test::Not(Box::new(self.group()?)));
        }
        if matches!(self.peek(), Some(Token::Open)) {
            return self.group();
        }
        let mut known: Vec<(&str, Option<(&ConditionWords, bool)>)> = Vec::new();
        for c in &phrases().conditions {
            known.push((&c.yes, Some((c, false))));
            known.push((&c.no, Some((c, true))));
        }
        known.push(("il n'est pas vrai que", None));
        let (n, found) = self.longest(&known)?;
        let Some((words, denied)) = *found else {
            return Err(self.here(self.next, vec!["une condition".to_owned()]));
        };
        self.next += n;
        let test = Test::Is(self.condition(words)?);
        Ok(if denied { Test::Not(Box::new(test)) } else { test })
    }

    fn group(&mut self) -> Parsed<Test> {
        if !matches!(self.peek(), Some(Token::Open)) {
            return Err(self.here(self.next, vec!["(".to_owned()]));
        }
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.here(self.next, vec!["moins de parenthèses".to_owned()]));
        }
        self.next += 1;
        let inside = self.or()?;
        if !matches!(self.peek(), Some(Token::Close)) {
            let expected = ["et", "ou", ")"].map(str::to_owned).to_vec();
            return Err(self.here(self.next, expected));
        }
        self.next += 1;
        self.depth -= 1;
        Ok(inside)
    }

    fn condition(&mut self, words: &ConditionWords) -> Parsed<Condition> {
        let mut made = Condition { on: words.code, values: Vec::new(), days: None };
        match words.value {
            Takes::None => {}
            Takes::Days => made.days = Some(self.days()?),
            list => {
                made.values.push(self.value(list)?);
                while self.is_word(self.next, "ou")
                    && matches!(self.tokens.get(self.next + 1), Some((Token::Quoted(_), ..)))
                {
                    self.next += 1;
                    made.values.push(self.value(list)?);
                }
            }
        }
        Ok(made)
    }

    fn days(&mut self) -> Parsed<u16> {
        let number = match self.peek() {
            Some(Token::Word(w)) => w.parse::<u16>().ok().filter(|n| (1..=3650).contains(n)),
            _ => None,
        };
        let Some(n) = number else {
            return Err(self.here(self.next, vec!["un nombre de jours".to_owned()]));
        };
        self.next += 1;
        if !self.is_word(self.next, "jours") && !self.is_word(self.next, "jour") {
            return Err(self.here(self.next, vec!["jours".to_owned()]));
        }
        self.next += 1;
        Ok(n)
    }

    // The code of a value of a closed list, or the words as typed.
    fn value(&mut self, takes: Takes) -> Parsed<Private> {
        let list = self.lists.of(takes);
        let Some(Token::Quoted(typed)) = self.peek() else {
            let mut expected = vec!["une valeur entre guillemets".to_owned()];
            expected.extend(list.iter().take(SHOWN).map(|c| format!("« {} »", c.label)));
            return Err(self.here(self.next, expected));
        };
        if takes == Takes::Text {
            let typed = typed.clone();
            if typed.is_empty() {
                return Err(self.here(self.next, vec!["un mot entre les guillemets".to_owned()]));
            }
            self.next += 1;
            return Ok(Private(typed));
        }
        let key = relu_text::key(typed);
        let found = list.iter().find(|c| relu_text::key(&c.label) == key);
        let found = found.or_else(|| list.iter().find(|c| c.code == *typed));
        let Some(found) = found else {
            return Err(self.here(self.next, nearest(list, &key)));
        };
        self.next += 1;
        Ok(Private(found.code.clone()))
    }

    fn action(&mut self) -> Parsed<Action> {
        let known: Vec<(&str, &ActionWords)> =
            phrases().actions.iter().map(|a| (a.says.as_str(), a)).collect();
        let (n, words) = self.longest(&known)?;
        let words: &ActionWords = words;
        self.next += n;
        let value = match words.value {
            Takes::None => Private::default(),
            list => self.value(list)?,
        };
        Ok(match words.code {
            Verb::AssignQueue => Action::Assign(Owner::Queue(value.0)),
            Verb::AssignPerson => Action::Assign(Owner::Person(value.0)),
            Verb::CopyQueue => Action::Copy(Owner::Queue(value.0)),
            Verb::CopyPerson => Action::Copy(Owner::Person(value.0)),
            Verb::Task => Action::Task { label: value, due: self.due()? },
            Verb::Tag => Action::Tag(value.0),
            Verb::Print => Action::Print,
            Verb::HandOver => Action::HandOver(value.0),
        })
    }

    fn due(&mut self) -> Parsed<Due> {
        if !self.is_word(self.next, "pour") {
            return Ok(Due::Open);
        }
        let printed = self.matched("pour le délai écrit");
        if printed.1 {
            self.next += printed.0;
            return Ok(Due::Printed);
        }
        self.next += 1;
        if self.is_word(self.next, "le") {
            let expected = vec!["délai écrit".to_owned()];
            return Err(self.here(self.next + 1, expected));
        }
        let n = self.days()?;
        let after = self.matched("après la date du document");
        if !after.1 {
            let expected = vec!["après la date du document".to_owned()];
            return Err(self.here(self.next + after.0, expected));
        }
        self.next += after.0;
        Ok(Due::Days(n))
    }
}

/// Labels that share the most words with what was typed, then the first of the list.
fn nearest(list: &[Choice], key: &str) -> Vec<String> {
    if list.is_empty() {
        return vec!["une valeur d'une liste qui n'est pas vide".to_owned()];
    }
    let typed: Vec<&str> = key.split(' ').filter(|w| w.chars().count() > 2).collect();
    let mut scored: Vec<(usize, &Choice)> = list
        .iter()
        .map(|c| {
            let label = relu_text::key(&c.label);
            (typed.iter().filter(|w| label.contains(**w)).count(), c)
        })
        .collect();
    scored.sort_by_key(|(n, _)| std::cmp::Reverse(*n));
    scored.iter().take(SHOWN).map(|(_, c)| format!("« {} »", c.label)).collect()
}
