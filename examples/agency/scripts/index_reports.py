"""Build the search index of incident reports. Another supplier than the desks use."""

import json
import pathlib

from openai import OpenAI

client = OpenAI()
texts = [path.read_text(encoding="utf-8") for path in sorted(pathlib.Path("reports").glob("*.txt"))]
vectors = client.embeddings.create(model="text-embedding-3-small", input=texts)
pathlib.Path("index.json").write_text(json.dumps([row.embedding for row in vectors.data]), encoding="utf-8")
