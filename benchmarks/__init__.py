"""symconv beside what people would use instead: the same work, in the same run, with a check of every row.

Run ``python -m benchmarks`` in the project's folder. One file a benchmark (``command.py`` lists them); what all of them
share is in ``rows.py`` (a row and its limit), ``measuring.py`` (medians of alternating repetitions), ``processes.py``
(whole processes), ``checks.py`` (did both sides compute the same?), ``peers.py`` (optional packages), ``tables.py``
(tables and JSON) and ``page.py`` (the page in the docs). Not part of the wheel.
"""
