import unittest

from work import score


class Score(unittest.TestCase):
    def test_a_text_scores_by_the_words_of_the_query_that_it_has(self):
        self.assertEqual(score("Who waited?", "Anna waited."), 0.5)
        self.assertEqual(score("Who waited?", "Nobody."), 0.0)
        self.assertEqual(score("…", "Anna"), 0.0)


if __name__ == "__main__":
    unittest.main()
