"""The ground: what a value is, what a report is, arrays from users, and files written whole or not at all."""
