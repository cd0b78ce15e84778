"""What a poll costs: the whole daemon beside other ways to keep as many feeds, all on feeds made up on loopback."""
