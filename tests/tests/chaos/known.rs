//! What a client may believe of one document.

/// A document's file; `None` where there is none.
pub type State = Option<Vec<u8>>;

/// The state that was acknowledged last, and those that requests without an answer may have led to since.
#[derive(Clone, Default)]
pub struct Known {
    acknowledged: State,
    possible: Vec<State>,
    /// What was sent and what was answered, to find out by when something went wrong.
    history: Vec<String>,
}

impl Known {
    /// A change was acknowledged: what came before it is over.
    pub fn acknowledge(&mut self, state: State) {
        self.acknowledged = state;
        self.possible.clear();
    }

    /// A change may have happened or not, or may still happen.
    pub fn doubt(&mut self, state: State) {
        self.possible.push(state);
    }

    /// Something was sent, and answered with this status; 0: not answered.
    pub fn note(&mut self, what: &str, status: u16, state: &State) {
        self.history.push(format!("{what} {}: {status}", words_of(state)));
    }

    /// The newest of what was sent.
    pub fn history(&self) -> String {
        self.history[self.history.len().saturating_sub(12)..].join("\n")
    }

    /// Whether the document may be in this state.
    pub fn allows(&self, state: &State) -> bool {
        self.acknowledged == *state || self.possible.contains(state)
    }
}

/// What a document of ours says.
pub fn words_of(state: &State) -> String {
    let text = String::from_utf8_lossy(state.as_deref().unwrap_or_default()).into_owned();
    let words = text.find("Remark ").and_then(|from| Some(&text[from..=from + text[from..].find('.')?]));
    words.unwrap_or("nothing").to_owned()
}
