import unittest

from work import answer

SCHEMA = {
    "type": "object",
    "required": ["mood", "person", "turns", "points"],
    "properties": {
        "mood": {"enum": ["calm", "tense"]},
        "person": {"$ref": "#/$defs/person"},
        "turns": {"type": "integer"},
        "points": {"type": "array"},
        "other": {"type": "string"},
    },
    "$defs": {"person": {"type": "object", "required": ["said"], "properties": {"said": {"type": "string"}}}},
}


class Answer(unittest.TestCase):
    def test_what_is_required_is_there_and_a_text_is_the_first_sentence(self):
        expected = {"mood": "calm", "person": {"said": "I waited."}, "turns": 0, "points": []}
        self.assertEqual(answer(SCHEMA, " I waited. You were late."), expected)


if __name__ == "__main__":
    unittest.main()
