"""The Amazon Bedrock Converse API: `wire, decode, encode, stream`, joined in `dialect`."""
