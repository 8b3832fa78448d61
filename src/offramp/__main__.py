"""`python -m offramp`: the same entry point as the `offramp` command."""

from offramp.cli.main import main

if __name__ == "__main__":
    main()
