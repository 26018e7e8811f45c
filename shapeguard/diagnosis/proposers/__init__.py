"""What might repair a network: each module proposes changes of one kind."""
