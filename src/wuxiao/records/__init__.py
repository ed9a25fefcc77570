"""What is remembered: the only Django app with tables. Rows are written by `wuxiao.desk` alone."""
