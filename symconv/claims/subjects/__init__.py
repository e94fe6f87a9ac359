"""Claims about networks and about steps of gradient descent: check as a verb on both."""
