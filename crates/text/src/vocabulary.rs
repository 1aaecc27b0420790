//! The vocabulary: every word that a lexicon, a cue or a list names, with one number for all its
//! inflected forms.
//!
//! `métastase`, `métastases` are one [`WordId`]; so are `rénal`, `rénale`, `rénaux`, `rénales`. The
//! forms are made when the vocabulary is compiled, from the words as the data files write them, so
//! that reading a text costs one look-up a word. A word that no file names may still tell what it
//! is by its ending (`-ectomie`, `-ique`): see [`Vocabulary::word`].
//!
//! Shape: an open-addressed table from the 64-bit fingerprint of a folded word to its number. Two
//! words of the vocabulary never share a fingerprint (checked when it is compiled); a word of a text
//! that is not in it has one in common with a probability of 10⁻¹⁴.

use serde::{Deserialize, Serialize};

/// Number of a word, with what a pass over the words needs to know at once in its high bits. Numbers
/// below 256 are marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct WordId(pub(crate) u32);

impl WordId {
    /// A word that no file names and whose ending says nothing.
    pub(crate) const UNKNOWN: WordId = WordId(0);
    /// The first number that is not a mark.
    pub(crate) const FIRST: u32 = 256;
    /// It begins a term, a cue, an entry of a list; it may be left out inside a term; it has a class.
    pub(crate) const TERMS: u32 = 1 << 31;
    pub(crate) const CUES: u32 = 1 << 30;
    pub(crate) const LISTS: u32 = 1 << 29;
    pub(crate) const SMALL: u32 = 1 << 28;
    pub(crate) const CLASS: u32 = 1 << 27;
    /// One of its classes makes a finding or a place ([`crate::morphology::class::HEADS`]).
    pub(crate) const HEAD: u32 = 1 << 26;
    const NUMBER: u32 = Self::HEAD - 1;

    /// The number alone.
    #[inline(always)]
    pub(crate) fn number(self) -> u32 {
        self.0 & Self::NUMBER
    }

    /// Whether one of these is set.
    #[inline(always)]
    pub(crate) fn has(self, flags: u32) -> bool {
        self.0 & flags != 0
    }
}

/// What is known of a word without its context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WordInfo {
    /// Trie node reached by this word from the root of the terms, of the cues; 0: none.
    pub(crate) terms: u32,
    pub(crate) cues: u32,
    /// Number of its [`Opening`] of the lists; 0: none.
    pub(crate) lists: u32,
    /// What its list or its ending tells ([`crate::morphology::class`]).
    pub(crate) class: u32,
}

/// What the lists hold under a word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opening {
    /// Trie node reached from the root of the lists.
    pub(crate) node: u32,
    /// One bit a list in which an entry begins with the word.
    pub(crate) starts: u64,
    /// Of these, the lists with an entry of several words.
    pub(crate) longer: u64,
    /// One bit for each second word of these entries, several sharing one: what is not there goes on
    /// with none.
    pub(crate) seconds: u64,
    // Where the values of the entries of one word begin, one a list of `starts` in its order.
    values: u32,
}

impl Opening {
    /// Whether an entry may go on with this word.
    #[inline(always)]
    pub(crate) fn may_go_on(&self, word: WordId) -> bool {
        self.seconds & second_bit(word) != 0
    }
}

/// The bit of [`Opening::seconds`] that a word shares with few others.
pub(crate) fn second_bit(word: WordId) -> u64 {
    1 << (word.number().wrapping_mul(0x9E37_79B1) >> 26)
}

// In the place of the value of a list whose entries under a word are all longer.
const NO_VALUE: i32 = i32::MIN;

/// Compiled words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Vocabulary {
    // High bits of the fingerprint in each slot, 0 when empty: what a look-up reads first, and, for
    // unknown words, all it reads.
    tags: Vec<u16>,
    // Middle bits of the fingerprint, and word, of each slot. Slot, tag and these bits together are
    // the whole fingerprint. Tables are kept small: a text's words miss the cache far more often than
    // they are compared.
    slots: Vec<(u32, u32)>,
    // The words of the marks.
    marks: Vec<u32>,
    // Few words begin an entry of the lists; the first of these stands for none.
    openings: Vec<Opening>,
    values: Vec<i32>,
    pub(crate) infos: Vec<WordInfo>,
    // Endings that tell what an unknown word is, longest first, by last and third letter from the
    // end ([`ending_slot`]).
    endings: Vec<Vec<(String, u32)>>,
}

