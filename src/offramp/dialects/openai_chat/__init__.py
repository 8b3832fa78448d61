"""The OpenAI Chat Completions API: `wire, decode, encode, stream, errors`, joined in `dialect`."""
