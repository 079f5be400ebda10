"""Learning algorithms: LightningModules that improve policies from batches of episodes."""
