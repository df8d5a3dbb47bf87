import unittest

from work import cut


class Cut(unittest.TestCase):
    def test_every_word_is_in_a_piece_and_none_is_too_long(self):
        text = "Anna waited in the garden for 17 minutes. " * 40
        pieces = list(cut(text, 16, 4))
        self.assertGreater(len(pieces), 10)
        self.assertEqual((pieces[0].start, pieces[-1].end), (0, len(text)))
        for piece in pieces:
            self.assertLessEqual(piece.tokens, 16)
        for one, following in zip(pieces, pieces[1:]):
            self.assertTrue(one.start < following.start < one.end)

    def test_places_are_bytes_of_utf_8(self):
        text = "é日🦀 " * 60
        for piece in cut(text, 16, 4):
            self.assertEqual(text.encode()[piece.start : piece.end].decode(), piece.text)

    def test_white_space_is_no_piece(self):
        self.assertEqual(list(cut(" \n ", 16, 4)), [])


if __name__ == "__main__":
    unittest.main()
