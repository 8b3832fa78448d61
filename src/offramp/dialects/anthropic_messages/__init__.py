"""The Anthropic Messages API: `wire, decode, encode, stream, errors`, joined in `dialect`."""
