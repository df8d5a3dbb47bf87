use crate::Secret;
use crate::secret::redact;

/// The most of a provider's words in a message, in characters.
const MAX_CHARS: usize = 300;
/// How long a piece of the words makes a request recognisable in them.
const QUOTE_BYTES: usize = 16;

/// What a provider says of a failure: on one line, without secrets, at most 300 characters.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    hidden: bool,
}

impl Words {
    pub(crate) fn new(text: &str, secrets: &[Secret]) -> Self {
        // Before anything is cut off: half a secret is not recognised as one.
        let text = redact(text, secrets);
        let mut line = String::new();
        for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty())
        {
            if line.len() > 4 * MAX_CHARS {
                break;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        Self { text: line.chars().take(MAX_CHARS).collect(), hidden: false }
    }

    /// The words.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether they hold this, which is in lower case, in any case.
    #[must_use]
    pub fn mention(&self, what: &str) -> bool {
        self.text.to_ascii_lowercase().contains(what)
    }

    /// Whether they repeat a part of what was sent, which may be a document's text: any part of twice the length of a piece holds a whole one.
    #[must_use]
    pub fn quote(&self, sent: &[u8]) -> bool {
        let (pieces, _) = self.text.as_bytes().as_chunks::<QUOTE_BYTES>();
        pieces.iter().any(|piece| sent.windows(QUOTE_BYTES).any(|window| window == piece))
    }

    /// The same words, for reading only: no message shows them.
    #[must_use]
    pub fn hidden(self) -> Self {
        Self { hidden: true, ..self }
    }

    /// A message: `sentence`, then these words unless they are hidden, then `advice`.
    #[must_use]
    pub fn between(&self, sentence: &str, advice: &str) -> String {
        let mut message = sentence.to_owned();
        if !self.text.is_empty() && !self.hidden {
            message.push_str(" It says: ");
            message.push_str(&self.text);
            if !self.text.ends_with(['.', '!', '?']) {
                message.push('.');
            }
        }
        if !advice.is_empty() {
            message.push(' ');
            message.push_str(advice);
        }
        message
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "sk-0123456789/+secret";

    proptest! {
        #[test]
        fn no_part_of_a_secret_is_left_wherever_the_words_are_cut(
            before in "[a-z \n]{240,310}",
            after in "[a-z \n]{0,40}",
            escaped in any::<bool>(),
        ) {
            let key = if escaped { KEY.replace('/', "\\/") } else { KEY.to_owned() };
            let words = Words::new(&format!("{before}{key}{after}"), &[Secret::new(KEY)]);
            let telling = |part: &[u8]| words.as_str().as_bytes().windows(part.len()).any(|text| text == part);
            prop_assert!(!KEY.as_bytes().windows(4).any(telling), "{}", words.as_str());
            prop_assert!(words.as_str().chars().count() <= MAX_CHARS);
        }
    }

    #[test]
    fn words_stand_between_a_sentence_and_advice_unless_they_are_hidden() {
        let words = Words::new("slow\n  down", &[]);
        assert_eq!(words.between("No.", "Wait."), "No. It says: slow down. Wait.");
        assert_eq!(words.hidden().between("No.", "Wait."), "No. Wait.");
        assert_eq!(Words::new("Stop!", &[]).between("No.", ""), "No. It says: Stop!");
        assert_eq!(Words::default().between("No.", ""), "No.");
    }

    #[test]
    fn a_part_of_what_was_sent_is_recognised() {
        let sent = b"She said that he never listens when she speaks of her mother.";
        assert!(Words::new("bad: 'he never listens when she speaks of'", &[]).quote(sent));
        assert!(!Words::new("she never speaks of what he said", &[]).quote(sent));
    }
}
