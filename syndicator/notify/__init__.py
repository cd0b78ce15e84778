"""Tell somebody: messages for people and programs, by mail, by signed webhook, and by whatever Apprise speaks."""
