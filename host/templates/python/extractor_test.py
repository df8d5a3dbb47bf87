import unittest

from work import Refused, read

PDF = b"""%PDF-1.4
1 0 obj << /Type /Pages /Kids [2 0 R 3 0 R] >> endobj
2 0 obj << /Type /Page /Contents 4 0 R >> endobj
3 0 obj << /Type /Page >> endobj
4 0 obj << >> stream BT (Anna waited.) Tj 0 -14 Td (Ben came.) Tj ET endstream endobj"""


class Read(unittest.TestCase):
    def test_each_page_has_its_lines(self):
        self.assertEqual(read(PDF), ["Anna waited.\nBen came.", ""])

    def test_what_cannot_be_read_is_refused_with_its_reason(self):
        blank = b"%PDF-1.4 1 0 obj << /Type /Page >> endobj"
        for pdf, reason in [(b"A letter.", "not-a-document"), (b"%PDF-1.4", "broken"), (blank, "no-text")]:
            with self.assertRaises(Refused) as refused:
                read(pdf)
            self.assertEqual(refused.exception.reason, reason)


if __name__ == "__main__":
    unittest.main()
