"""Who may do what on a server that others reach: visitors, roles, sign-in, owners."""
