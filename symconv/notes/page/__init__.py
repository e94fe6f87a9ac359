"""The interactive part of the HTML page: what a small layer's explorer shows, its words, its style and its script."""
