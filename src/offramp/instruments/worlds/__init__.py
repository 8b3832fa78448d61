"""A world: all the questions that could be asked, as attributes; what norms say in it, as formulas.

`space` has the attributes and reads conditions, `times` says when a norm counts, `side` what the norms of
one set of instruments make of a question, `same` finds what two sides share, `regions` finds readable points
and regions, `words` says them, `replay` asks the run-time engine. What is asked of a world is `analyses/`.
"""
