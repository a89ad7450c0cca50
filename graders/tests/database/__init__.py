"""SQLAlchemy in a host, and the database as the proctor sees it."""
