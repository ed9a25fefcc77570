"""What people type, made one: the one reader that every door, rule and search uses before it judges a word.

`plain` makes texts equal that look equal (widths, blanks, dashes, invisible marks, control characters), with the way
back to the places in the original; `numbers`, `phones`, `mail`, `ids` read single fields and say in
words what is wrong. It knows nothing of the house: `rules` and `reading` stand on it, and it stands on nobody.
"""
