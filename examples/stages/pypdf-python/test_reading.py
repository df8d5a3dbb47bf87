"""Run with `python3 -m unittest`, where pypdf is: PYTHONPATH=build/packages python3 -m unittest"""

import unittest
from io import BytesIO
from pathlib import Path

import pypdf

import reading

HANDBOOK = Path(__file__).parents[2] / "data/handbook.pdf"


def written(writer: pypdf.PdfWriter) -> bytes:
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


class Reading(unittest.TestCase):
    def refused(self, content: bytes) -> str:
        with self.assertRaises(reading.Refused) as caught:
            reading.read(content, 10)
        return caught.exception.reason

    def test_pages_are_read_in_order(self) -> None:
        content = HANDBOOK.read_bytes()
        pages = reading.read(content, 10)
        self.assertEqual(len(pages), len(pypdf.PdfReader(BytesIO(content)).pages))
        self.assertTrue(any("pause" in page for page in pages))
        self.assertEqual(pages, reading.read(content, 10))

    def test_what_cannot_be_read_is_refused_by_its_reason(self) -> None:
        self.assertEqual(self.refused(b""), "not-a-document")
        self.assertEqual(self.refused(b"Hello"), "not-a-document")
        self.assertEqual(self.refused(b"%PDF-1.7\nnothing else"), "broken")
        blank = pypdf.PdfWriter()
        blank.add_blank_page(100, 100)
        self.assertEqual(self.refused(written(blank)), "no-text")
        locked = pypdf.PdfWriter(clone_from=HANDBOOK)
        locked.encrypt("secret", algorithm="RC4-128")
        self.assertEqual(self.refused(written(locked)), "encrypted")

    def test_pages_have_a_limit(self) -> None:
        many = pypdf.PdfWriter()
        for _ in range(3):
            many.add_blank_page(100, 100)
        with self.assertRaises(reading.TooLarge) as caught:
            reading.read(written(many), 2)
        self.assertEqual(caught.exception.limit, 2)


if __name__ == "__main__":
    unittest.main()
