import unittest

from work import DIMENSIONS, embed, words


def near(one: str, other: str) -> float:
    return sum(a * b for a, b in zip(embed(words(one)), embed(words(other))))


class Embed(unittest.TestCase):
    def test_vectors_have_length_1(self):
        for text in ["", "…", "A walk in the garden"]:
            self.assertEqual(len(embed(words(text))), DIMENSIONS)
            self.assertAlmostEqual(near(text, text), 1.0)

    def test_texts_that_share_words_are_near(self):
        self.assertGreater(near("a walk in the garden", "The garden"), near("a walk in the garden", "overdue bills"))


if __name__ == "__main__":
    unittest.main()
