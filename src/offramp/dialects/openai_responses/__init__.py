"""The OpenAI Responses API: `wire, decode, encode, stream, errors, state`, joined in `dialect`."""
