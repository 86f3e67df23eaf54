"""parkmgr: who has which space of a science park, from when to when, why, and for how much."""
