"""The programs of the corpus are read, and run by tests that have their libraries; they are not tests themselves."""

collect_ignore_glob = ["corpus/*.py"]
