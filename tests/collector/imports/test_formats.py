"""What holds for every format: what is not understood is refused as a whole, with a reason, and nothing is raised."""

import pytest

from collector.imports.formats import FORMATS, Format
from collector.imports.model import File
from tests.collector.imports.reading import NOW, OPTIONS

RUBBISH = {
    "empty": b"",
    "blank lines": b"\n\n\n",
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
    "not UTF-8": b"github_id,star_count\n\xff\xfe,1\n",
    "a page": b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n",
    "a quote that is never closed": b'github_id,star_count\n"o/r,1\n' * 3,
    "text behind a quote": b'github_id,star_count\n"o/r"x,1\n',
    "JSON": b'{"projects": [1, 2, 3]}\n',
    "a header and nothing": b"name,colour\n",
    "a cell without end": b"github_id,star_count\n" + b"x" * 200_000 + b",1\n",
    "NUL": b"github_id\0,star_count\no/r,1\n",
}


@pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))
@pytest.mark.parametrize("content", RUBBISH.values(), ids=list(RUBBISH))
def test_what_is_not_understood_gives_nothing_but_a_reason(form: Format, content: bytes) -> None:
    reads = list(form.read([File("2026-04-27_projects.csv", content, NOW)], OPTIONS))
    assert all(read.values == [] for read in reads)
    (refused,) = [one for read in reads for one in read.refused]
    assert (refused.file, refused.line) == ("2026-04-27_projects.csv", None)
    assert refused.reason
    assert refused.reason.isprintable()


def test_every_format_is_registered_under_its_name() -> None:
    assert all(name == form.name for name, form in FORMATS.items())
    assert all(form.suffix.endswith(".csv") for form in FORMATS.values())
