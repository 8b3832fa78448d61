"""Vendor wire formats, to and from neutral turns. Pure: bytes and values in, bytes and values out.

A hub, not pairs: every API is a folder of `wire, decode, encode, stream, errors`. Nothing is dropped
without a `Loss`.
"""
