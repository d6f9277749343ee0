"""The Server page: who is here, what is going on, which limits are in force."""
