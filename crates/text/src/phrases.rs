//! One automaton over the words of every lexicon, cue and list.
//!
//! A trie whose letters are [`WordId`]s, with three roots: *terms* (lexicons, names of measures),
//! where hyphens and small words (`de`, `la`…) inside are optional; *cues*, taken to the letter;
//! *lists* (units, months, titles…), which detectors ask about at one place. From each token one
//! walk per root is made, only when the word begins an entry; walks are bounded by the longest
//! entry, so the pass is linear in the text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::tokens::{Case, Gap, Token};
use crate::vocabulary::{Opening, Vocabulary, VocabularyBuilder, WordId, second_bit};

/// What an entry stands for: its family and its number in that family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Meaning {
    /// Entry of a lexicon.
    Lexeme(u32),
    /// Cue of the context rules.
    Cue(u32),
    /// Name of a measured thing.
    Measure(u32),
    /// Term of a rule of conditions.
    Condition(u32),
    /// Name of a score.
    Score(u32),
    /// Word that announces codes.
    Announces(u32),
    /// Word of a list, with its value.
    List(u16, i32),
}

/// How the words of an entry must be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Print {
    /// As one likes.
    Any,
    /// In capitals (an acronym of a few letters).
    Capitals,
}

/// Roots of the trie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Root {
    /// Small words and hyphens inside are optional.
    Terms,
    /// To the letter.
    Cues,
    /// To the letter; asked for, never reported.
    Lists,
}

/// An occurrence, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    /// First token.
    pub(crate) from: u32,
    /// One past the last token.
    pub(crate) to: u32,
    /// What it stands for.
    pub(crate) meaning: Meaning,
}

// Longest entry, in tokens walked over (small words and hyphens included).
const MAX_WALK: usize = 24;

/// The compiled trie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Phrases {
    // A few bits of the key of each slot, 0 when empty: what a step reads first, and, as most words
    // do not go on with an entry, most often all it reads.
    tags: Vec<u16>,
    // Middle bits of the hash of (node, word), and the node it leads to; open addressed.
    edges: Vec<(u32, u32)>,
    nodes: Vec<Node>,
    meanings: Vec<(Meaning, Print)>,
}

// A node: where its meanings begin, how many they are, whether an entry goes on from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Node {
    first: u32,
    count: u16,
    goes_on: bool,
}

fn edge_key(node: u32, word: WordId) -> u64 {
    u64::from(node) << 32 | u64::from(word.number())
}

// Slot, tag and middle bits of a key. With twenty slot bits at least 63 of the 64 bits are compared:
// an edge that no file names is taken for another with a probability of 10⁻¹³.
#[inline(always)]
fn edge_slot(key: u64, mask: usize) -> (usize, u16, u32) {
    let h = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let h = (h ^ (h >> 32)).wrapping_mul(0xD6E8_FEB8_6659_FD93);
    let h = h ^ (h >> 32);
    ((h as usize) & mask, (h >> 48) as u16 | 1, (h >> 16) as u32)
}

impl Phrases {
    #[inline(always)]
    fn step(&self, node: u32, word: WordId) -> u32 {
        if self.tags.is_empty() || word == WordId::UNKNOWN {
            return 0;
        }
        let key = edge_key(node, word);
        let mask = self.tags.len() - 1;
        let (mut at, tag, middle) = edge_slot(key, mask);
        loop {
            match self.tags.get(at) {
                Some(&0) | None => return 0,
                Some(&t) if t == tag => {
                    if let Some(&(_, to)) = self.edges.get(at).filter(|e| e.0 == middle) {
                        return to;
                    }
                }
                _ => {}
            }
            at = (at + 1) & mask;
        }
    }

    /// Every occurrence of the terms and cues in `tokens`, by first token, shortest first; terms
    /// into `terms`, cues into `cues`.
    pub(crate) fn find(
        &self,
        tokens: &[Token],
        vocabulary: &Vocabulary,
        terms: &mut Vec<Hit>,
        cues: &mut Vec<Hit>,
    ) {
        terms.clear();
        cues.clear();
        for (i, t) in tokens.iter().enumerate() {
            if !t.word.has(WordId::TERMS | WordId::CUES) {
                continue;
            }
            let info = vocabulary.info(t.word);
            if info.terms != 0 {
                self.walk::<true>(tokens, i, info.terms, |to, m| {
                    terms.push(Hit { from: i as u32, to, meaning: m })
                });
            }
            if info.cues != 0 {
                self.walk::<false>(tokens, i, info.cues, |to, m| {
                    cues.push(Hit { from: i as u32, to, meaning: m })
                });
            }
        }
    }

