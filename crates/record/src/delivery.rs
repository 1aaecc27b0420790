//! What is handed to other software: what for.

/// What handing a document over is for. Names are stable: they are stored and written in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Purpose {
    /// The document, for the first time.
    New,
    /// A newer state of a document that was handed over: never a second document.
    Replace,
    /// The document is taken back.
    Recall,
}

impl Purpose {
    /// Every one.
    pub const ALL: [Purpose; 3] = [Purpose::New, Purpose::Replace, Purpose::Recall];

    /// The name used in tables and index files.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::New => "nouveau",
            Purpose::Replace => "remplacement",
            Purpose::Recall => "rappel",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|p| p.as_str() == name)
    }
}
