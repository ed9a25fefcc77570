"""Who comes in: accounts, second factors, appointments, sessions, keys of machines."""
