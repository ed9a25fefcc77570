"""The diary: sealed entries, readings, notes of its tree and the resident's proof."""
