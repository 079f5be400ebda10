"""SMAC on StarCraft II itself: games in processes of their own.

Nothing here but a worker process imports `smac` and its messages, which want another protobuf than W&B's.
"""
