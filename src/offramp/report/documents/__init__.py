"""One module per document: a room's value in, a `Document` out."""
