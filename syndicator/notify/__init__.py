"""How somebody is told: what a message says, and the ways to send it. Knows neither alerts' life nor the store."""
