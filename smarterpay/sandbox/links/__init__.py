"""Payment links and the pages they lead to (sections 7.12 and 7.16)."""
