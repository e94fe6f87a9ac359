"""One writer for each format: a document in, text out."""