// The singular of a word, as endings are written.
fn singular(folded: &[u8]) -> &[u8] {
    folded.strip_suffix(b"s").filter(|f| f.len() > 3).unwrap_or(folded)
}

// Few endings share both letters, so that an unknown word is compared with two or three.
fn ending_slot(folded: &[u8]) -> Option<usize> {
    let third = folded.len().checked_sub(3)?;
    let (a, b) = (folded.get(third)?, folded.last()?);
    Some(usize::from(a & 31) * 32 + usize::from(b & 31))
}

/// A folded word in a fixed room: bytes beyond its length are zero up to the next multiple of eight,
/// so that it is hashed by eights.
#[derive(Clone, Copy)]
pub(crate) struct Folding {
    bytes: [u8; MAX_WORD + 8],
    len: usize,
}

/// Folded bytes kept of a word; a longer one is in no lexicon.
pub(crate) const MAX_WORD: usize = 64;

impl Folding {
    /// An empty word.
    pub(crate) fn new() -> Folding {
        Folding { bytes: [0; MAX_WORD + 8], len: 0 }
    }

    /// The word of these bytes.
    pub(crate) fn of(word: &[u8]) -> Folding {
        let mut f = Folding::new();
        word.iter().for_each(|b| f.put(*b));
        f
    }

    /// Forgets the word.
    #[inline(always)]
    pub(crate) fn clear(&mut self) {
        self.len = 0;
    }

    /// Adds a byte; beyond the room, only the length grows.
    #[inline(always)]
    pub(crate) fn put(&mut self, b: u8) {
        if let Some(slot) = self.bytes.get_mut(self.len) {
            *slot = b;
        }
        self.len += 1;
    }

    /// Adds the first `len` of these bytes.
    #[inline(always)]
    pub(crate) fn put_first(&mut self, sixteen: &[u8; MAX_PLAIN], len: usize) {
        match self.bytes.get_mut(self.len..).and_then(|rest| rest.first_chunk_mut()) {
            // What lies beyond the length is written again.
            Some(room) => {
                *room = *sixteen;
                self.len += len;
            }
            None => sixteen.iter().take(len).for_each(|b| self.put(*b)),
        }
    }

    /// Its length.
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Takes it back to a shorter length.
    pub(crate) fn cut(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// The word; empty when it is longer than the room.
    #[inline(always)]
    pub(crate) fn word(&self) -> &[u8] {
        if self.len > MAX_WORD { &[] } else { self.bytes.get(..self.len).unwrap_or(&[]) }
    }

    #[inline(always)]
    fn fingerprint(&mut self) -> u64 {
        let len = self.len.min(MAX_WORD);
        if let Some(pad) = self.bytes.get_mut(len..len + 8) {
            pad.fill(0);
        }
        let (eights, _) = self.bytes.as_chunks::<8>();
        let eights = eights.iter().take(len.div_ceil(8));
        fingerprint(len, eights.map(|e| u64::from_le_bytes(*e)))
    }
}

// Fingerprint of a word given by eights, never 0 in its highest sixteen bits.
#[inline(always)]
fn fingerprint(len: usize, eights: impl Iterator<Item = u64>) -> u64 {
    const K0: u64 = 0x9E37_79B9_7F4A_7C15;
    const K1: u64 = 0xD6E8_FEB8_6659_FD93;
    let mut h = K0 ^ (len as u64).wrapping_mul(K1);
    for eight in eights {
        let wide = u128::from(eight ^ h) * u128::from(K1);
        h = (wide as u64) ^ ((wide >> 64) as u64) ^ K0.rotate_left(23);
    }
    let h = (h ^ (h >> 29)).wrapping_mul(K0);
    (h ^ (h >> 32)) | 1 << 48
}

/// Longest word that [`Vocabulary::plain_word`] takes.
pub(crate) const MAX_PLAIN: usize = 16;

// Where a fingerprint is looked for, its tag and its middle bits.
#[inline(always)]
fn parts(print: u64) -> (usize, u16, u32) {
    (print as usize & 0xFFFF_FFFF, (print >> 48) as u16, (print >> 16) as u32)
}

impl Vocabulary {
    /// The word of these folded bytes: in the table, else by its ending.
    #[inline(always)]
    pub(crate) fn word(&self, folded: &mut Folding) -> WordId {
        self.exact(folded).unwrap_or_else(|| self.by_ending(folded.word()))
    }

