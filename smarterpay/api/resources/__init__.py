"""The resources of both clients, grouped as a merchant thinks of them; knows no wire."""
