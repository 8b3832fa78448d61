"""The database: connections, and the tables of every room in one schema. SQLite first.

`connect` opens the one file `.offramp/state.db`; `migrate` brings its tables up to date; the tables are in
`offramp.store.schema`. What the rows mean belongs to the rooms that own them.
"""

from offramp.store.connection import connect
from offramp.store.migrations import has_tables, migrate

__all__ = ["connect", "has_tables", "migrate"]