    /// The word of these folded bytes, when a file names it.
    #[inline(always)]
    pub(crate) fn exact(&self, folded: &mut Folding) -> Option<WordId> {
        if folded.len() == 0 || folded.len() > MAX_WORD {
            return None;
        }
        self.look_up(folded.fingerprint())
    }

    /// The word of the first `len` bytes of these sixteen, which need no folding.
    #[inline(always)]
    pub(crate) fn plain_word(&self, sixteen: &[u8; MAX_PLAIN], len: usize) -> WordId {
        let bits = u128::from_le_bytes(*sixteen);
        let kept = bits & (u128::MAX >> (8 * (MAX_PLAIN - len.clamp(1, MAX_PLAIN))));
        let (low, high) = (kept as u64, (kept >> 64) as u64);
        let eights = [low, high];
        let print = fingerprint(len, eights.into_iter().take(len.div_ceil(8)));
        self.look_up(print)
            .unwrap_or_else(|| self.by_ending(sixteen.get(..len).unwrap_or_default()))
    }

    #[inline(always)]
    fn look_up(&self, print: u64) -> Option<WordId> {
        if self.tags.is_empty() {
            return None;
        }
        let (print, tag, middle) = parts(print);
        let mask = self.tags.len() - 1;
        let mut at = print & mask;
        loop {
            let &found = self.tags.get(at)?;
            if found == 0 {
                return None;
            }
            if found == tag
                && let Some(&(_, word)) = self.slots.get(at).filter(|s| s.0 == middle)
            {
                return Some(WordId(word));
            }
            at = (at + 1) & mask;
        }
    }

    #[inline(never)]
    fn by_ending(&self, folded: &[u8]) -> WordId {
        let stem = singular(folded);
        let endings = ending_slot(stem).and_then(|slot| self.endings.get(slot));
        let found = endings.and_then(|endings| {
            endings.iter().find(|(e, _)| stem.len() >= e.len() + 2 && stem.ends_with(e.as_bytes()))
        });
        found.map_or(WordId::UNKNOWN, |(_, w)| WordId(*w))
    }

    /// The word of a mark.
    #[inline(always)]
    pub(crate) fn mark(&self, mark: u8) -> WordId {
        WordId(self.marks.get(usize::from(mark)).copied().unwrap_or(u32::from(mark)))
    }

    /// One bit a list in which an entry begins with this word.
    #[inline(always)]
    pub(crate) fn starts(&self, word: WordId) -> u64 {
        if word.has(WordId::LISTS) { self.opening(word).starts } else { 0 }
    }

    /// What the lists hold under a word.
    #[inline(always)]
    pub(crate) fn opening(&self, word: WordId) -> &Opening {
        static NOTHING: Opening = Opening { node: 0, starts: 0, longer: 0, seconds: 0, values: 0 };
        self.openings.get(self.info(word).lists as usize).unwrap_or(&NOTHING)
    }

    /// The value of the entry of one word in this list, one of those that the opening starts.
    #[inline(always)]
    pub(crate) fn value(&self, opening: &Opening, list: u16) -> Option<i32> {
        let before = opening.starts & ((1 << list) - 1);
        let at = opening.values as usize + before.count_ones() as usize;
        self.values.get(at).copied().filter(|v| *v != NO_VALUE)
    }

    /// What is known of a word.
    #[inline]
    pub(crate) fn info(&self, word: WordId) -> &WordInfo {
        static NOTHING: WordInfo = WordInfo { terms: 0, cues: 0, lists: 0, class: 0 };
        self.infos.get(word.number() as usize).unwrap_or(&NOTHING)
    }
}

/// What is known of a word under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Made {
    pub(crate) known: WordInfo,
    /// What the word lists ([`crate::lists::List`]) hold under it.
    pub(crate) lists: Opening,
    /// Lists with an entry of this one word, and its values.
    pub(crate) alone: Vec<(u16, i32)>,
    /// Whether it may be left out inside a term (`de`, `la`, `du`…).
    pub(crate) small: bool,
}

/// Words under construction.
pub(crate) struct VocabularyBuilder {
    words: std::collections::BTreeMap<String, u32>,
    infos: Vec<Made>,
    endings: Vec<(String, u32)>,
    // Forms made by inflection; what they end like says nothing ("bruit" makes "bruite").
    made: std::collections::BTreeSet<String>,
}

