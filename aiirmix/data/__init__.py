"""What flows from the environment to the learner."""
