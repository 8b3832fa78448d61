"""Harbor Safety Board: two small desks that ask a language model for help."""