impl Default for VocabularyBuilder {
    fn default() -> Self {
        VocabularyBuilder {
            words: Default::default(),
            infos: vec![Made::default(); WordId::FIRST as usize],
            endings: Vec::new(),
            made: Default::default(),
        }
    }
}

impl VocabularyBuilder {
    /// The word of one folded form, new or known; its inflected forms are the same word when
    /// `inflected`.
    pub(crate) fn add(&mut self, form: &str, inflected: bool) -> WordId {
        let word = match self.words.get(form) {
            Some(&w) => w,
            None => {
                let w = self.infos.len() as u32;
                self.infos.push(Made::default());
                self.words.insert(form.to_owned(), w);
                w
            }
        };
        if inflected {
            for other in inflections(form) {
                if let std::collections::btree_map::Entry::Vacant(e) = self.words.entry(other) {
                    self.made.insert(e.key().clone());
                    e.insert(word);
                }
            }
        }
        WordId(word)
    }

    /// A word that stands for every unknown word with this ending.
    pub(crate) fn ending(&mut self, ending: &str) -> WordId {
        let word = self.infos.len() as u32;
        self.infos.push(Made::default());
        self.endings.push((ending.to_owned(), word));
        WordId(word)
    }

    /// Gives each known word the class that its ending tells, unless it is spared.
    pub(crate) fn classify(&mut self, spared: &std::collections::BTreeSet<WordId>) {
        let mut endings: Vec<(String, u32)> = self.endings.clone();
        endings.sort_by_key(|(e, _)| std::cmp::Reverse(e.len()));
        for (form, word) in self.words.iter().filter(|(f, _)| !self.made.contains(*f)) {
            let stem = singular(form.as_bytes());
            let told = endings
                .iter()
                .find(|(e, _)| stem.len() >= e.len() + 2 && stem.ends_with(e.as_bytes()))
                .and_then(|(_, w)| self.infos.get(*w as usize))
                .map_or(0, |i| i.known.class);
            if told != 0
                && !spared.contains(&WordId(*word))
                && let Some(info) = self.infos.get_mut(*word as usize)
            {
                info.known.class |= told;
            }
        }
    }

    /// What is known of a word, to complete.
    pub(crate) fn info(&mut self, word: WordId) -> Option<&mut Made> {
        self.infos.get_mut(word.0 as usize)
    }

    // A number with the bits that say what its word begins.
    fn flagged(&self, word: u32) -> u32 {
        let Some(i) = self.infos.get(word as usize) else { return word };
        let flags = [
            (i.known.terms != 0, WordId::TERMS),
            (i.known.cues != 0, WordId::CUES),
            (i.lists.node != 0, WordId::LISTS),
            (i.small, WordId::SMALL),
            (i.known.class != 0, WordId::CLASS),
            (i.known.class & crate::morphology::class::HEADS != 0, WordId::HEAD),
        ];
        flags.iter().filter(|(on, _)| *on).fold(word, |w, (_, flag)| w | flag)
    }

