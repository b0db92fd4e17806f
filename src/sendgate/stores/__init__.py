"""Where sendgate remembers people, and what it sent: SQLite, PostgreSQL or DynamoDB."""
