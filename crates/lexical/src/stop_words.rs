//! Words too common to tell texts apart.

/// Whether a word, in lower case, is among the commonest of English, German, Russian, French, Spanish, Italian, Portuguese or Dutch.
pub(crate) fn is_stop_word(word: &str) -> bool {
    STOP_WORDS.binary_search(&word).is_ok()
}

/// In ascending order of their bytes.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "a", "al", "als", "also", "an", "and", "are", "as", "at", "au", "auch", "auf", "aus", "aux", "avec",
    "be", "been", "bei", "but", "by", "can", "ce", "ces", "cette", "che", "com", "come", "como", "con",
    "could", "da", "dans", "das", "dass", "dat", "de", "dei", "dein", "del", "della", "delle", "dem", "den",
    "der", "des", "di", "did", "die", "do", "does", "dos", "du", "durch", "e", "een", "ein", "eine",
    "einem", "einen", "einer", "eines", "el", "elle", "em", "en", "er", "es", "est", "et", "for", "from",
    "für", "gli", "haben", "had", "has", "hat", "have", "he", "her", "het", "him", "his", "how", "i", "ich",
    "if", "ihr", "ik", "il", "im", "in", "is", "ist", "it", "its", "je", "kann", "können", "la", "las",
    "le", "les", "lo", "los", "man", "mas", "me", "mein", "met", "mit", "my", "más", "nach", "ne", "nicht",
    "niet", "no", "noch", "non", "not", "nous", "nur", "não", "o", "oder", "of", "on", "op", "or", "os",
    "ou", "our", "par", "para", "pas", "per", "pero", "plus", "por", "pour", "que", "qui", "se", "she",
    "si", "sich", "sie", "sind", "so", "son", "sont", "su", "sur", "sus", "te", "than", "that", "the",
    "their", "them", "then", "there", "these", "they", "this", "those", "to", "um", "uma", "un", "una",
    "unas", "und", "une", "unos", "van", "von", "voor", "vous", "war", "was", "we", "wenn", "werden",
    "were", "what", "when", "which", "who", "wie", "will", "wir", "wird", "with", "would", "y", "you",
    "your", "zijn", "zu", "zum", "zur", "è", "über", "а", "бы", "был", "была", "были", "было", "быть", "в",
    "во", "вы", "для", "до", "его", "если", "есть", "её", "же", "за", "и", "из", "или", "их", "к", "как",
    "которые", "который", "мне", "может", "можно", "мы", "на", "не", "но", "о", "об", "он", "она", "они",
    "от", "по", "при", "с", "со", "так", "также", "то", "ты", "у", "что", "это", "я",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_that_the_search_needs() {
        assert!(STOP_WORDS.is_sorted());
    }
}
