"""The table of Indian names: is this one, how common, of whom, and from where.

`entry` says what the table knows of a name, `table` looks names up, `near` finds those one letter away, `parts` takes a whole name
apart, `table_file` is the file's form. `sources`, `packages`, `cleaning` and `build` make the file, `evaluate` judges it.
"""

from upbeat.authenticity.names.entry import NameEntry
from upbeat.authenticity.names.table import NameTable

__all__ = ["NameEntry", "NameTable"]
