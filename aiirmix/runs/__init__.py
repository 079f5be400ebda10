"""The record of a run on disk, readable without torch: directory, lock, heartbeat, status, tables."""
