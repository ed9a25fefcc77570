"""Question sets from and to XLSForm workbooks."""
