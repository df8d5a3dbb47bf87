//! What a client may believe of one document.

/// A document's file; `None` where there is none.
pub type State = Option<Vec<u8>>;

/// The state that was acknowledged last, and those that requests without an answer may have led to since.
#[derive(Clone, Debug, Default)]
pub struct Known {
    acknowledged: State,
    possible: Vec<State>,
}

impl Known {
    /// A change was acknowledged: what came before it is over.
    pub fn acknowledge(&mut self, state: State) {
        *self = Self { acknowledged: state, possible: Vec::new() };
    }

    /// A change may have happened or not, or may still happen.
    pub fn doubt(&mut self, state: State) {
        self.possible.push(state);
    }

    /// Whether the document may be in this state.
    pub fn allows(&self, state: &State) -> bool {
        self.acknowledged == *state || self.possible.contains(state)
    }
}
