"""How well names are read: recall and precision on invented texts, and the processor time of it.

    python bench/names/run.py

Needs the `names` extra and fetches the reader where it is not here. A name counts as read where what was
read has a word of it; what has no word of any name in the text is a mistake.
"""

import time
import tomllib
from pathlib import Path

from offramp.control.persons import NameReader
from offramp.upstream import catalogue, pull

TEXTS = Path(__file__).parent / "texts.toml"


def main() -> None:
    """Print every figure."""
    reader = NameReader(pull(catalogue("readers")["names-reader"]))
    texts = tomllib.loads(TEXTS.read_text(encoding="utf-8"))["texts"]
    began = time.process_time()
    read = [reader.names_in(text["say"]) for text in texts]
    spent = time.process_time() - began
    names = found = said = mistaken = exact = 0
    for text, got in zip(texts, read, strict=True):
        there = [set(name.casefold().replace("'", " ").split()) for name in text["names"]]
        words = [set(name.replace("'", " ").split()) for name in got]
        names, said = names + len(there), said + len(words)
        found += sum(any(name & one for one in words) for name in there)
        wrong = [
            name for name, one in zip(got, words, strict=True) if not any(one & name_ for name_ in there)
        ]
        mistaken += len(wrong)
        exact += len(got) == len(there)
        if wrong or not all(any(name & one for one in words) for name in there):
            print(f"  {text['say'][:60]!r}: {sorted(got)}")
    print(
        f"{len(texts)} texts, {names} names: recall {found / names:.2f}, precision {1 - mistaken / said:.2f}"
    )
    print(f"the right number of names in {exact / len(texts):.2f} of the texts")
    long = " ".join(text["say"] for text in texts)[:8000]
    began = time.process_time()
    reader.names_in(long)
    longer = time.process_time() - began
    print(f"{1000 * spent / len(texts):.0f} ms a text, {1000 * longer:.0f} ms for {len(long)} signs")


if __name__ == "__main__":
    main()
