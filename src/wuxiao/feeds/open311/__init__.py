"""Open311 GeoReport v2: services, requests and tokens, read and write, as JSON and XML."""
