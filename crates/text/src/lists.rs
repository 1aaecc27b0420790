//! Word lists that detectors ask about at one place of the text: months, units of time, routes…
//!
//! Data: `rules/lists/*.toml`. An entry is one or several words with a number, whose meaning is that
//! of its list (the month, the factor of a multiple, the index of a unit).

use serde::Deserialize;

use crate::compile::{Builder, RuleDoc, RuleError};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A list, by the name it has in its file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum List { $($(#[$doc])* $name,)* }

        /// Every list with its name.
        pub(crate) const LISTS: &[(List, &str)] = &[$((List::$name, $text),)*];
    };
}

// At most 64: a word knows by one bit each in which lists an entry begins with it.
lists! {
    /// Months, 1 to 12.
    Month = "month",
    /// Numbers in letters, with their value.
    NumberWord = "number_word",
    /// Words around a mention, with the number of their set; written by the rules of conditions.
    Near = "near",
    /// Words between a score and its value (1), before a stage (2), after what is no score (3).
    ScoreWord = "score_word",
    /// Words that announce a code.
    CodeWord = "code_word",
    /// Units of one word, by their number in `rules/units.toml`.
    Unit = "unit",
    /// Small words of measures, with their roles as bits.
    MeasureWord = "measure_word",
    /// Small words of findings, with their roles as bits.
    FindingWord = "finding_word",
    /// Numbers not told (0) and about ten, about fifteen (their value).
    VagueNumber = "vague_number",
    /// Ranks in letters.
    OrdinalWord = "ordinal_word",
    /// Signs after a number: 1, 2 rank; 11 hour; 12 minute; 21 short month of another meaning.
    TimeMark = "time_mark",
    /// Units of time in seconds; negative: weeks of a pregnancy.
    TimeUnit = "time_unit",
    /// After a unit: 1 and a half; 2 of life (an age); 3 another time (`cette année-là`).
    AfterUnit = "after_unit",
    /// Before a counted time: 1 past; 2 future; 3 at that time of an event; 4 during.
    TimeBefore = "time_before",
    /// Words between that and the number.
    Approximate = "approximate",
    /// After a counted time: -1, 1 of the note; -2, 2 of an event; 3 only before the unit.
    TimeAfter = "time_after",
    /// Named days: days from the note; 100 and days from an event; 201 to 204 the note's own.
    DayWord = "day_word",
    /// Announces a date: 1 a day; 2 a month or year; 10 more: opens a period.
    DateBefore = "date_before",
    /// Says what a number is: 1 neither date nor year; 2 birth date; 3 age; 4
    /// a person; 5 a street.
    NumberBefore = "number_before",
    /// After a number that is neither a year nor a month.
    NoDateAfter = "no_date_after",
    /// Between two numbers: 1 hour or bound; 2 hour; 3 bound; 4 two units.
    Joiner = "joiner",
    /// `J3`, `M+6`: seconds.
    DayMark = "day_mark",
    /// Makes a number of years or hours a duration.
    DurationBefore = "duration_before",
    /// Frequencies: 1 per; 2 each; 3 every; 10 what is counted; 20 no frequency (`vie quotidienne`).
    Times = "times",
    /// Frequencies in words: interval in seconds, 0 when not told.
    Frequency = "frequency",
    /// Periods around an act: 1 after; 2 before; 3 during.
    AroundEvent = "around_event",
    /// Between the bounds of a period: 1 enough; 2 after an opening word; 3 after `entre`.
    PeriodLink = "period_link",
    /// Announces the date of the act: 1 act; 2 document; 3 typing, signature; 0 another act.
    Consultation = "consultation",
    /// Small words: 1 determiner of a relative date; 2 inside a town's name; 3 before a town.
    SmallWord = "small_word",
    /// After the number of a dose: 1 a unit; 2 a form taken whole.
    DoseUnit = "dose_unit",
    /// Routes.
    Route = "route",
    /// Times of the day, `si besoin`.
    IntakeTime = "intake_time",
    /// What is decided of a drug: 1 stop; 2 start; 3 more; 4 less; 5 again or instead; 6 go on.
    DrugStatus = "drug_status",
    /// Titles before the name of a person.
    PersonTitle = "person_title",
    /// Words with a full stop that ends no sentence.
    Abbreviation = "abbreviation",
    /// Words after which a line goes on.
    Wrap = "wrap",
    /// Titles, with the number of their rule.
    SectionTitle = "section_title",
    /// Words at which the scope of a cue may end ([`crate::context`]).
    ScopeEnd = "scope_end",
    /// Small words that the context looks for ([`context_word`]).
    ContextWord = "context_word",
}

/// Values of [`List::ContextWord`].
pub(crate) mod context_word {
    /// First part of a negation.
    pub(crate) const NE: i32 = 1;
    /// Its second part.
    pub(crate) const PARTICLE: i32 = 2;
    /// "oui".
    pub(crate) const YES: i32 = 3;
    /// "non".
    pub(crate) const NO: i32 = 4;
    /// What leads from a stay to its reason.
    pub(crate) const LINK: i32 = 5;
    /// "page".
    pub(crate) const PAGE: i32 = 6;
    /// Verbs that say that a thing was found.
    pub(crate) const FINDING: i32 = 7;
    /// Examinations: a negative one was done all the same.
    pub(crate) const TEST: i32 = 8;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    list: Vec<ListRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRule {
    name: String,
    why: String,
    source: String,
    /// Number, as a string, to its entries.
    values: std::collections::BTreeMap<String, Vec<String>>,
}

/// Adds the lists of a file.
pub(crate) fn compile(name: &str, file: &str, b: &mut Builder) -> Result<(), RuleError> {
    let parsed: ListFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for rule in parsed.list {
        let Some((list, _)) = LISTS.iter().find(|(_, n)| *n == rule.name) else {
            return Err(RuleError::new(name, format!("liste inconnue : {}", rule.name)));
        };
        if !b.keeps(&rule.name) {
            continue;
        }
        for (value, entries) in &rule.values {
            let Ok(value) = value.parse::<i32>() else {
                return Err(RuleError::new(name, format!("{} : valeur {value}", rule.name)));
            };
            for entry in entries {
                b.listed(entry, *list, value);
            }
        }
        let ListRule { name: code, why, source, .. } = rule;
        b.document(RuleDoc { code, why, source, ..RuleDoc::default() });
    }
    Ok(())
}
