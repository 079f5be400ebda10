"""From what is typed to the runs that it means; everything here happens before torch is imported."""
