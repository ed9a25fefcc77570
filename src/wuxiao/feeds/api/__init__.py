"""The JSON API: the step table as typed operations, described by the OpenAPI document it makes of itself."""
