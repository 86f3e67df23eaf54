"""What universities agree and do together: agreements, projects, events, visits of delegations."""
