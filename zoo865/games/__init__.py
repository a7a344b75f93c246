"""Games of two players: their rules, for many games at once, and searching them."""
