"""The sub-commands of `offramp evidence` that hand something over, and what all of them share."""
