"""SMAC on StarCraft II itself, with each game in a process of its own.

Only worker processes import `smac` and its messages, which need an older protobuf than W&B does.
"""
