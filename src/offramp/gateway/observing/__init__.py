"""What is kept of requests and their answers, and what a candidate is asked beside: for those who opted in.

A caller never waits for any of it and gets the same answer with it as without: what cannot be kept or sent
is dropped, counted, and said so in the ledger.
"""
