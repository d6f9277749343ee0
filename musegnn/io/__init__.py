"""Files and names: everything that is read from outside."""
