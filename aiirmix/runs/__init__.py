"""The record of a run on disk: directory, lock, heartbeat, status, tables. Readable without torch."""
