"""The catalogue: the one truth about collections, documents, versions and chunks (SQLAlchemy; SQLite or PostgreSQL)."""
