"""The database: connections, and the tables of every room in one schema. SQLite first."""
