"""The ledger as pandas data frames and charts: the one public interface, for notebooks and programs.

import tallybook

with tallybook.open_ledger("sqlite:///tallybook.db") as book:
book.table()
"""

from tallybook.book import Book, open_ledger
from tallybook.shown import Chart, Text

__all__ = ["Book", "Chart", "Text", "open_ledger"]
