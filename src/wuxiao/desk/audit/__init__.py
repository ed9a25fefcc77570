"""Does what lies in the tables follow from the diary?."""
