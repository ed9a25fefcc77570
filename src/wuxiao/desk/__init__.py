"""What is done: the only storey that writes. Every public function is a verb and takes `by=` and `at=`."""
