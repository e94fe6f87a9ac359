"""Programs as people write them: text for the tests to read, and to run beside that."""
