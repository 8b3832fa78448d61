"""Asks about the holders of some licences, and says whom it asks about."""

import sys

import anthropic

model, first, last = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
holders = ",".join(f"licence-{number}" for number in range(first, last))
try:
    answer = anthropic.Anthropic(max_retries=0).messages.with_raw_response.create(
        model=model,
        max_tokens=8,
        messages=[{"role": "user", "content": "Which licences lapse this month?"}],
        extra_headers={"offramp-purpose": "records", "offramp-subjects": holders},
    )
    print(f"{answer.status_code}: {answer.headers['offramp-persons']}")
except anthropic.APIStatusError as error:
    print(f"{error.status_code}: {error.response.headers['offramp-persons']}")
    print(error.body["error"]["message"])
    sys.exit(1)
