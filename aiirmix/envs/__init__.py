"""Where agents act: every environment is a batch of battles behind `protocol.BatchEnv`."""
