"""Summarise last week's incident reports through the cloud account.

Needs boto3 and the role of infra/main.tf. Run by hand on Mondays.
"""

import pathlib

import boto3

MODEL = "anthropic.claude-3-5-sonnet-20240620-v1:0"


def summarise(report: str) -> str:
    """One paragraph about one report."""
    client = boto3.client("bedrock-runtime", region_name="us-east-1")
    reply = client.converse(
        modelId=MODEL,
        messages=[{"role": "user", "content": [{"text": f"Summarise this incident report:\n\n{report}"}]}],
        inferenceConfig={"maxTokens": 300},
    )
    return reply["output"]["message"]["content"][0]["text"]


if __name__ == "__main__":
    for path in sorted(pathlib.Path("reports").glob("*.txt")):
        print(f"{path.name}: {summarise(path.read_text(encoding='utf-8'))}")
