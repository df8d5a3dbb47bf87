"""Run with `python3 -m unittest`: needs nothing but Python."""

import time
import unittest

from redaction import redact


def one(text: str) -> str:
    return redact([text])[0]


class Contacts(unittest.TestCase):
    def test_email_addresses_are_hidden(self) -> None:
        for text in [
            "anna.meyer+x@mail.example.co.uk",
            "ODE_7@EXAMPLE.COM",
            "jörg@müller-straße.example",
            "anna (at) example (dot) com",
            "anna[at]example.org",
            "anna at example dot com",
        ]:
            self.assertEqual(one(f"Write to {text}, or not."), "Write to [email], or not.", text)
        self.assertEqual(one("<mailto:a@b.example>"), "<mailto:[email]>")

    def test_phone_numbers_are_hidden(self) -> None:
        for text in [
            "+49 30 901820",
            "+49 (0)30 / 90 18 20",
            "030-901820-7",
            "(030) 901820",
            "0151 23456789",
            "+1 (555) 123-4567",
            "555-123-4567",
            "555.123.4567 ext. 12",
            "+44 20 7946 0958",
            "0033 1 23 45 67 89",
            "01.23.45.67.89",
            "06.12.34.56.78",
            "+34 612 345 678",
            "5551234567",
            "+91 98765 43210",
            "+81\u201190\u20111234\u20115678",
            "+٩٧١ ٥٠ ١٢٣ ٤٥٦٧",
        ]:
            self.assertEqual(one(f"Call {text}, please."), "Call [phone], please.", text)

    def test_longer_numbers_are_hidden_as_numbers(self) -> None:
        self.assertEqual(one("Card 4111 1111 1111 1111."), "Card [number].")

    def test_dates_amounts_years_and_small_numbers_stay(self) -> None:
        for text in [
            "On 2026-11-24 at 10:15, and 24.11.2026 - 26.11.2026.",
            "From 24/11/2026 or 11/24/26.",
            "2019-2024, then 1999 – 2003",
            "It cost $1,250,000 or 1.250.000 € or EUR 1 250 000.",
            "17 times, 20 minutes, 3.14159, page 112, 100,000 people",
            "At 10:00:00 in room 12345.",
        ]:
            self.assertEqual(one(text), text)


class NamesOfPeople(unittest.TestCase):
    def test_introduced_names_are_hidden_wherever_they_stand(self) -> None:
        texts = ["Hello, my name is Ottilie Quandt.", "Ottilie was late.", "QUANDT'S car, and Quandt’s dog"]
        self.assertEqual(
            redact(texts), ["Hello, my name is [name].", "[name] was late.", "[name]'S car, and [name]’s dog"]
        )

    def test_introductions_of_several_languages(self) -> None:
        for before in ["I'm called", "Call me", "Mein Name ist", "ich heiße", "Je m’appelle", "Me llamo", "Mi chiamo"]:
            self.assertEqual(one(f"{before} Xaverl."), f"{before} [name].", before)

    def test_a_claim_is_a_name_when_it_is_the_whole_clause(self) -> None:
        self.assertEqual(one("I'm Xaverl, and this is Quandt speaking."), "I'm [name], and this is [name] speaking.")
        for text in ["I'm German.", "I'm Sorry.", "I am Late For Everything in life.", "I'm tired."]:
            self.assertEqual(one(text), text)

    def test_titles_stay_and_names_after_them_go(self) -> None:
        self.assertEqual(one("Mrs. Quandt met Dr Xaverl Müßig-Ott."), "Mrs. [name] met Dr [name].")
        self.assertEqual(one("Herr von der Quandt kam."), "Herr von der [name] kam.")

    def test_speakers_take_turns(self) -> None:
        text = "Xaverl: You were late.\nQuandt (mediator): Was that so?\nXaverl: Yes.\nQuandt: Tell Xaverl why."
        self.assertEqual(
            one(text), "[name]: You were late.\n[name] (mediator): Was that so?\n[name]: Yes.\n[name]: Tell [name] why."
        )

    def test_headings_are_no_speakers(self) -> None:
        text = "Rule: Never shout.\nKitchen: Yours.\nRule: Take turns.\nKitchen: the kitchen is yours."
        self.assertEqual(one(text), text)

    def test_a_list_names_people(self) -> None:
        text = "Participants: Xaverl Quandt, Ottilie and Tjark\n\nTjark began, then Quandt."
        self.assertEqual(one(text), "Participants: [name], [name] and [name]\n\n[name] began, then [name].")
        text = "Present:\n- Xaverl\n- Ottilie (partner)\nXaverl left."
        self.assertEqual(one(text), "Present:\n- [name]\n- [name] (partner)\n[name] left.")

    def test_common_given_names_are_known(self) -> None:
        self.assertEqual(one("What did anna tell Ben about Maria?"), "What did [name] tell [name] about [name]?")
        self.assertEqual(one("Anna-Lena and ben"), "[name] and ben")

    def test_surnames_are_learnt_from_full_names(self) -> None:
        texts = ["Anna M. Quandt spoke.", "Then Quandt left.", "Maria van der Velde", "Velde said so."]
        self.assertEqual(redact(texts), ["[name] spoke.", "Then [name] left.", "[name]", "[name] said so."])

    def test_a_word_that_also_stands_there_in_small_letters_is_no_surname(self) -> None:
        self.assertEqual(one("Anna Stop it. Please stop."), "[name] Stop it. Please stop.")
        self.assertEqual(one("Ask Anna Monday."), "Ask [name] Monday.")

    def test_combining_marks_are_letters(self) -> None:
        self.assertEqual(one("My name is Zoe\u0308lle. Zo\u00eblle came."), "My name is [name]. [name] came.")


class Promises(unittest.TestCase):
    TEXTS = [
        "",
        " \n\t",
        "Anna: call +49 30 901820 or anna@example.com.",
        "我叫小明 👩‍👩‍👧 \u0301 \x00 \u2028 ﷽",
        "Plain words stay as they are: half an hour, on Sunday; “quoted” — and so on…",
    ]

    def test_one_result_for_each_text_in_its_place(self) -> None:
        self.assertEqual(redact([]), [])
        found = redact(self.TEXTS)
        self.assertEqual(len(found), len(self.TEXTS))
        self.assertEqual(found[0], "")
        self.assertEqual(found[1], self.TEXTS[1])
        self.assertEqual(found[2], "[name]: call [phone] or [email].")
        self.assertEqual(found[3:], self.TEXTS[3:])

    def test_the_same_texts_give_the_same_result_and_a_redacted_text_stays(self) -> None:
        found = redact(self.TEXTS)
        self.assertEqual(found, redact(self.TEXTS))
        self.assertEqual(found, redact(found))

    def test_no_text_takes_much_longer_than_its_length(self) -> None:
        size = 200_000
        for pattern in ["a", "a.", "1", "1 ", "1.", "@", "a@", "A ", "Anna ", "I'm A ", "Dr. ", "- ", "$1", "(at)", "a at ",
                        "a'", "\n", "Names: ", "a\u0301", "my name is "]:
            text = (pattern * size)[:size]
            start = time.process_time()
            redact([text])
            self.assertLess(time.process_time() - start, 5, pattern)


if __name__ == "__main__":
    unittest.main()
