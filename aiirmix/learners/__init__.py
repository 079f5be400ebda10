"""Who teaches: LightningModules that turn batches of episodes into better policies."""
