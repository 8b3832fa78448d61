#!/bin/sh
# Every night a coding agent reads the day's changes and leaves its remarks for the morning.
set -eu
cd "$(dirname "$0")/.."
git log --since=yesterday --patch > /tmp/changes.txt
claude -p "Review these changes for mistakes" --output-format json < /tmp/changes.txt > remarks.json