    /// The longest entry of the lists at token `at` whose number is `list`: its value and the token
    /// after it.
    #[inline(always)]
    pub(crate) fn listed(
        &self,
        tokens: &[Token],
        vocabulary: &Vocabulary,
        at: usize,
        list: u16,
    ) -> Option<(i32, usize)> {
        let word = tokens.get(at)?.word;
        if vocabulary.starts(word) & (1 << list) == 0 {
            return None;
        }
        self.longest_listed(tokens, vocabulary, at, list)
    }

    /// The same, where an entry of the list is known to begin with the token.
    pub(crate) fn longest_listed(
        &self,
        tokens: &[Token],
        vocabulary: &Vocabulary,
        at: usize,
        list: u16,
    ) -> Option<(i32, usize)> {
        let opening = vocabulary.opening(tokens.get(at)?.word);
        // Most entries are one word, and most words do not go on with a longer one: no walk then.
        if opening.longer & (1 << list) == 0 || !goes_on(tokens, opening, at) {
            return Some((vocabulary.value(opening, list)?, at + 1));
        }
        self.walk_listed(tokens, opening.node, at, list)
    }

    #[inline(never)]
    fn walk_listed(
        &self,
        tokens: &[Token],
        node: u32,
        at: usize,
        list: u16,
    ) -> Option<(i32, usize)> {
        let mut best = None;
        self.walk::<false>(tokens, at, node, |to, m| {
            if let Meaning::List(l, value) = m
                && l == list
            {
                best = Some((value, to as usize));
            }
        });
        best
    }

    /// Whether an entry of the lists that begins with the word of token `at` may go on with the next
    /// token: a cheap no before any question about lists.
    #[inline(always)]
    pub(crate) fn may_go_on(&self, tokens: &[Token], vocabulary: &Vocabulary, at: usize) -> bool {
        match (tokens.get(at), tokens.get(at + 1)) {
            (Some(t), Some(n)) => {
                let opening = vocabulary.opening(t.word);
                opening.may_go_on(n.word) && self.step(opening.node, n.word) != 0
            }
            _ => false,
        }
    }

    /// Every entry of the lists at token `at` whose number is `list`, where one is known to begin:
    /// value and the token after it.
    pub(crate) fn each_listed(
        &self,
        tokens: &[Token],
        vocabulary: &Vocabulary,
        at: usize,
        list: u16,
        mut found: impl FnMut(i32, usize),
    ) {
        let Some(t) = tokens.get(at) else { return };
        let opening = vocabulary.opening(t.word);
        let mut take = |to: u32, m: Meaning| {
            if let Meaning::List(l, value) = m
                && l == list
            {
                found(value, to as usize);
            }
        };
        if opening.longer & (1 << list) == 0 || !goes_on(tokens, opening, at) {
            self.meant(tokens, at, at + 1, opening.node, &mut take);
        } else {
            self.walk::<false>(tokens, at, opening.node, take);
        }
    }

    // What the entry over the tokens `from..to` that ends at `node` stands for; whether entries go
    // on from there.
    #[inline(always)]
    fn meant(
        &self,
        tokens: &[Token],
        from: usize,
        to: usize,
        node: u32,
        found: &mut impl FnMut(u32, Meaning),
    ) -> bool {
        let Some(&Node { first, count, goes_on }) = self.nodes.get(node as usize) else {
            return false;
        };
        if count > 0 {
            let range = first as usize..first as usize + usize::from(count);
            for &(meaning, print) in self.meanings.get(range).unwrap_or_default() {
                if print == Print::Any || shouted(tokens, from, to) {
                    found(to as u32, meaning);
                }
            }
        }
        goes_on
    }

