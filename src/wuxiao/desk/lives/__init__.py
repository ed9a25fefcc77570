"""Lives that declare no more than their table, fields and words: rows, pages, clock and steps follow from those."""
