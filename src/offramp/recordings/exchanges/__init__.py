"""Exchanges: a request and its answer as they went over the wire, scrubbed, kept as one text each.

`taken` is what a gateway hands over, `keeper` the process that scrubs and keeps it, `reading` the way back.
The form is specified in spec/exchange.md.
"""
