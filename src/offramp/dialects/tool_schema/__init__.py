"""Tools for upstreams that have none: tool calls compiled to one JSON schema that the upstream enforces.

`constrain` turns a request with tools into one without, `interpret` and `StreamInterpreter` turn the JSON
answer back into tool calls. A forced choice gives a valid call or an error, never prose passed off as one.
"""
