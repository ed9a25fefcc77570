"""Imports of CSV and XLSX files: read, map, look, bring in, hand the refused rows back."""
