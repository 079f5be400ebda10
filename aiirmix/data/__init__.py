"""The data that flows from environments to learners: batches of episodes, their collector, the replay buffer."""
