//! Texts to put to a stage.

/// The `n`-th of many texts that differ.
pub(crate) fn text(n: u32) -> String {
    const PLACES: [&str; 5] = ["kitchen", "garden", "car", "hallway", "balcony"];
    const PEOPLE: [&str; 3] = ["Anna", "Ben", "Chris"];
    let (place, person) = (PLACES[n as usize % PLACES.len()], PEOPLE[n as usize % PEOPLE.len()]);
    format!("{person} waited in the {place} for {n} minutes, and nobody said why.")
}

/// Texts that are short and hard: scripts, directions, joined and combining characters, what is not printed.
pub(crate) fn hard() -> Vec<String> {
    [
        "naïve Straße — „Zitat“ … №5 ½",
        "Ich habe 私は猫が好きです。今日は雨です。",
        "مرحبا بالعالم، كيف حالك؟",
        "שלום עולם",
        "👩‍👩‍👧‍👦 👍🏽 🇩🇪",
        "e\u{301} \u{200d}\u{200b}\u{feff}a \u{202e}drehen\u{202c}",
        "a\u{0}b\tc\r\nd\u{b}e\u{85}f\u{2028}g",
        "{\"json\": [1, 2]} <b>&amp;</b> \\n %s ${x} '; DROP TABLE t; --",
        "\u{10ffff}\u{e000}\u{fffd}",
    ]
    .map(str::to_owned)
    .into()
}

/// Ordinary sentences of exactly this many bytes.
pub(crate) fn long(bytes: usize) -> String {
    let mut all = String::with_capacity(bytes + 100);
    for n in 0.. {
        if all.len() >= bytes {
            break;
        }
        all.push_str(&text(n));
        all.push(' ');
    }
    // All of it is ASCII.
    all.truncate(bytes);
    all
}