    // Walks from token `i`, whose first step led to `node`; when lenient, small words and hyphens
    // that lead nowhere are stepped over.
    #[inline(always)]
    fn walk<const LENIENT: bool>(
        &self,
        tokens: &[Token],
        i: usize,
        mut node: u32,
        mut found: impl FnMut(u32, Meaning),
    ) {
        let mut at = i;
        let last = (i + MAX_WALK).min(tokens.len());
        // Small words and hyphens stepped over since the last word taken.
        let mut skipped = 0;
        loop {
            at += 1;
            if skipped == 0 && !self.meant(tokens, i, at, node, &mut found) {
                return;
            }
            let Some(t) = tokens.get(at).filter(|_| at < last) else { return };
            if t.gap() == Gap::Blank {
                return;
            }
            let next = self.step(node, t.word);
            if next != 0 {
                (node, skipped) = (next, 0);
                continue;
            }
            let hyphen = t.gap() == Gap::Glued && t.is_mark(b'-');
            // A hyphen before a cue or list word is a matter of spelling too, when glued.
            let may_skip = if LENIENT {
                hyphen || t.word.has(WordId::SMALL)
            } else {
                hyphen && tokens.get(at + 1).is_some_and(|n| n.gap() == Gap::Glued)
            };
            skipped += 1;
            if !may_skip || skipped > 3 {
                return;
            }
        }
    }
}

// Whether the token after `at` may take an entry of the lists further; it may be a hyphen of spelling.
#[inline(always)]
fn goes_on(tokens: &[Token], opening: &Opening, at: usize) -> bool {
    tokens.get(at + 1).is_some_and(|n| {
        n.gap() != Gap::Blank
            && (opening.may_go_on(n.word) || n.gap() == Gap::Glued && n.is_mark(b'-'))
    })
}

fn shouted(tokens: &[Token], from: usize, to: usize) -> bool {
    tokens
        .get(from..to)
        .is_some_and(|ts| ts.iter().all(|t| !t.is_word() || t.case() == Case::Upper))
}

/// A trie under construction.
#[derive(Default)]
pub(crate) struct PhrasesBuilder {
    edges: BTreeMap<u64, u32>,
    meanings: BTreeMap<u32, Vec<(Meaning, Print)>>,
    nodes: u32,
}

impl PhrasesBuilder {
    /// Adds an entry of these words, none of them small or a hyphen unless the entry begins with it.
    pub(crate) fn add(
        &mut self,
        root: Root,
        words: &[WordId],
        meaning: Meaning,
        print: Print,
        vocabulary: &mut VocabularyBuilder,
    ) {
        let Some((first, rest)) = words.split_first() else { return };
        let Some(info) = vocabulary.info(*first) else { return };
        if let (Root::Lists, Meaning::List(list, value)) = (root, meaning) {
            info.lists.starts |= 1 << list;
            match rest.first() {
                None if !info.alone.contains(&(list, value)) => info.alone.push((list, value)),
                None => {}
                Some(second) => {
                    info.lists.longer |= 1 << list;
                    info.lists.seconds |= second_bit(*second);
                }
            }
        }
        let slot = match root {
            Root::Terms => &mut info.known.terms,
            Root::Cues => &mut info.known.cues,
            Root::Lists => &mut info.lists.node,
        };
        if *slot == 0 {
            self.nodes += 1;
            *slot = self.nodes;
        }
        let mut node = *slot;
        for word in rest {
            let nodes = &mut self.nodes;
            node = *self.edges.entry(edge_key(node, *word)).or_insert_with(|| {
                *nodes += 1;
                *nodes
            });
        }
        let meanings = self.meanings.entry(node).or_default();
        if !meanings.contains(&(meaning, print)) {
            meanings.push((meaning, print));
        }
    }

    /// The compiled trie.
    pub(crate) fn compile(self) -> Phrases {
        let size = (self.edges.len() * 2 + 2).next_power_of_two();
        let mut tags = vec![0u16; size];
        let mut edges = vec![(0u32, 0u32); size];
        let mut nodes = vec![Node::default(); self.nodes as usize + 1];
        for (key, to) in self.edges {
            if let Some(node) = nodes.get_mut((key >> 32) as usize) {
                node.goes_on = true;
            }
            let (mut at, tag, middle) = edge_slot(key, size - 1);
            while let (Some(t), Some(slot)) = (tags.get_mut(at), edges.get_mut(at)) {
                if *t == 0 {
                    (*t, *slot) = (tag, (middle, to));
                    break;
                }
                at = (at + 1) & (size - 1);
            }
        }
        let mut meanings: Vec<(Meaning, Print)> = Vec::new();
        for (node, of_node) in self.meanings {
            if let Some(n) = nodes.get_mut(node as usize) {
                (n.first, n.count) = (meanings.len() as u32, of_node.len() as u16);
                meanings.extend(of_node);
            }
        }
        Phrases { tags, edges, nodes, meanings }
    }
}
