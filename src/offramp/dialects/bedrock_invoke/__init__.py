"""Amazon Bedrock's InvokeModel with the body of Messages: that API under other paths, frames and errors."""