    /// The compiled table.
    pub(crate) fn compile(self) -> Vocabulary {
        let size = (self.words.len() * 2 + 2).next_power_of_two();
        let mut tags = vec![0u16; size];
        let mut slots = vec![(0u32, 0u32); size];
        for (form, word) in &self.words {
            let (print, own, middle) = parts(Folding::of(form.as_bytes()).fingerprint());
            let mut at = print & (size - 1);
            while let (Some(tag), Some(slot)) = (tags.get_mut(at), slots.get_mut(at)) {
                if *tag == 0 {
                    *tag = own;
                    *slot = (middle, self.flagged(*word));
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        let mut endings: Vec<Vec<(String, u32)>> = vec![Vec::new(); 1024];
        for (ending, word) in &self.endings {
            let word = self.flagged(*word);
            // An ending of two letters stands in the slots of every third one.
            let slots: Vec<usize> = match ending_slot(ending.as_bytes()) {
                Some(slot) => vec![slot],
                None => (b'a'..=b'z')
                    .filter_map(|c| ending_slot(format!("{}{ending}", c as char).as_bytes()))
                    .collect(),
            };
            for slot in slots {
                if let Some(list) = endings.get_mut(slot) {
                    list.push((ending.clone(), word));
                }
            }
        }
        for list in &mut endings {
            list.sort_by_key(|(e, _)| (std::cmp::Reverse(e.len()), e.clone()));
        }
        let marks = (0..WordId::FIRST).map(|m| self.flagged(m)).collect();
        let mut openings = vec![Opening::default()];
        let mut values = Vec::new();
        let mut infos: Vec<WordInfo> = Vec::with_capacity(self.infos.len());
        for made in &self.infos {
            let mut info = made.known;
            if made.lists.node != 0 {
                info.lists = openings.len() as u32;
                openings.push(Opening { values: values.len() as u32, ..made.lists });
                let lists = (0..64u16).filter(|l| made.lists.starts & (1 << l) != 0);
                values.extend(lists.map(|list| {
                    // Of several values the last one counts, as in a walk.
                    let last = made.alone.iter().rfind(|(l, _)| *l == list);
                    last.map_or(NO_VALUE, |l| l.1)
                }));
            }
            infos.push(info);
        }
        Vocabulary { tags, slots, marks, openings, values, infos, endings }
    }

    /// Whether two forms share a fingerprint; never, and the tests look.
    #[cfg(test)]
    pub(crate) fn collides(&self) -> bool {
        let prints: std::collections::BTreeSet<u64> =
            self.words.keys().map(|w| Folding::of(w.as_bytes()).fingerprint()).collect();
        prints.len() != self.words.len()
    }
}

// Feminine endings by masculine ending; each form also takes the plural.
const FEMININE: [(&str, &str); 15] = [
    ("al", "ale"),
    ("eux", "euse"),
    ("if", "ive"),
    ("ien", "ienne"),
    ("el", "elle"),
    ("er", "ere"),
    ("ant", "ante"),
    ("ent", "ente"),
    ("ain", "aine"),
    ("oit", "oite"),
    ("it", "ite"),
    ("ieur", "ieure"),
    ("rt", "rte"),
    ("ond", "onde"),
    ("u", "ue"),
];

/// The other forms of a word: plurals and, for what ends like an adjective or a participle,
/// feminines. Words of fewer than four letters and words with digits have none (`pa` is not the
/// singular of `pas`). The files are written in the masculine singular.
pub(crate) fn inflections(form: &str) -> Vec<String> {
    if form.len() < 4 || !form.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut forms = vec![plural(form)];
    if form.ends_with("al") {
        forms.push(format!("{form}s"));
    }
    let feminine = FEMININE
        .iter()
        .find(|(m, _)| form.ends_with(m))
        .map(|(m, f)| format!("{}{f}", form.strip_suffix(m).unwrap_or(form)))
        // "opéré" has lost its accent: "opere", "operee"; "-e" nouns ("jambe") get a harmless form.
        .or_else(|| form.ends_with('e').then(|| format!("{form}e")));
    if let Some(f) = feminine {
        forms.push(plural(&f));
        forms.push(f);
    }
    forms
}

fn plural(form: &str) -> String {
    match form {
        _ if form.ends_with(['s', 'x', 'z']) => form.to_owned(),
        _ if form.ends_with("al") => format!("{}aux", form.strip_suffix("al").unwrap_or(form)),
        _ if form.ends_with("eau") || form.ends_with("eu") => format!("{form}x"),
        _ => format!("{form}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inflected_forms_are_one_word() {
        let mut b = VocabularyBuilder::default();
        let renal = b.add("renal", true);
        let pa = b.add("pa", true);
        let pas = b.add("pas", true);
        let opere = b.add("opere", true);
        assert!(!b.collides());
        let v = b.compile();
        for f in ["renal", "renale", "renaux", "renales"] {
            assert_eq!(v.word(&mut Folding::of(f.as_bytes())), renal, "{f}");
        }
        assert_eq!(v.word(&mut Folding::of(b"operees")), opere);
        assert_ne!(pa, pas);
        assert_eq!(v.word(&mut Folding::of(b"inconnu")), WordId::UNKNOWN);
    }

    #[test]
    fn an_ending_tells_what_an_unknown_word_is() {
        let mut b = VocabularyBuilder::default();
        let ite = b.ending("ite");
        let v = b.compile();
        assert_eq!(v.word(&mut Folding::of(b"cholangite")), ite);
        assert_eq!(v.word(&mut Folding::of(b"vite")), WordId::UNKNOWN);
    }
}
